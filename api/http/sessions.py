"""What the browser's plain forms are posted to: they set and clear the session cookie."""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from api.accounts.service import SESSION_LIFETIME, Accounts
from api.auth import cookies
from api.auth.keys import Keys
from api.cache.freshness import Tag
from api.cache.invalidation import Invalidation
from api.errors import BadInputError, ThrottledError
from api.graphql.credentials import Authenticator, from_our_own_page
from api.http.outage import PATIENCE_SECONDS, Outage, plain_answer

FORM_LIMIT: Final = 16 * 1024
Endpoint = Callable[[Request], Awaitable[Response]]


class Sessions:
    def __init__(
        self,
        accounts: Accounts,
        authenticator: Authenticator,
        keys: Keys,
        invalidation: Invalidation,
        *,
        secure: bool,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._accounts = accounts
        self._authenticator = authenticator
        self._keys = keys
        self._invalidation = invalidation
        self._secure = secure
        self._patience = patience
        self._name = cookies.cookie_name(secure=secure)

    def routes(self) -> list[Route]:
        return [
            Route(
                path,
                _only_from_our_pages(endpoint),
                methods=["POST"],
                max_body_size=FORM_LIMIT,
                middleware=[Middleware(Outage, plain_answer, self._patience)],
            )
            for path, endpoint in (("/login", self.login), ("/logout", self.logout), ("/setup", self.setup))
        ]

    async def login(self, request: Request) -> Response:
        form = await request.form()
        target = local_path(_text(form, "next"))
        address = None if request.client is None else request.client.host
        try:
            found = await self._accounts.login(
                _text(form, "tenant").strip(), _text(form, "username").strip(), _text(form, "password"), address
            )
        except ThrottledError:
            return _redirect("/login", error="throttled", next=target)
        if found is None:
            return _redirect("/login", error="credentials", next=target)
        response = _redirect(target)
        response.set_cookie(
            self._name,
            cookies.seal(self._keys.cookie, found.ref),
            max_age=int(SESSION_LIFETIME.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
        return response

    async def logout(self, request: Request) -> Response:
        principal = await self._authenticator.of_request(request)
        if principal is not None:
            await self._accounts.logout(principal)
            self._invalidation.changed(principal.tenant_id, {Tag.ACCOUNTS})
        response = _redirect("/login")
        response.delete_cookie(self._name, path="/", secure=self._secure, httponly=True, samesite="lax")
        return response

    async def setup(self, request: Request) -> Response:
        form = await request.form()
        token = _text(form, "token")
        try:
            tenant_id = await self._accounts.set_password(token, _text(form, "password"))
            self._invalidation.changed(tenant_id, {Tag.ACCOUNTS})
        except BadInputError as error:
            return _redirect("/setup", error=error.path[0], token=token)
        return _redirect("/login")


def _only_from_our_pages(endpoint: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        if not from_our_own_page(request):
            return PlainTextResponse("This form must be sent from our own page.", status_code=403)
        return await endpoint(request)

    return guarded


def _redirect(path: str, **query: str) -> RedirectResponse:
    given = {name: value for name, value in query.items() if value and value != "/"}
    return RedirectResponse(f"{path}?{urlencode(given)}" if given else path, status_code=303)


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def local_path(target: str) -> str:
    """Where to go after a login: a path of this host and nothing else.

    Browsers read a backslash as a slash, and any number of slashes in front as the two before a host.
    """
    slashes = target.replace("\\", "/")
    safe = target.startswith("/") and not slashes.startswith("//") and target.isprintable()
    return target if safe else "/"

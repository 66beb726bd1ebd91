"""What the browser's plain forms are posted to: they set and clear the session cookie."""

from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from api.accounts.contracts import Login
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


class SessionCookie:
    def __init__(self, keys: Keys, *, secure: bool) -> None:
        self._keys = keys
        self._secure = secure
        self._name = cookies.cookie_name(secure=secure)

    def give(self, response: Response, login: Login) -> None:
        response.set_cookie(
            self._name,
            cookies.seal(self._keys.cookie, login.ref),
            max_age=int(SESSION_LIFETIME.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def take(self, response: Response) -> None:
        response.delete_cookie(self._name, path="/", secure=self._secure, httponly=True, samesite="lax")


class Sessions:
    def __init__(
        self,
        accounts: Accounts,
        authenticator: Authenticator,
        cookie: SessionCookie,
        invalidation: Invalidation,
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._accounts = accounts
        self._authenticator = authenticator
        self._cookie = cookie
        self._invalidation = invalidation
        self._patience = patience

    def routes(self) -> list[Route]:
        return [
            Route(
                path,
                only_from_our_pages(endpoint),
                methods=["POST"],
                max_body_size=FORM_LIMIT,
                middleware=[Middleware(Outage, plain_answer, self._patience)],
            )
            for path, endpoint in (("/login", self.login), ("/logout", self.logout), ("/setup", self.setup))
        ]

    async def login(self, request: Request) -> Response:
        form = await request.form()
        target = local_path(text_of(form, "next"))
        address = None if request.client is None else request.client.host
        try:
            found = await self._accounts.login(
                text_of(form, "tenant").strip(), text_of(form, "username").strip(), text_of(form, "password"), address
            )
        except ThrottledError:
            return redirect("/login", error="throttled", next=target)
        if found is None:
            return redirect("/login", error="credentials", next=target)
        response = redirect(target)
        self._cookie.give(response, found)
        return response

    async def logout(self, request: Request) -> Response:
        principal = await self._authenticator.of_request(request)
        if principal is not None:
            await self._accounts.logout(principal)
            self._invalidation.changed(principal.tenant_id, {Tag.ACCOUNTS})
        response = redirect("/login")
        self._cookie.take(response)
        return response

    async def setup(self, request: Request) -> Response:
        form = await request.form()
        token = text_of(form, "token")
        try:
            tenant_id = await self._accounts.set_password(token, text_of(form, "password"))
            self._invalidation.changed(tenant_id, {Tag.ACCOUNTS})
        except BadInputError as error:
            return redirect("/setup", error=error.path[0], token=token)
        return redirect("/login")


def only_from_our_pages(endpoint: Endpoint) -> Endpoint:
    async def guarded(request: Request) -> Response:
        if not from_our_own_page(request):
            return PlainTextResponse("This form must be sent from our own page.", status_code=403)
        return await endpoint(request)

    return guarded


def redirect(path: str, **query: str) -> RedirectResponse:
    given = {name: value for name, value in query.items() if value and value != "/"}
    return RedirectResponse(f"{path}?{urlencode(given)}" if given else path, status_code=303)


def text_of(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def local_path(target: str) -> str:
    """Where to go after a login: a path of this host and nothing else.

    Browsers read a backslash as a slash, and any number of slashes in front as the two before a host.
    """
    slashes = target.replace("\\", "/")
    safe = target.startswith("/") and not slashes.startswith("//") and target.isprintable()
    return target if safe else "/"

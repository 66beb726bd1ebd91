"""Signing in by an identity provider: the form that begins it, and the address it sends people back to."""

import logging
from html import escape
from typing import Final
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from api.cache.freshness import Tag
from api.cache.invalidation import Invalidation
from api.http.outage import Outage, plain_answer
from api.http.sessions import FORM_LIMIT, SessionCookie, local_path, only_from_our_pages, redirect, text_of
from api.identity_providers.contracts import SignInError
from api.identity_providers.service import CALLBACK, VISIT_LIFETIME, SignIn

NAME: Final = "cip_sign_in"
SECURE_NAME: Final = "__Host-cip_sign_in"
CALLS_SECONDS: Final = 12.0
"""For what the provider is asked meanwhile."""
POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

log = logging.getLogger(__name__)


class SignInForms:
    def __init__(
        self, sign_in: SignIn, cookie: SessionCookie, invalidation: Invalidation, *, secure: bool, patience: float
    ) -> None:
        self._sign_in = sign_in
        self._cookie = cookie
        self._invalidation = invalidation
        self._secure = secure
        self._patience = patience + CALLS_SECONDS
        self._name = SECURE_NAME if secure else NAME

    def routes(self) -> list[Route]:
        guard = [Middleware(Outage, plain_answer, self._patience)]
        begin = only_from_our_pages(self.begin)
        return [
            Route("/sign-in", begin, methods=["POST"], max_body_size=FORM_LIMIT, middleware=guard),
            Route(CALLBACK, self.finish, methods=["GET"], middleware=guard),
        ]

    async def begin(self, request: Request) -> Response:
        form = await request.form()
        tenant, target = text_of(form, "tenant").strip(), local_path(text_of(form, "next"))
        try:
            begun = await self._sign_in.begin(tenant, target, _address(request))
        except SignInError as refused:
            log.info("a sign-in was not begun: %s", refused)
            return redirect("/login", error=str(refused.why), next=target)
        response = _leading_to(begun.url)
        response.set_cookie(
            self._name,
            begun.cookie,
            max_age=int(VISIT_LIFETIME.total_seconds()),
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )
        return response

    async def finish(self, request: Request) -> Response:
        given = request.cookies.get(self._name, "")
        answer = dict(request.query_params)
        try:
            login, target = await self._sign_in.finish(given, answer, request.url.query, _address(request))
        except SignInError as refused:
            response: Response = redirect("/login", error=str(refused.why))
        else:
            self._invalidation.changed(login.principal.tenant_id, {Tag.ACCOUNTS})
            response = redirect(local_path(target))
            self._cookie.give(response, login)
        response.delete_cookie(self._name, path="/", secure=self._secure, httponly=True, samesite="lax")
        return response


def _leading_to(url: str) -> HTMLResponse:
    """A page that goes on by itself. A redirection would be one of our form's, which our pages forbid to lead away."""
    there, host = escape(url), escape(urlsplit(url).netloc)
    page = (
        '<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">'
        f'<meta http-equiv="refresh" content="0;url={there}"><title>Signing in</title></head>'
        f'<body><p>You are sent to <a href="{there}" rel="noreferrer">{host}</a> to sign in.</p></body></html>'
    )
    headers = {"cache-control": "no-store", "content-security-policy": POLICY, "referrer-policy": "no-referrer"}
    return HTMLResponse(page, headers=headers)


def _address(request: Request) -> str | None:
    return None if request.client is None else request.client.host

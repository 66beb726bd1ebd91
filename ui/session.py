"""Who is asking: the request's cookie is kept for the client that forwards it, and anonymous requests are turned away.

Whether the cookie is valid is the API's to say; here only its presence counts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

SESSION_COOKIES = ("cip_session", "__Host-cip_session")
PUBLIC_PATHS = ("/login", "/setup")
PUBLIC_PREFIXES = ("/_dash-component-suites/", "/assets/", "/health/")


@dataclass(frozen=True, slots=True)
class Visitor:
    cookie: str = ""


_visitor: ContextVar[Visitor | None] = ContextVar("ui_visitor", default=None)


def current_visitor() -> Visitor:
    """Gives the visitor of the request in progress; outside one there is nobody, with no cookie."""
    return _visitor.get() or Visitor()


@contextmanager
def visiting(visitor: Visitor) -> Iterator[None]:
    token = _visitor.set(visitor)
    try:
        yield
    finally:
        _visitor.reset(token)


def has_session(cookie: str) -> bool:
    try:
        jar: SimpleCookie = SimpleCookie(cookie)
    except CookieError:
        return False
    return any(name in jar and jar[name].value for name in SESSION_COOKIES)


def is_public(path: str) -> bool:
    return path in PUBLIC_PATHS or path.startswith(PUBLIC_PREFIXES)


def local_path(target: str) -> str:
    """Gives a `next` target that stays on this site; anything else leads to the start page."""
    safe = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if safe else "/"


class SessionMiddleware:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        cookie = Headers(scope=scope).get("cookie", "")
        if not is_public(scope["path"]) and not has_session(cookie):
            await _turn_away(scope)(scope, receive, send)
            return
        with visiting(Visitor(cookie=cookie)):
            await self._app(scope, receive, send)


def _turn_away(scope: Scope) -> Response:
    if scope["path"].startswith("/_") or scope["method"] not in ("GET", "HEAD"):
        return PlainTextResponse("Log in first.", status_code=401)
    query = scope["query_string"].decode("latin-1")
    here = scope["path"] + (f"?{query}" if query else "")
    return RedirectResponse(f"/login?next={quote(here, safe='')}", status_code=303)

"""Log-in and set-password pages: plain HTML, so that they work before any script does. The API takes their forms."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse

from ui.index import HEAD, with_nonce
from ui.session import local_path

ASSETS = Path(__file__).parent / "assets"
STYLES = ("00-tokens.css", "10-base.css", "20-shell.css", "30-components.css")
ERRORS = {
    "credentials": "The tenant, user name or password is not right.",
    "throttled": "There were too many tries. Wait half a minute, then try again.",
    "token": "This link is not valid any more. Ask for a new one.",
    "password": "A password has 12 to 256 characters.",
    "sign-in-not-offered": "This tenant has no single sign-on. Log in with your password.",
    "sign-in-unavailable": "Your company's sign-in cannot be reached. Try again soon, or log in with your password.",
    "sign-in-stale": "This sign-in had not begun here, or took too long. Begin again.",
    "sign-in-declined": "Your company's sign-in did not let you in.",
    "sign-in-invalid": "The answer of your company's sign-in is not valid, so you were not let in. Begin again.",
    "sign-in-unknown": "Nobody has invited you here. Ask your administrator.",
    "sign-in-full": "Your tenant has as many users as it allows itself. Ask your administrator.",
}
# It needs the tenant alone, so what is empty is left to the server.
SIGN_IN = (
    '<div class="gate-or" aria-hidden="true">or</div>'
    '<button type="submit" class="button button-wide" formaction="/sign-in" formnovalidate>'
    '<i class="bi bi-building" aria-hidden="true"></i>Single sign-on</button>'
    '<p class="field-hint gate-note">Through your company, where it has set that up. Give the tenant first.</p>'
)
DemoHint = Sequence[tuple[str, str, str]]


def login_page(request: Request, hint: DemoHint) -> HTMLResponse:
    query = request.query_params
    fields = (
        _field("tenant", "Tenant", "text", autocomplete="organization", hint="The short name of your company")
        + _field("username", "User name", "text", autocomplete="username")
        + _field("password", "Password", "password", autocomplete="current-password")
        + f'<input type="hidden" name="next" value="{escape(local_path(query.get("next", "/")))}">'
    )
    form = _form("/login", fields, "Log in", SIGN_IN)
    return _document("Log in", _error(query.get("error")) + form, _demo(hint))


def setup_page(request: Request) -> HTMLResponse:
    query = request.query_params
    fields = _field("password", "New password", "password", autocomplete="new-password", hint="At least 12 characters")
    fields += f'<input type="hidden" name="token" value="{escape(query.get("token", ""))}">'
    return _document("Set your password", _error(query.get("error")) + _form("/setup", fields, "Set password"), "")


def _form(action: str, fields: str, button: str, more: str = "") -> str:
    return (
        f'<form method="post" action="{action}">{fields}'
        f'<button type="submit" class="button button-primary button-wide">{button}</button>{more}</form>'
    )


def _field(name: str, label: str, kind: str, *, autocomplete: str, hint: str = "") -> str:
    described = f' aria-describedby="{name}-hint"' if hint else ""
    note = f'<span class="field-hint" id="{name}-hint">{hint}</span>' if hint else ""
    return (
        f'<div class="field"><label for="{name}">{label}</label>'
        f'<input class="input" id="{name}" name="{name}" type="{kind}" autocomplete="{autocomplete}" required '
        f'autocapitalize="none" spellcheck="false"{described}>{note}</div>'
    )


def _error(code: str | None) -> str:
    if code is None:
        return ""
    text = ERRORS.get(code, "That did not work. Try again.")
    return (
        '<p class="notice notice-bad" role="alert"><i class="bi bi-exclamation-octagon" aria-hidden="true"></i>'
        f"<span>{text}</span></p>"
    )


def _demo(hint: DemoHint) -> str:
    if not hint:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escape(tenant)}</th><td>{escape(user)}</td><td><code>{escape(password)}</code></td></tr>'
        for tenant, user, password in hint
    )
    return (
        '<section class="card demo-hint" aria-label="Demo accounts"><h2 class="card-title">Demo accounts</h2>'
        '<p class="card-subtitle">This is a demo: anybody may use these.</p>'
        '<table class="table table-dense"><thead><tr><th scope="col">Tenant</th><th scope="col">User name</th>'
        f'<th scope="col">Password</th></tr></thead><tbody>{rows}</tbody></table></section>'
    )


def _document(title: str, form: str, aside: str) -> HTMLResponse:
    sheets = "".join(
        f'<link rel="stylesheet" href="{_asset(name)}">' for name in (*STYLES, "vendor/bootstrap-icons.min.css")
    )
    page = (
        f'<!DOCTYPE html><html lang="en-GB"><head><meta charset="utf-8">{HEAD}'
        f"<title>{title} · Customer Intelligence</title>{sheets}</head><body>"
        '<main class="gate"><div class="brand"><span class="mark" aria-hidden="true"><i></i><i></i><i></i></span>'
        "<span>Customer Intelligence</span></div>"
        f'<section class="card gate-card"><h1>{title}</h1>{form}</section>{aside}</main></body></html>'
    )
    return HTMLResponse(with_nonce(page))


def _asset(name: str) -> str:
    return f"/assets/{name}?m={(ASSETS / name).stat().st_mtime}"

"""Fills the frame, every half minute again: who, which tenant, its clock, and what is degraded now."""

import asyncio
import logging
from typing import Any

from dash import ALL, Input, Output, State, ctx, no_update, set_props

from ui import shell
from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.states import RETRY
from ui.platform_dash import PlatformDash
from ui.records import Record, Status, Tenant, User

log = logging.getLogger(__name__)


class MeAnswer(Record):
    me: User


class ShellAnswer(Record):
    tenant: Tenant
    status: Status


def on_error(error: Exception) -> None:
    """Takes what a callback raised: a lost session leads to the log-in page, the rest to the log and a notice."""
    if isinstance(error, ApiError) and error.code == UNAUTHENTICATED:
        set_props("signed-out", {"data": True})
        return
    if isinstance(error, ApiError):
        log.warning("callback failed: %s (request %s)", error.code, error.request_id)
        set_props("notice", {"data": f"{error.message} Code {error.code}."})
        return
    log.error("callback failed", exc_info=error)
    set_props("notice", {"data": "Something in this page failed. The rest still works; reload to try again."})


def register(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        Output("tenant-box", "children"),
        Output("top-tenant", "children"),
        Output("user-box", "children"),
        Output("demo-clock", "children"),
        Output("banner", "children"),
        Output("tenant-name", "data"),
        Output("shell", "data-role"),
        Output("shell", "data-tenant"),
        Output("shell", "data-synthetic"),
        Input("shell-tick", "n_intervals"),
        Input("shell-refresh", "data"),
    )
    async def fill(_tick: int | None, _refresh: Any) -> tuple[Any, ...]:
        try:
            # Apart, so that the API may give one answer to all of a tenant.
            answer, visitor = await asyncio.gather(client.run("Shell", ShellAnswer), client.run("Me", MeAnswer))
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return (*(no_update,) * 4, shell.notice(f"{error.message} Code {error.code}."), *(no_update,) * 4)
        return (
            shell.tenant_box(answer.tenant),
            shell.top_tenant(answer.tenant),
            shell.user_box(visitor.me),
            shell.demo_clock(answer.tenant.replay, answer.tenant.time_zone),
            shell.banner(answer.status),
            answer.tenant.name,
            visitor.me.role,
            answer.tenant.slug,
            str(answer.tenant.synthetic).lower(),
        )

    @app.callback(
        Output("notice-place", "children"),
        Input("notice", "data"),
        Input("_pages_location", "pathname"),
        prevent_initial_call=True,
    )
    async def show_notice(text: str | None, _path: str) -> Any:
        return shell.notice(text) if text and ctx.triggered_id == "notice" else None

    _register_in_browser(app)


def _register_in_browser(app: PlatformDash) -> None:
    app.in_browser(
        "shell",
        "retry",
        Output("shell-refresh", "data"),
        Input({"type": RETRY, "where": ALL}, "n_clicks"),
        initially=False,
    )
    app.in_browser("shell", "theme", Output("theme", "data"), Input("theme-button", "n_clicks"))
    app.in_browser(
        "shell",
        "menu",
        Output("shell", "className"),
        Output("menu-button", "aria-expanded"),
        Input("menu-button", "n_clicks"),
        Input("_pages_location", "pathname"),
        State("menu-button", "aria-expanded"),
    )
    app.in_browser(
        "shell",
        "title",
        Output("shell-sink", "data"),
        Input("_pages_store", "data"),
        Input("tenant-name", "data"),
        Input("customer-title", "data"),
    )
    app.in_browser(
        "shell",
        "signedOut",
        Output("signed-out", "storage_type"),
        Input("signed-out", "data"),
        initially=False,
    )

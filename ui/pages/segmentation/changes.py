"""What an analyst can ask for on the page: a new version, a rule segment, the end of one."""

import time
from collections.abc import Sequence
from typing import Any

from dash import ALL, Input, Output, State, ctx, html, no_update

from ui.client import UNAUTHENTICATED, ApiClient, ApiError
from ui.components.attributes import aria
from ui.pages.segmentation import layout, rules
from ui.pages.segmentation.callbacks import from_store
from ui.pages.segmentation.data import Asked, Job, change, load_job
from ui.platform_dash import PlatformDash


def register(app: PlatformDash, client: ApiClient) -> None:
    _register_run(app, client)
    _register_rules(app, client)
    _register_progress(app, client)


def _register_run(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        Output("segmentation-job", "data"),
        Output("segmentation-problem", "children"),
        Input("segmentation-run", "n_clicks"),
        State("segmentation-query", "data"),
        State("segmentation-k", "value"),
        State("segmentation-features", "value"),
        prevent_initial_call=True,
    )
    async def run(clicks: int | None, stored: Any, k: int | None, features: list[str] | None) -> tuple[Any, Any]:
        if not clicks:
            return no_update, no_update
        given: dict[str, Any] = {"method": "RFM"}
        if from_store(stored).method == "kmeans":
            given = {"method": "KMEANS", "k": k or None, "features": features or None}
        return _after(await _try(client, "SegmentationRun", given))


def _register_rules(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(Output("rule-text", "value"), Input("rule-template", "value"), prevent_initial_call=True)
    async def begin(template: str | None) -> Any:
        found = rules.TEMPLATES.get(template or "")
        return no_update if found is None else rules.pretty(found)

    @app.callback(
        Output("segmentation-job", "data", allow_duplicate=True),
        Output("rule-problem", "children"),
        Input("rule-make", "n_clicks"),
        State("rule-name", "value"),
        State("rule-text", "value"),
        State("rule-mode", "value"),
        prevent_initial_call=True,
    )
    async def make(clicks: int | None, name: str | None, text: str | None, mode: str | None) -> tuple[Any, Any]:
        if not clicks:
            return no_update, no_update
        rule, problem = rules.read(text)
        if problem is not None:
            return no_update, problem
        given = {"name": name or "", "definition": rule, "mode": mode or "DYNAMIC"}
        return _after(await _try(client, "SegmentCreate", given))

    @app.callback(
        Output("segmentation-refresh", "data", allow_duplicate=True),
        Output("notice", "data", allow_duplicate=True),
        Input({"type": layout.DELETE, "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    async def remove(_clicks: Sequence[Any]) -> tuple[Any, Any]:
        trigger = ctx.triggered_id
        if not isinstance(trigger, dict) or not ctx.triggered[0]["value"]:
            return no_update, no_update
        asked = await _try(client, "SegmentDelete", {"id": trigger["id"]})
        return (no_update, asked.problem) if asked.problem else (time.time(), no_update)


def _register_progress(app: PlatformDash, client: ApiClient) -> None:
    @app.callback(
        Output("segmentation-progress", "children"),
        Output("segmentation-tick", "disabled"),
        Output("segmentation-refresh", "data", allow_duplicate=True),
        Input("segmentation-job", "data"),
        Input("segmentation-tick", "n_intervals"),
        prevent_initial_call=True,
    )
    async def follow(job_id: str | None, _tick: int | None) -> tuple[Any, Any, Any]:
        if job_id is None:
            return None, True, no_update
        try:
            job = await load_job(client, job_id)
        except ApiError as error:
            if error.code == UNAUTHENTICATED:
                raise
            return no_update, False, no_update
        if job is None:
            return None, True, no_update
        if job.at_work:
            return progress(job), False, no_update
        return ended(job), True, time.time()


def progress(job: Job) -> html.Div:
    total = job.progress_total or 0
    share = job.progress_done / total if total else 0.0
    return html.Div(
        [
            html.Span("Waits for its turn" if job.state == "QUEUED" else "Being worked out"),
            html.Div(html.Div(className="bar-fill", style={"width": f"{min(1.0, share):.0%}"}), className="bar"),
        ],
        className="segmentation-progress",
        role="status",
        **aria(live="polite"),
    )


def ended(job: Job) -> html.Div:
    good = job.state == "SUCCEEDED" and not (job.summary or "").startswith("INSUFFICIENT_DATA")
    text = job.summary if job.state == "SUCCEEDED" else f"It {job.state.lower()}: {job.fault or 'no reason is known'}"
    return html.Div(html.Span(text), className=f"notice notice-{'good' if good else 'warn'}", role="status")


async def _try(client: ApiClient, operation: str, given: dict[str, Any]) -> Asked:
    try:
        return await change(client, operation, given)
    except ApiError as error:
        if error.code == UNAUTHENTICATED:
            raise
        return Asked(None, error.message)


def _after(asked: Asked) -> tuple[Any, Any]:
    return (no_update, asked.problem) if asked.problem else (asked.job_id, "")

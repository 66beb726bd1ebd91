"""The System Health page's cards: pure functions of what was measured."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.icon import icon
from ui.pages.health import words
from ui.pages.health.checks import NOTHING, badge, checks
from ui.pages.health.data import ModelInUse, Process, Stream, StreamCapacity, SystemHealth
from ui.theme import Theme

MOST_INCIDENTS = 8
COLUMNS_OF_A_PHONE = 3


def body(health: SystemHealth, theme: Theme) -> list[Component]:
    cards: list[Component] = [
        _summary(health),
        checks(health, theme),
        html.Div([_happened(health), _streams(health)], className="health-pair"),
        html.Div(
            [
                html.Div([_processes(health), _models(health), _absent(health)], className="health-column"),
                _freshness(health),
            ],
            className="health-pair",
        ),
    ]
    if health.installation is not None:
        cards.append(html.Div([_slow(health), _capacity(health)], className="health-pair"))
    return cards


def _summary(health: SystemHealth) -> html.Div:
    tone, now, earlier = words.summary(health)
    symbol = {"good": "check-circle-fill", "warn": "exclamation-triangle-fill", "bad": "x-octagon-fill"}[tone]
    return html.Div(
        [icon(symbol), html.Span([html.B(now), f" {earlier}" if earlier else ""])],
        className=f"notice notice-{tone}",
        id="health-summary",
    )


def _happened(health: SystemHealth) -> html.Section:
    rows = [_incident(*words.happened(one), words.clock(one.at)) for one in health.incidents[:MOST_INCIDENTS]]
    more = len(health.incidents) - len(rows)
    content = html.Ol(rows, className="happened") if rows else html.P("Nothing changed its state.", className="soft")
    return card(
        "What happened",
        content,
        subtitle="In the last 10 minutes.",
        footer=f"Times in UTC{f' · {more} earlier' if more else ''}",
    )


def _incident(tone: str, symbol: str, text: str, at: str) -> html.Li:
    return html.Li([html.Span(at, className="happened-time"), icon(symbol, f"tone-{tone}"), html.Span(text)])


def _streams(health: SystemHealth) -> html.Section:
    totals = {} if health.installation is None else {one.topic: one for one in health.installation.streams or ()}
    heads = ["Lag", "Waiting", "Dead", "Oldest"] + (["Length", "Pending"] if totals else [])
    head = [
        html.Th("Stream", scope="col"),
        *[html.Th(name, scope="col", className=_column(index)) for index, name in enumerate(heads)],
    ]
    rows = [_stream(one, totals.get(one.topic) if totals else None) for one in health.streams]
    table = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="table table-dense")
    note = "Lag, length and pending count every tenant's messages" if totals else "Lag is every tenant's"
    return card(
        "Streams",
        html.Div(table, className="scroll-x", tabIndex="0", role="region", **aria(label="Streams")),
        subtitle="Messages without effect yet. Dead: those that failed at every try.",
        footer=f"{note}; waiting, oldest and dead are your own",
    )


def _stream(one: Stream, total: StreamCapacity | None) -> html.Tr:
    cells = [
        NOTHING if one.lag_seconds is None else words.duration(one.lag_seconds),
        _number(one.waiting),
        _number(one.dead_letters),
        NOTHING if one.oldest_waiting_seconds is None else words.duration(one.oldest_waiting_seconds),
    ]
    if total is not None:
        cells += [_number(total.length), _number(total.pending)]
    return html.Tr(
        [
            html.Th(html.Code(one.topic), scope="row"),
            *[html.Td(text, className=_column(index)) for index, text in enumerate(cells)],
        ]
    )


def _column(index: int) -> str:
    """A phone shows the first three."""
    return "num" if index < COLUMNS_OF_A_PHONE else "num wide-only"


def _number(value: int | None) -> str:
    return NOTHING if value is None else formats.integer(value)


def _processes(health: SystemHealth) -> html.Section:
    if health.processes is None:
        content: Component = _missing(health, "processes")
    else:
        content = html.Ul([_process(one, health) for one in health.processes], className="processes")
    return card("Processes", content, subtitle="Web servers and workers, by their heartbeats in Postgres.")


def _process(one: Process, health: SystemHealth) -> html.Li:
    state = ("good", "check-circle-fill", "Running") if one.state == "RUNNING" else ("bad", "x-octagon-fill", "Silent")
    if one.stopped:
        state = ("bad", "x-octagon-fill", f"{', '.join(one.stopped)} stopped")
    up = words.duration((health.as_of - one.started_at).total_seconds())
    seen = words.duration(max(0.0, (health.as_of - one.seen_at).total_seconds()))
    notes = [f"up {up}", f"seen {seen} ago", f"runs {', '.join(one.doing)}"]
    if (figures := one.figures) is not None:
        notes.insert(0, f"{figures.host}, process {figures.pid}")
        if figures.memory_bytes is not None:
            notes.append(words.size(figures.memory_bytes))
        if figures.sockets is not None and figures.subscriptions is not None:
            notes.append(f"{figures.sockets} sockets, {figures.subscriptions} subscriptions")
    title = f"{one.role.capitalize()}{', answering this page' if one.answers else ''}"
    return html.Li(
        [
            html.Div([html.P(title, className="check-name"), html.P(" · ".join(notes), className="check-note")]),
            badge(*state),
        ]
    )


def _freshness(health: SystemHealth) -> html.Section:
    rows: list[tuple[str, str]] = []
    if (fresh := health.freshness) is not None:
        newest = fresh.newest_event_received_at
        rows.append(("Newest event received", "none yet" if newest is None else _ago(newest, health)))
        behind = fresh.oldest_waiting_seconds
        rows.append(("Metrics are behind by", "nothing waits" if behind is None else words.duration(behind)))
        rows += [(f"Last effect of {one.consumer}", _ago(one.last_effect_at, health)) for one in fresh.consumers]
    if (jobs := health.jobs) is not None:
        waits = jobs.oldest_queued_seconds
        oldest = "" if waits is None else f", oldest {words.duration(waits)}"
        rows.append(("Jobs", f"{jobs.queued} queued{oldest}, {jobs.running} running, {jobs.failed} failed"))
    rows.append(("Cache hit rate, L1 and L2", f"{_rate(health.cache.l1_hit_rate)}, {_rate(health.cache.l2_hit_rate)}"))
    api = health.api
    if api.operations:
        rows.append(
            ("API, p50 · p95 · p99", " · ".join(words.measured(x, "ms") for x in (api.p50_ms, api.p95_ms, api.p99_ms)))
        )
        rows.append(("Operations in 5 minutes", f"{_number(api.operations)}, {_number(api.failed)} failed"))
    rows.append(("Last migration", health.postgres.migration or NOTHING))
    rows.append(("Versions", _versions(health)))
    return card("Your tenant", _pairs(rows), subtitle="Freshness, jobs and the operations of your tenant.")


def _models(health: SystemHealth) -> html.Section:
    found = () if health.freshness is None else health.freshness.models
    content = _pairs([(words.model(one), _scored(one, health)) for one in found])
    subtitle = "Since when each speaks, and when it last scored all customers."
    return card("Models in use", content if found else _missing(health, "freshness.models"), subtitle=subtitle)


def _scored(model: ModelInUse, health: SystemHealth) -> str:
    last = "not scored yet" if model.last_scored_at is None else f"scored {_ago(model.last_scored_at, health)}"
    return f"since {_ago(model.in_use_since, health)}, {last}, {words.DRIFTS[model.drift]}"


def _versions(health: SystemHealth) -> str:
    postgres = f"PostgreSQL {health.postgres.version}" if health.postgres.version else "Postgres does not answer"
    return f"{postgres}, {health.redis.version or 'Redis does not answer'}"


def _rate(rate: float | None) -> str:
    return "no look-up yet" if rate is None else words.share(rate)


def _ago(moment: object, health: SystemHealth) -> str:
    return f"{words.duration(max(0.0, (health.as_of - moment).total_seconds()))} ago"  # type: ignore[operator]


def _slow(health: SystemHealth) -> html.Section:
    assert health.installation is not None
    found = health.installation.slow_statements
    if found is None:
        content: Component = html.Div(
            [html.Div(icon("dash-circle"), className="state-icon"), _missing(health, "installation.slowStatements")],
            className="state",
        )
    elif not found:
        content = html.P("No statement was called yet.", className="soft")
    else:
        names = ["Calls", "Mean", "Highest"]
        head = [html.Th("Statement", scope="col"), *[html.Th(name, scope="col", className="num") for name in names]]
        rows = [
            html.Tr(
                [
                    html.Th(html.Code(one.text), scope="row", title=one.text, className="statement"),
                    html.Td(formats.integer(one.calls), className="num"),
                    html.Td(words.measured(one.mean_ms, "ms"), className="num"),
                    html.Td(words.measured(one.highest_ms, "ms"), className="num"),
                ]
            )
            for one in found
        ]
        content = html.Table([html.Thead(html.Tr(head)), html.Tbody(rows)], className="table table-dense statements")
    return card("Slowest statements", content, subtitle="By their mean, from pg_stat_statements, over all tenants.")


def _capacity(health: SystemHealth) -> html.Section:
    assert health.installation is not None
    pool, postgres, redis = health.installation.pool, health.installation.postgres, health.installation.redis
    waiting = f", {pool.waiting} waiting" if pool.waiting else ""
    rows = [("Database pool in use", f"{pool.in_use} of {pool.size}{waiting}")]
    if postgres is not None:
        rows += [
            ("Postgres connections", f"{postgres.connections} of {postgres.maximum_connections}"),
            ("Database size", words.size(postgres.size_bytes)),
            ("Postgres buffer hits", words.share(postgres.buffer_hit_rate)),
        ]
    if redis is not None:
        limit = "" if redis.memory_limit_bytes is None else f" of {words.size(redis.memory_limit_bytes)}"
        rows += [
            ("Redis memory", f"{words.size(redis.memory_bytes)}{limit}"),
            ("Redis clients", formats.integer(redis.clients)),
            ("Redis evicted keys", formats.integer(redis.evicted_keys)),
        ]
    return card("Capacity", _pairs(rows), subtitle="Over all tenants; the pool is the answering process's.")


def _pairs(rows: Sequence[tuple[str, str]]) -> html.Dl:
    return html.Dl([html.Div([html.Dt(name), html.Dd(value)]) for name, value in rows], className="pairs")


def _missing(health: SystemHealth, figure: str) -> html.P:
    absent = health.missing(figure)
    return html.P(NOTHING if absent is None else absent.message, className="soft")


def _absent(health: SystemHealth) -> html.Section:
    rows = [html.Li([icon("dash-circle"), one.message]) for one in health.absent]
    return card(
        "Not reported now",
        html.Ul(rows, className="absent"),
        subtitle="Shown as missing with the reason, never as zero.",
    )

"""The measures against their limits, in the frame of a chart: ten minutes of each as a line, and as rows."""

from datetime import timedelta
from typing import Final

from dash import html
from dash.development.base_component import Component

from ui.components.chart import Chart, chart_card
from ui.components.icon import icon
from ui.components.twin import Cell, Column, Row, Twin, missing
from ui.figures.health_line import health_line
from ui.pages.health import words
from ui.pages.health.data import Check, SystemHealth
from ui.theme import Theme

NOTHING: Final = "–"
ZONE: Final = "UTC"


def checks(health: SystemHealth, theme: Theme) -> html.Section:
    first, last = words.clock(health.checks_begin)[:5], words.clock(health.as_of)[:5]
    head = html.Thead(
        html.Tr(
            [
                html.Th("Measure", scope="col"),
                html.Th("Now", scope="col", className="num"),
                html.Th("Highest", scope="col", className="num wide-only"),
                html.Th(
                    f"{first}–{last} {ZONE}, every {health.checks_step_seconds} s", scope="col", className="wide-only"
                ),
                html.Th("State and limit", scope="col"),
            ]
        )
    )
    rows = html.Tbody([_check(check, theme) for check in health.checks])
    _, now, earlier = words.summary(health)
    chart = Chart(
        "checks",
        "Measures against their limits",
        "each in its own unit",
        f"{now} {earlier}".strip(),
        health.as_of,
        ZONE,
        twin(health),
        "A square is over the limit, a red band had no answer.",
        no_drill="They are of the installation, so no customers are behind them.",
    )
    return chart_card(chart, html.Table([head, rows], className="table health-checks"), height="own")


def twin(health: SystemHealth) -> Twin:
    """A row for each step; what was not measured is empty."""
    named = [f"{words.NAMES[check.measure][0]}, {words.UNITS[check.measure]}" for check in health.checks]
    step = timedelta(seconds=health.checks_step_seconds)
    steps = max((len(check.values) for check in health.checks), default=0)
    return Twin(
        [Column(f"Time, {ZONE}"), *(Column(name, number=True) for name in named)],
        [
            Row(
                [
                    Cell(words.clock(at := health.checks_begin + step * index), at.isoformat()),
                    *(_value_at(check, index) for check in health.checks),
                ]
            )
            for index in range(steps)
        ],
    )


def _value_at(check: Check, index: int) -> Cell:
    value = check.values[index] if index < len(check.values) else None
    return missing() if value is None else Cell(words.figure(value), value)


def badge(tone: str, symbol: str, word: str) -> html.Span:
    return html.Span([icon(symbol), word], className=f"badge badge-{tone}")


def _check(check: Check, theme: Theme) -> html.Tr:
    name, how = words.NAMES[check.measure]
    unit = words.UNITS[check.measure]
    return html.Tr(
        [
            html.Th([html.P(name, className="check-name"), html.P(how, className="check-note")], scope="row"),
            html.Td(_value(check.now, unit), className="num"),
            html.Td(_value(check.highest, unit), className="num wide-only"),
            html.Td(
                html.Img(
                    src=health_line(check.values, check.unanswered, check.limit, theme),
                    className="check-line",
                    alt=f"{name}: {words.limit_line(check)}, highest {words.measured(check.highest, unit)}",
                ),
                className="wide-only",
            ),
            html.Td([badge(*words.STATES[check.state]), html.P(words.limit_line(check), className="check-note")]),
        ]
    )


def _value(value: float | None, unit: str) -> list[Component]:
    return [
        html.P(words.figure(value), className="check-value"),
        html.P(NOTHING if value is None else unit, className="check-note"),
    ]

"""The rule segments, and the form that makes one."""

import json
from collections.abc import Mapping
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from ui import behind, formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.chart import chart_card
from ui.components.icon import icon
from ui.components.states import empty
from ui.components.twin import Cell, Column, Row, Twin
from ui.pages.segmentation.data import PageAnswer, Segment
from ui.pages.segmentation.layout import DELETE, PICK, table
from ui.pages.segmentation.parts import count, described, money

TEMPLATES: Final[Mapping[str, dict[str, Any]]] = {
    "Spent at least 1,000": {"metric": "revenue", "atLeast": 100_000},
    "Three orders in 90 days": {"metric": "orders", "atLeast": 3, "withinDays": 90},
    "Last order more than 60 days ago": {"recency": "order", "olderThanDays": 60},
    "First seen in the last 30 days": {"recency": "first_seen", "withinDays": 30},
    "From one of two countries": {"trait": "country", "in": ["France", "Germany"]},
    "Champions who are quiet": {
        "all": [{"rfm": ["champions", "loyal_customers"]}, {"not": {"recency": "order", "withinDays": 14}}]
    },
    "Viewed pages, bought nothing": {
        "all": [
            {"event": "page_viewed", "atLeast": 3, "withinDays": 30},
            {"metric": "orders", "atMost": 0, "withinDays": 30},
        ]
    },
}


def body(answer: PageAnswer) -> list[Component]:
    return [html.Div([listed(answer), form()], className="segmentation-pair")]


def listed(answer: PageAnswer) -> Component:
    segments = answer.listed
    if not segments:
        none = empty("rule segments", "An analyst makes one by the form.", "")
        return card("Rule segments", none)
    zone, currency = answer.tenant.time_zone, answer.tenant.currency
    head = [("Segment", ""), ("Customers", "num"), ("Spent", "num"), ("As of", "num"), ("", "")]
    largest = max(segments, key=lambda one: one.customers)
    chart = described(
        answer,
        "rules",
        "Rule segments",
        Twin(
            [
                *(Column("Segment"), Column("Kind")),
                *(Column(name, number=True) for name in ("Customers", f"Spent, {currency}")),
                *(Column("As of"), Column("Rule")),
            ],
            [
                Row(
                    [
                        *(Cell(one.name), Cell(one.mode.lower()), count(one.customers)),
                        *(money(one.spent.amount, currency), Cell(_as_of(one, zone))),
                        Cell(json.dumps(one.definition, ensure_ascii=False)),
                    ],
                    behind.segment(one.id),
                )
                for one in segments
            ],
        ),
        unit="customers, and what they have spent",
        sentence=f"{largest.name} is the largest, {formats.integer(largest.customers)} customers.",
        note="A dynamic one follows what customers do, and the passing of time. A name lists its members below.",
    )
    return chart_card(chart, table(head, [_row(one, zone) for one in segments]), height="own")


def _as_of(segment: Segment, zone: str) -> str:
    return "being worked out" if segment.as_of is None else formats.date_time(segment.as_of, zone)


def _row(segment: Segment, zone: str) -> Component:
    rule = html.Details([html.Summary("Rule"), html.Pre(pretty(segment.definition))], className="segment-rule")
    problem = html.Div(segment.last_error, className="segmentation-problem") if segment.last_error else None
    return html.Tr(
        [
            html.Th(
                [
                    html.Button(
                        segment.name, id={"type": PICK, "id": segment.id}, type="button", className="segment-pick"
                    ),
                    html.Span(segment.mode.lower(), className="tag"),
                    rule,
                    problem,
                ],
                scope="row",
            ),
            html.Td(formats.integer(segment.customers), className="num"),
            html.Td(formats.money(segment.spent.amount, segment.spent.currency), className="num"),
            html.Td(_as_of(segment, zone), className="num"),
            html.Td(
                html.Button(
                    icon("trash"),
                    id={"type": DELETE, "id": segment.id},
                    type="button",
                    className="button button-icon may-segment",
                    title=f"Remove {segment.name}",
                    **aria(label=f"Remove {segment.name}"),
                ),
                className="num",
            ),
        ]
    )


def form() -> Component:
    """Rules are written as the API takes them; a start can be chosen."""
    return card(
        "New rule segment",
        html.Div(
            [
                html.Div(
                    [
                        html.Label("Name", htmlFor="rule-name"),
                        dcc.Input(id="rule-name", type="text", className="input", maxLength=100, autoComplete="off"),
                    ],
                    className="field",
                ),
                html.Div(
                    [
                        html.Label("Begin with", htmlFor="rule-template"),
                        dcc.Dropdown(
                            id="rule-template", options=list(TEMPLATES), value=None, placeholder="A common rule …"
                        ),
                    ],
                    className="field",
                ),
                html.Div(
                    [
                        html.Label("Rule", htmlFor="rule-text"),
                        dcc.Textarea(
                            id="rule-text",
                            value=pretty(TEMPLATES["Last order more than 60 days ago"]),
                            className="input rule-text",
                            spellCheck=False,
                        ),
                        html.Span(
                            "all, any and not hold conditions: trait, event, recency, metric, segment, rfm, cluster. "
                            "Money in minor units.",
                            className="field-hint",
                        ),
                    ],
                    className="field",
                ),
                html.Div(
                    dcc.RadioItems(
                        id="rule-mode",
                        options=[
                            {"label": "Dynamic: follows what customers do", "value": "DYNAMIC"},
                            {"label": "Static: stays as it is now", "value": "STATIC"},
                        ],
                        value="DYNAMIC",
                        className="rule-mode",
                    ),
                    className="field",
                ),
                html.Button("Make the segment", id="rule-make", type="button", className="button button-primary"),
                html.P(id="rule-problem", className="segmentation-problem", role="alert"),
            ]
        ),
        class_name="may-segment",
    )


def read(text: str | None) -> tuple[Any, str | None]:
    """The rule, or where the text stops being JSON."""
    try:
        return json.loads(text or ""), None
    except json.JSONDecodeError as error:
        return None, f"The rule is not JSON: {error.msg}, in line {error.lineno}, column {error.colno}."


def pretty(rule: Any) -> str:
    return json.dumps(rule, indent=2, ensure_ascii=False)

"""The cards of the Customer Segmentation page: pure functions of the answer."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from ui import behind, formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.chart import chart_card, drill_button
from ui.components.states import empty
from ui.components.twin import Cell, Column, Row, Twin, missing
from ui.pages.segmentation import words
from ui.pages.segmentation.cluster_cards import apart, picture, trust
from ui.pages.segmentation.data import Cell as GridCell
from ui.pages.segmentation.data import (
    PageAnswer,
    Rfm,
    Segment,
    Version,
)
from ui.pages.segmentation.layout import PICK, table
from ui.pages.segmentation.movement_cards import movements
from ui.pages.segmentation.parts import count, described, heat_step, key_of, money, too_little
from ui.theme import Theme


def body(answer: PageAnswer, method: str, days: int, look: Theme) -> list[Component]:
    said = words.attempt(answer.latest)
    notice = html.Div(html.Span(said), className="notice notice-warn", role="status") if said else None
    if answer.rfm is not None and answer.rfm.status != "OK" and answer.rfm.insufficient is not None:
        return [card("Segments", too_little(words.shortage(answer.rfm.insufficient)))]
    if answer.current is None or not answer.listed:
        return [card("Segments", too_little(said) if said else empty("segments", "Run the method to make some.", ""))]
    segments = answer.listed
    cards = (
        [_pair(sizes(segments, answer), grid(answer.rfm, answer))]
        if method == "rfm" and answer.rfm is not None
        else _of_clusters(answer.current, segments, answer, look)
    )
    return [*([notice] if notice else []), *cards, *movements(answer, days, look)]


def _of_clusters(version: Version, segments: Sequence[Segment], answer: PageAnswer, look: Theme) -> list[Component]:
    cards = [_pair(picture(version, segments, answer, look), apart(segments, answer))]
    quality = None if version.quality is None else trust(version.quality, answer)
    return [*cards, _pair(sizes(segments, answer), quality)]


def _pair(left: Component, right: Component | None) -> html.Div:
    return html.Div([left, right], className="segmentation-pair")


def sizes(segments: Sequence[Segment], answer: PageAnswer) -> Component:
    people = sum(segment.customers for segment in segments) or 1
    spent = sum(segment.spent.amount for segment in segments)
    prospects = f" · {answer.rfm.prospects:,} prospects without an order apart" if answer.rfm else ""
    rows = [
        html.Tr(
            [
                html.Th(_pick(segment), scope="row"),
                html.Td(formats.integer(segment.customers), className="num"),
                html.Td(_bar(segment.customers / people), className="num"),
                html.Td(formats.money(segment.spent.amount, segment.spent.currency), className="num"),
                html.Td(_bar(segment.spent.amount / spent if spent > 0 else None), className="num"),
            ]
        )
        for segment in segments
    ]
    head = [("Segment", ""), ("Customers", "num"), ("Share", "num"), ("Spent", "num"), ("Share", "num")]
    currency = answer.tenant.currency
    twin = Twin(
        [Column("Segment"), *(Column(name, number=True) for name in ("Customers", "Share", f"Spent, {currency}"))],
        [
            Row(
                [
                    Cell(words.segment_name(one.name)),
                    count(one.customers),
                    Cell(formats.percent(one.customers / people), one.customers / people),
                    money(one.spent.amount, currency),
                ],
                behind.segment(one.id),
            )
            for one in segments
        ],
    )
    chart = described(
        answer,
        "sizes",
        "Sizes",
        twin,
        unit="customers, and what they have spent",
        sentence=words.sizes(segments),
        note=f"{people:,} customers with an order{prospects}. A name lists its members below.",
    )
    return chart_card(chart, table(head, rows, "table sizes-table"), height="own")


def _pick(segment: Segment) -> html.Button:
    return html.Button(
        [key_of(segment), words.segment_name(segment.name)],
        id={"type": PICK, "id": segment.id},
        type="button",
        className="segment-pick",
        title="List its members",
    )


def _bar(share: float | None) -> Component | str:
    if share is None:
        return "–"
    width = max(0.0, min(1.0, share))
    return html.Span(
        [
            html.Span(formats.percent(share)),
            html.Span(html.Span(style={"width": f"{width:.1%}"}), className="share-bar", **aria(hidden="true")),
        ],
        className="share-cell",
    )


def grid(rfm: Rfm, answer: PageAnswer) -> Component:
    cells = {(cell.recency, cell.frequency): cell for cell in rfm.grid}
    most = max((cell.customers for cell in rfm.grid), default=0)
    rows = []
    for recency in range(5, 0, -1):
        line: list[Component] = [html.Th(f"R {recency}", scope="row")]
        for frequency in range(1, 6):
            cell = cells[recency, frequency]
            mean = cell.spent.amount / cell.customers if cell.customers else None
            line.append(
                html.Td(
                    [
                        _cell(cell),
                        html.Span("" if mean is None else formats.money(mean, cell.spent.currency)),
                    ],
                    className=f"heat heat-{heat_step(cell.customers, most)}",
                )
            )
        rows.append(html.Tr(line))
    head = [("", ""), *((f"F {frequency}", "heat-head") for frequency in range(1, 6))]
    twin = Twin(
        [Column("Recency"), *(Column(name, number=True) for name in ("Frequency", "Customers", "Spent", "Mean spent"))],
        [
            Row(
                [
                    Cell(f"R {one.recency}", one.recency),
                    Cell(f"F {one.frequency}", one.frequency),
                    count(one.customers),
                    money(one.spent.amount, one.spent.currency),
                    money(one.spent.amount / one.customers, one.spent.currency) if one.customers else missing(),
                ],
                behind.rfm_cell(one.recency, one.frequency) if one.customers else None,
            )
            for one in sorted(rfm.grid, key=lambda one: (-one.recency, -one.frequency))
        ],
    )
    chart = described(
        answer,
        "rfm-grid",
        "RFM grid",
        twin,
        unit="customers, and what one has spent on average",
        sentence=words.grid(rfm),
        note="Fifths of recency (R) and frequency (F), 5 the best; customers who are alike share one. The stronger "
        "the colour, the more customers.",
    )
    return chart_card(chart, table(head, rows, "table heat-table"), height="own")


def _cell(one: GridCell) -> Component:
    if not one.customers:
        return html.B("0")
    label = f"{formats.integer(one.customers)} customers with recency {one.recency} and frequency {one.frequency}"
    return drill_button(formats.integer(one.customers), behind.rfm_cell(one.recency, one.frequency), label)

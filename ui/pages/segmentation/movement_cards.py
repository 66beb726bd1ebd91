"""The cards of movement between segments: the flow and its matrix."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from ui import behind, formats
from ui.components.chart import chart_card, chart_state, drill_button, graph
from ui.components.twin import Cell, Column, Row, Twin, missing
from ui.figures.flow import Flow, flow_figure
from ui.pages.segmentation import words
from ui.pages.segmentation.data import (
    Movement,
    MovementCell,
    MovementRow,
    PageAnswer,
    Share,
)
from ui.pages.segmentation.layout import horizons, table
from ui.pages.segmentation.parts import count, described, heat_step, too_little
from ui.theme import Theme


def movements(answer: PageAnswer, days: int, look: Theme) -> list[Component]:
    movement = answer.movement
    if movement is None or movement.status == "NOT_RUN":
        return []
    if movement.insufficient is not None or movement.from_ is None or movement.to is None:
        text = words.shortage(movement.insufficient) if movement.insufficient else "There is no history yet."
        state_of = too_little(text)
        return [
            chart_state(
                name="movement",
                title="Movement between segments",
                content=state_of,
                height="own",
                tools=[horizons(days)],
            )
        ]
    zone = answer.tenant.time_zone
    span = f"{formats.date(movement.from_, zone)} to {formats.date(movement.to, zone)}, one version's measure at both"
    legend = html.P(
        [
            html.Span([html.I(className="key key-up"), "Up"]),
            html.Span([html.I(className="key key-stay"), "Stays"]),
            html.Span([html.I(className="key key-down"), "Down"]),
        ],
        className="legend",
    )
    names = {row.segment_id: words.segment_name(row.name) for row in movement.rows}
    twin = Twin(
        [Column("From"), Column("To"), Column("Customers", number=True)],
        [
            Row(
                [Cell(names[row.segment_id]), Cell(names[cell.segment_id]), count(cell.customers)],
                _who(movement, row, cell),
            )
            for row in movement.rows
            for cell in row.cells
            if cell.customers
        ],
    )
    chart = described(
        answer,
        "movement",
        "Movement between segments",
        twin,
        unit="customers",
        sentence=words.moved(movement),
        note=f"{span}.",
        no_drill="Nobody moved.",
    )
    drawing = html.Div(
        graph("segmentation-flow", _flow(movement, look), chart.title + ". " + words.moved(movement)),
        className="segmentation-graph segmentation-flow",
    )
    flow = chart_card(
        chart, html.Div([legend, drawing]), height="own", tools=[horizons(days)], class_name="segmentation-movement"
    )
    return [flow, matrix(movement, answer)]


def _who(movement: Movement, row: MovementRow, cell: MovementCell | None = None) -> str | None:
    """Only a movement of the asked length can be asked for again."""
    if movement.days is None:
        return None
    return behind.moved(row.segment_id, None if cell is None else cell.segment_id, movement.days)


def _flow(movement: Movement, look: Theme) -> dict[str, Any]:
    places = {row.segment_id: index for index, row in enumerate(movement.rows)}
    flows = [
        Flow(place, places[cell.segment_id], cell.customers, _who(movement, row, cell))
        for place, row in enumerate(movement.rows)
        for cell in row.cells
    ]
    return flow_figure([words.segment_name(row.name) for row in movement.rows], flows, look)


def _moved(movement: Movement, row: MovementRow, cell: MovementCell) -> list[Component]:
    drill = _who(movement, row, cell)
    if not cell.customers or drill is None:
        return [html.Span(formats.integer(cell.customers))]
    label = f"{formats.integer(cell.customers)} customers"
    return [html.B(words.share(cell.share)), drill_button(formats.integer(cell.customers), drill, label)]


def matrix(movement: Movement, answer: PageAnswer) -> Component:
    names = [words.segment_name(row.name) for row in movement.rows]
    head = [
        ("From", ""),
        ("n", "num"),
        ("Up", "num"),
        ("Stays", "num"),
        ("Down", "num"),
        *((name, "heat-head") for name in names),
    ]
    rows = []
    for row, name in zip(movement.rows, names, strict=True):
        changes = [
            html.Td(words.share(found), className="num", title=words.interval(found))
            for found in (row.upgrade, row.maintain, row.downgrade)
        ]
        cells = [
            html.Td(
                _moved(movement, row, cell) if row.shown else "< 30",
                className=f"heat heat-{heat_step(cell.share.share if cell.share else 0, 1)}",
                title=words.interval(cell.share),
            )
            for cell in row.cells
        ]
        rows.append(
            html.Tr(
                [html.Th(name, scope="row"), html.Td(formats.integer(row.customers), className="num"), *changes, *cells]
            )
        )
    twin = Twin(
        [Column("From"), *(Column(name, number=True) for name in ("n", "Up", "Stays", "Down", *names))],
        [
            Row(
                [
                    Cell(name),
                    count(row.customers),
                    *(_share(found) for found in (row.upgrade, row.maintain, row.downgrade)),
                    *(_share(cell.share) if row.shown else Cell("< 30", "") for cell in row.cells),
                ],
                _who(movement, row) if row.customers else None,
            )
            for row, name in zip(movement.rows, names, strict=True)
        ],
    )
    chart = described(
        answer,
        "matrix",
        "Movement matrix",
        twin,
        unit="share of each segment's customers, and how many",
        sentence=words.steadiest(movement),
        note=f"Rows of fewer than 30 customers are hidden. 90% intervals on pointing. {words.backtest(movement)}",
        no_drill="Nobody moved.",
    )
    return chart_card(chart, table(head, rows, "table heat-table matrix"), height="own")


def _share(found: Share | None) -> Cell:
    return missing() if found is None else Cell(words.share(found), found.share)

"""What the tabs of the Settings page are made of."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import data
from ui.components.icon import icon

Cells = Sequence[Any]
ROLES = (("VIEWER", "Viewer"), ("ANALYST", "Analyst"), ("ADMIN", "Admin"))


def table(heads: Sequence[str], rows: Sequence[Cells]) -> html.Div:
    """The first column names the row; an empty head stands over its actions. On a phone each row is a block of its own,
    in which a cell says its column's name itself."""
    head = html.Tr([html.Th(name, scope="col") if name else html.Td() for name in heads])
    body = [html.Tr([html.Th(cells[0], scope="row"), *_cells(heads[1:], cells[1:])]) for cells in rows]
    return html.Div(html.Table([html.Thead(head), html.Tbody(body)], className="table"), className="settings-table")


def _cells(heads: Sequence[str], cells: Cells) -> list[Component]:
    return [html.Td(cell, **data(head=head)) for head, cell in zip(heads, cells, strict=True)]


def mark(tone: str, symbol: str, word: str) -> html.Span:
    return html.Span([icon(symbol), word], className=f"badge badge-{tone}")


def at(moment: datetime | None, zone: str, never: str = "never") -> Component:
    return (
        html.Span(never, className="soft")
        if moment is None
        else html.Span(formats.date_time(moment, zone), className="moment")
    )


def note(text: str) -> html.P:
    return html.P(text, className="check-note")

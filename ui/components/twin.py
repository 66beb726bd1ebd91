"""The rows of a chart, as its table twin and its CSV file have them: the text on the screen, the number behind it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

Value = str | float | int | None


@dataclass(frozen=True, slots=True)
class Column:
    """`soft` is for what only stands beside, such as the previous period."""

    name: str
    number: bool = False
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """`value` is what the file holds; the text itself unless it is given."""

    text: str
    value: Value = None


@dataclass(frozen=True, slots=True)
class Row:
    """`drill` is the query string of the Customers page that lists who is behind this row."""

    cells: Sequence[Cell]
    drill: str | None = None


@dataclass(frozen=True, slots=True)
class Twin:
    """Every row of the chart. One too large for a page is offered as the server's own export instead."""

    columns: Sequence[Column]
    rows: Sequence[Row]

    def to_json(self) -> str:
        """For `assets/35-charts.js`, which makes the table when it is asked for, and the file from the same rows."""
        columns = [{"name": one.name, "number": one.number, "soft": one.soft} for one in self.columns]
        rows = [
            {"cells": [_cell(cell) for cell in row.cells], **({} if row.drill is None else {"drill": row.drill})}
            for row in self.rows
        ]
        return json.dumps({"columns": columns, "rows": rows}, separators=(",", ":"), ensure_ascii=False)


def _cell(cell: Cell) -> object:
    return cell.text if cell.value is None else [cell.text, cell.value]


def missing(text: str = "–") -> Cell:
    """Nothing was measured: a dash on the screen, an empty field in the file."""
    return Cell(text, "")

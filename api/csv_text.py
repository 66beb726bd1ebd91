"""Lines of CSV. Text that a spreadsheet would take for a formula is kept from being one."""

import csv
import re
from collections.abc import Sequence
from io import StringIO
from typing import Any, Final

FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
NUMBER: Final = re.compile(r"[+-]?\d+([.,]\d+)*")


def guarded(cell: Any) -> Any:
    """Text that begins like a formula gets an apostrophe in front; numbers do not."""
    formula = isinstance(cell, str) and cell.startswith(FORMULAS) and not NUMBER.fullmatch(cell)
    return f"'{cell}" if formula else cell


def line(cells: Sequence[Any]) -> str:
    buffer = StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()

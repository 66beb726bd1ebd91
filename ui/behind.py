"""Query strings of the customers who stand behind a figure: what a point, a cell or a row drills down to."""

from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

STILL: Final = "true"


def segment(identity: str) -> str:
    return urlencode({"segment": identity})


def rfm_cell(recency: int, frequency: int) -> str:
    return urlencode({"rfm": f"{recency}-{frequency}"})


def moved(origin: str, target: str | None, days: int) -> str:
    to = {} if target is None else {"movedTo": target}
    return urlencode({"movedFrom": origin, **to, "movedDays": str(days)})


def entered(stage: str, start: datetime, end: datetime, *, to: str | None = None, still: bool = False) -> str:
    then = {"enteredTo": to} if to is not None else {"enteredStill": STILL} if still else {}
    return urlencode({"entered": stage, "enteredGte": _utc(start), "enteredLt": _utc(end), **then}, safe=":")


def predicted(kind: str, days: int, low: float | None, high: float | None) -> str:
    bounds = {"predictedGte": low, "predictedLt": high}
    given = {name: f"{value:.10g}" for name, value in bounds.items() if value is not None}
    return urlencode({"predicted": kind, "predictedDays": str(days), **given})


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")

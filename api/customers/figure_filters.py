"""What customers can be narrowed down to of what was worked out of them, in GraphQL."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import strawberry

from api.customers.contracts import Cell, Entered, Moved, Predicted
from api.errors import BadInputError
from api.graphql.ids import key_of
from api.graphql.where import TimeRange, between
from api.predictions.model_types import PredictionKind
from models.conditions import Between, Condition, equal

FIFTHS: Final = range(1, 6)
MOST_DAYS: Final = 3_660
MOST_LETTERS: Final = 200
NOBODYS: Final = UUID(int=0)
"""Another type's id answers like a missing object's: nobody is in it."""


@strawberry.input(description="A cell of RFM's current version: fifths of recency and of frequency, 5 the best.")
class CustomerRfmWhere:
    recency: int
    frequency: int


@strawberry.input(description="Who moved as `segmentMovement` counts it.")
class CustomerMovedWhere:
    from_: strawberry.ID = strawberry.field(name="from", description="The segment it was in.")
    to: strawberry.ID | None = strawberry.field(default=None, description="The one it was in later; any without one.")
    horizon_days: int


@strawberry.input(description="Who entered a stage within the range, as `journey` counts it.")
class CustomerEnteredWhere:
    stage: str
    gte: datetime | None = None
    lt: datetime | None = None
    to: str | None = strawberry.field(default=None, description="Only who went on to this stage by then.")
    still_here: bool | None = strawberry.field(default=None, description="Only who was still there then.")


@strawberry.input(description="Of whom this is foretold now: `gte` is in it, `lt` is not.")
class CustomerPredictedWhere:
    kind: PredictionKind
    horizon_days: int
    gte: float | None = strawberry.field(default=None, description="A probability; for CLV, minor units.")
    lt: float | None = None


def _segment(given: str, path: tuple[str, ...]) -> UUID:
    try:
        return key_of("Segment", given) or NOBODYS
    except BadInputError as error:
        raise BadInputError(error.message, path=path) from error


def _in_segment(given: str, path: tuple[str, ...]) -> Condition:
    return equal("segment", _segment(given, path))


def _cell(given: CustomerRfmWhere, path: tuple[str, ...]) -> Condition:
    for name, fifth in (("recency", given.recency), ("frequency", given.frequency)):
        if fifth not in FIFTHS:
            raise BadInputError("A fifth is 1 to 5.", path=(*path, name))
    return equal("rfm", Cell(given.recency, given.frequency))


def _moved(given: CustomerMovedWhere, path: tuple[str, ...]) -> Condition:
    target = None if given.to is None else _segment(given.to, (*path, "to"))
    return equal("moved", Moved(_segment(given.from_, (*path, "from")), target, _days(given.horizon_days, path)))


def _entered(given: CustomerEnteredWhere, path: tuple[str, ...]) -> Condition:
    for name, text in (("stage", given.stage), ("to", given.to)):
        if text is not None and (not text or len(text) > MOST_LETTERS or "\0" in text):
            raise BadInputError(f"A stage's key has 1 to {MOST_LETTERS} characters.", path=(*path, name))
    if given.to is not None and given.still_here:
        raise BadInputError("Give `to` or `stillHere`, not both.", path=(*path, "stillHere"))
    at: Between[datetime] = between(TimeRange(gte=given.gte, lt=given.lt), path)
    return equal("entered", Entered(given.stage, at, given.to, bool(given.still_here)))


def _predicted(given: CustomerPredictedWhere, path: tuple[str, ...]) -> Condition:
    if given.gte is not None and given.lt is not None and given.gte > given.lt:
        raise BadInputError("The range ends before it begins.", path=(*path, "lt"))
    days = _days(given.horizon_days, path)
    return equal("predicted", Predicted(given.kind.value, days, given.gte, given.lt))


def _days(given: int, path: tuple[str, ...]) -> int:
    if not 1 <= given <= MOST_DAYS:
        raise BadInputError(f"horizonDays is 1 to {MOST_DAYS}.", path=(*path, "horizonDays"))
    return given


FIGURES: Final[dict[str, Callable[[Any, tuple[str, ...]], Condition]]] = {
    "segment": _in_segment,
    "rfm": _cell,
    "moved": _moved,
    "entered": _entered,
    "predicted": _predicted,
}
"""By name. They tell what was worked out of customers, and not only what was received of them."""

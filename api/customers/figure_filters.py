"""What customers can be narrowed down to of what was worked out of them, in GraphQL."""

from datetime import datetime
from typing import Final, TypedDict
from uuid import UUID

import strawberry

from api.customers.contracts import Between, Cell, Entered, Moved, Predicted
from api.errors import BadInputError
from api.graphql.ids import key_of
from api.predictions.model_types import PredictionKind

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


class Analytic(TypedDict):
    segment: UUID | None
    rfm: Cell | None
    moved: Moved | None
    entered: Entered | None
    predicted: Predicted | None


def analytic(
    segment: str | None,
    rfm: CustomerRfmWhere | None,
    moved: CustomerMovedWhere | None,
    entered: CustomerEnteredWhere | None,
    predicted: CustomerPredictedWhere | None,
) -> Analytic:
    return Analytic(
        segment=None if segment is None else _segment(segment, "segment"),
        rfm=None if rfm is None else _cell(rfm),
        moved=None if moved is None else _moved(moved),
        entered=None if entered is None else _entered(entered),
        predicted=None if predicted is None else _predicted(predicted),
    )


def _segment(given: str, *path: str) -> UUID:
    try:
        return key_of("Segment", given) or NOBODYS
    except BadInputError as error:
        raise BadInputError(error.message, path=("where", *path)) from error


def _cell(given: CustomerRfmWhere) -> Cell:
    for name, fifth in (("recency", given.recency), ("frequency", given.frequency)):
        if fifth not in FIFTHS:
            raise BadInputError("A fifth is 1 to 5.", path=("where", "rfm", name))
    return Cell(given.recency, given.frequency)


def _moved(given: CustomerMovedWhere) -> Moved:
    target = None if given.to is None else _segment(given.to, "moved", "to")
    return Moved(_segment(given.from_, "moved", "from"), target, _days(given.horizon_days, "moved"))


def _entered(given: CustomerEnteredWhere) -> Entered:
    for name, text in (("stage", given.stage), ("to", given.to)):
        if text is not None and (not text or len(text) > MOST_LETTERS or "\0" in text):
            raise BadInputError(f"A stage's key has 1 to {MOST_LETTERS} characters.", path=("where", "entered", name))
    if given.to is not None and given.still_here:
        raise BadInputError("Give `to` or `stillHere`, not both.", path=("where", "entered", "stillHere"))
    for name, moment in (("gte", given.gte), ("lt", given.lt)):
        if moment is not None and moment.tzinfo is None:
            raise BadInputError("A moment needs its offset, such as Z.", path=("where", "entered", name))
    if given.gte is not None and given.lt is not None and given.gte > given.lt:
        raise BadInputError("The range ends before it begins.", path=("where", "entered", "lt"))
    return Entered(given.stage, Between(given.gte, given.lt), given.to, bool(given.still_here))


def _predicted(given: CustomerPredictedWhere) -> Predicted:
    if given.gte is not None and given.lt is not None and given.gte > given.lt:
        raise BadInputError("The range ends before it begins.", path=("where", "predicted", "lt"))
    return Predicted(given.kind.value, _days(given.horizon_days, "predicted"), given.gte, given.lt)


def _days(given: int, name: str) -> int:
    if not 1 <= given <= MOST_DAYS:
        raise BadInputError(f"horizonDays is 1 to {MOST_DAYS}.", path=("where", name, "horizonDays"))
    return given

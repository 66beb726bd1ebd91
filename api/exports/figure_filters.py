"""Who stands behind a figure, as the query string of a file."""

from collections.abc import Iterator, Mapping
from typing import Final

import strawberry

from api.customers.figure_filters import (
    FIGURES,
    CustomerEnteredWhere,
    CustomerMovedWhere,
    CustomerPredictedWhere,
    CustomerRfmWhere,
)
from api.errors import BadInputError
from api.exports.query_values import moment_of, number_of, whole_number
from api.predictions.model_types import PredictionKind
from models.conditions import Condition

ANALYTIC: Final = (
    "segment", "rfm", "movedFrom", "movedTo", "movedDays", "entered", "enteredGte", "enteredLt", "enteredTo",
    "enteredStill", "predicted", "predictedDays", "predictedGte", "predictedLt",
)  # fmt: skip
"""These tell what was worked out of customers, so they need analytics:view."""


def analytic_of(asked: Mapping[str, str]) -> Iterator[Condition]:
    given = {
        "segment": asked.get("segment") or None,
        "rfm": _cell(asked),
        "moved": _moved(asked),
        "entered": _entered(asked),
        "predicted": _predicted(asked),
    }
    for name, value in given.items():
        if value is not None:
            yield FIGURES[name](value, ("where", name))


def _cell(asked: Mapping[str, str]) -> CustomerRfmWhere | None:
    text = asked.get("rfm")
    if not text:
        return None
    recency, _, frequency = text.partition("-")
    if not (recency.isdecimal() and frequency.isdecimal()):
        raise BadInputError("rfm is a fifth of recency and one of frequency, such as 5-3.", path=("rfm",))
    return CustomerRfmWhere(recency=int(recency), frequency=int(frequency))


def _moved(asked: Mapping[str, str]) -> CustomerMovedWhere | None:
    origin, to = asked.get("movedFrom"), asked.get("movedTo") or None
    if not origin:
        return None
    days = whole_number(asked, "movedDays")
    return CustomerMovedWhere(
        from_=strawberry.ID(origin), to=None if to is None else strawberry.ID(to), horizon_days=days or 0
    )


def _entered(asked: Mapping[str, str]) -> CustomerEnteredWhere | None:
    stage = asked.get("entered")
    if not stage:
        return None
    return CustomerEnteredWhere(
        stage=stage,
        gte=moment_of(asked, "enteredGte"),
        lt=moment_of(asked, "enteredLt"),
        to=asked.get("enteredTo") or None,
        still_here=asked.get("enteredStill") == "true",
    )


def _predicted(asked: Mapping[str, str]) -> CustomerPredictedWhere | None:
    kind = asked.get("predicted")
    if not kind:
        return None
    if kind not in PredictionKind.__members__:
        hint = f"Write one of {', '.join(PredictionKind.__members__)}."
        raise BadInputError("There is no such prediction.", hint=hint, path=("predicted",))
    return CustomerPredictedWhere(
        kind=PredictionKind[kind],
        horizon_days=whole_number(asked, "predictedDays") or 0,
        gte=number_of(asked, "predictedGte"),
        lt=number_of(asked, "predictedLt"),
    )

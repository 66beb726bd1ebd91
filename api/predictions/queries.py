"""Predictions, what they come to, and the models behind them."""

from datetime import datetime
from enum import Enum
from typing import Annotated, ClassVar

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import INTELLIGENCE, JOBS
from api.errors import BadInputError
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.lists import Asked, List, SortDirection
from api.graphql.permissions import Requirement, field
from api.graphql.scalars import Int64
from api.graphql.where import ALL_GIVEN, IdWhere, NumberWhere, combined, condition_of
from api.predictions import model_types, repository, version_repository
from api.predictions.contracts import ModelKind, PredictionRecord
from api.predictions.data_need import PredictionDataNeed
from api.predictions.filters import (
    ModelTrainingOrder,
    ModelTrainingWhere,
    ModelVersionOrder,
    ModelVersionWhere,
)
from api.predictions.model_types import (
    ModelCard,
    ModelTraining,
    ModelVersion,
    PredictionKind,
    training_by_key,
    version_by_key,
)
from api.predictions.summary import edges, total_band, trimmed
from api.predictions.types import (
    Prediction,
    PredictionInterval,
    PredictionStatus,
    interval,
    need_of,
    predictions_of_records,
)
from api.tenants.types import Money
from models.conditions import given, names_in

NODES = model_types.NODES
Horizon = Annotated[int, strawberry.argument(description="In days, such as 30.")]


@strawberry.enum(description="What predictions can be sorted by: the first is for probabilities, the others for CLV.")
class PredictionOrderField(Enum):
    PROBABILITY = "probability"
    VALUE = "value"
    HISTORIC_VALUE = "historic"
    EXPECTED_PURCHASES = "purchases"


@strawberry.input(description="One thing to sort by.")
class PredictionOrder:
    field: PredictionOrderField
    direction: SortDirection = SortDirection.DESC


@strawberry.input(description=ALL_GIVEN)
class PredictionWhere:
    __ids__: ClassVar = {"customer": "Customer"}
    AND: list["PredictionWhere"] | None = combined("AND")
    OR: list["PredictionWhere"] | None = combined("OR")
    NOT: "PredictionWhere | None" = combined("NOT")
    probability: NumberWhere | None = strawberry.field(default=None, description="Not for CLV.")
    value: NumberWhere | None = strawberry.field(default=None, description="In minor units; for CLV alone.")
    customer: IdWhere | None = None


VERSIONS = List("modelVersions", version_repository.VERSIONS, ModelVersion.of)
TRAININGS = List("modelTrainings", version_repository.TRAININGS, ModelTraining.of)


@strawberry.type(description="How many customers have an estimate in a band.")
class PredictionBand:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    low: float = strawberry.field(description="A probability, or minor units.")
    high: float = strawberry.field(description="Excluded, but in the last band.")
    n: Int64


@strawberry.type(description="All predictions of a kind and horizon together.")
class PredictionSummary:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    kind: PredictionKind
    horizon_days: int
    status: PredictionStatus
    data_need: PredictionDataNeed | None
    customers: Int64
    as_of: datetime | None = strawberry.field(description="The oldest prediction's.")
    mean_probability: float | None
    mean_value: Money | None
    total_value: Money | None = strawberry.field(
        description="What will come within the horizon from customers known now."
    )
    total_interval: PredictionInterval | None = strawberry.field(
        description="From how far totals were missed at past cutoffs: the model's own interval is too narrow."
    )
    historic_value: Money | None
    expected_purchases: float | None
    distribution: list[PredictionBand]
    model: ModelVersion | None


@strawberry.type
class PredictionQuery:
    @field(
        Permission.ANALYTICS_VIEW, "What is foretold, the highest first; empty when nobody speaks.", cached=INTELLIGENCE
    )
    async def predictions(
        self,
        info: Info,
        kind: PredictionKind,
        horizon_days: Horizon,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: PredictionWhere | None = None,
        order_by: list[PredictionOrder] | None = None,
    ) -> Connection[Prediction]:
        context = info.context

        async def nodes(records: list[PredictionRecord]) -> list[Prediction]:
            return await predictions_of_records(context, records)

        _check(kind, where, order_by)
        listed = List("predictions", repository.PREDICTIONS, nodes=nodes)
        fixed = given(kind=kind.value, horizon_days=horizon_days)
        return await listed.connect(context, Asked(first, after, last, before, where, order_by), fixed)

    @field(
        Permission.ANALYTICS_VIEW,
        "All predictions of a kind and horizon together, or what is missing for any.",
        cached=INTELLIGENCE,
    )
    async def prediction_summary(self, info: Info, kind: PredictionKind, horizon_days: Horizon) -> PredictionSummary:
        context = info.context
        key = (kind.value, horizon_days)
        version = await context.loader(version_repository.load_current, tuple).load(key)
        if version is None:
            need = await need_of(context, *key)
            return _missing(kind, horizon_days, PredictionDataNeed.of(need))
        summary = await context.loader(repository.load_summaries, tuple).load(key)
        model_kind = ModelKind(kind.value)
        bands = await repository.list_bands(context.snapshot, kind.value, horizon_days, edges(model_kind))
        valued = model_kind is ModelKind.CLV
        band = None if not valued or summary.total is None else total_band(summary.total, version.card)
        return PredictionSummary(
            kind=kind,
            horizon_days=horizon_days,
            status=PredictionStatus.BASELINE if version.is_baseline else PredictionStatus.MODEL,
            data_need=None,
            customers=Int64(summary.n),
            as_of=summary.oldest,
            mean_probability=None if valued else summary.mean,
            mean_value=_money(summary.mean if valued else None),
            total_value=_money(summary.total if valued else None),
            total_interval=None if band is None else interval(*band),
            historic_value=_money(summary.historic if valued else None),
            expected_purchases=summary.purchases,
            distribution=[
                PredictionBand(low=one.low, high=one.high, n=Int64(one.n)) for one in trimmed(model_kind, bands)
            ],
            model=ModelVersion.of(version),
        )

    @field(Permission.ANALYTICS_VIEW, "Model versions, the newest first.", cached=INTELLIGENCE)
    async def model_versions(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        kind: PredictionKind | None = None,
        horizon_days: int | None = None,
        where: ModelVersionWhere | None = None,
        order_by: list[ModelVersionOrder] | None = None,
    ) -> Connection[ModelVersion]:
        fixed = given(kind=None if kind is None else kind.value, horizon_days=horizon_days)
        return await VERSIONS.connect(info.context, Asked(first, after, last, before, where, order_by), fixed)

    @field(Permission.ANALYTICS_VIEW, "One version; null when there is none, or none of yours.", cached=INTELLIGENCE)
    async def model_version(self, info: Info, id: strawberry.ID) -> ModelVersion | None:  # noqa: A002
        key = key_of("ModelVersion", id)
        return None if key is None else await version_by_key(info.context, key)

    @field(
        Permission.ANALYTICS_VIEW, "A version's card; null when there is none, or none of yours.", cached=INTELLIGENCE
    )
    async def model_card(self, info: Info, id: strawberry.ID) -> ModelCard | None:  # noqa: A002
        key = key_of("ModelVersion", id)
        found = None if key is None else await version_by_key(info.context, key)
        return None if found is None else ModelCard.of(found.record)

    @field(Permission.ANALYTICS_VIEW, "What was asked for, the newest first, and what came of it.", cached=JOBS)
    async def model_trainings(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: ModelTrainingWhere | None = None,
        order_by: list[ModelTrainingOrder] | None = None,
    ) -> Connection[ModelTraining]:
        return await TRAININGS.connect(info.context, Asked(first, after, last, before, where, order_by))

    @field(Permission.ANALYTICS_VIEW, "One training; null when there is none, or none of yours.", cached=JOBS)
    async def model_training(self, info: Info, id: strawberry.ID) -> ModelTraining | None:  # noqa: A002
        key = key_of("ModelTraining", id)
        return None if key is None else await training_by_key(info.context, key)


def _check(kind: PredictionKind, where: PredictionWhere | None, order_by: list[PredictionOrder] | None) -> None:
    """A kind's estimate is a probability or a value, and is asked for by its own name."""
    valued = kind is PredictionKind.CLV
    if ("probability" if valued else "value") in names_in(condition_of(where)):
        unit = "an amount" if valued else "a probability"
        raise BadInputError(f"Predictions of {kind.value} are {unit}.", path=("where",))
    for chosen in order_by or ():
        if (chosen.field is PredictionOrderField.PROBABILITY) is valued:
            raise BadInputError(f"Predictions of {kind.value} have no {chosen.field.value}.", path=("orderBy", "field"))


def _money(amount: float | None) -> Money | None:
    return None if amount is None else Money(amount=Int64(round(amount)))


def _missing(kind: PredictionKind, horizon_days: int, need: PredictionDataNeed) -> PredictionSummary:
    return PredictionSummary(
        kind=kind,
        horizon_days=horizon_days,
        status=PredictionStatus.INSUFFICIENT_DATA,
        data_need=need,
        customers=Int64(0),
        as_of=None,
        mean_probability=None,
        mean_value=None,
        total_value=None,
        total_interval=None,
        historic_value=None,
        expected_purchases=None,
        distribution=[],
        model=None,
    )

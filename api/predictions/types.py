"""Predictions in GraphQL, each with what it rests on."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import INTELLIGENCE
from api.graphql.context import Context, Info
from api.graphql.permissions import Requirement, field
from api.graphql.scalars import Int64, Json
from api.predictions import repository, version_repository
from api.predictions.contracts import HORIZONS, LEVEL, Insufficient, ModelKind, PredictionRecord, VersionRecord
from api.predictions.data_need import PredictionDataNeed
from api.predictions.model_types import CalibrationBucket, ModelVersion, PredictionKind
from api.tenants.types import Money

if TYPE_CHECKING:
    from api.customers.types import Customer

LazyCustomer = Annotated["Customer", strawberry.lazy("api.customers.types")]
Key = tuple[str, int]

NO_MODEL = Insufficient("trained models", 1, 0)
REFUSED = Insufficient("consent of this customer to profiling", 1, 0)
NOTHING_KNOWN = {
    ModelKind.CHURN: Insufficient("orders, or contracts that run,", 1, 0),
    ModelKind.CLV: Insufficient("orders", 1, 0),
    ModelKind.CONVERSION: Insufficient("journey stages with another one after them", 1, 0),
}


@strawberry.enum(
    description="What stands behind a prediction: a model that beats its baseline clearly; the baseline, because none "
    "did; or nothing, and then `dataNeed` says what is missing."
)
class PredictionStatus(Enum):
    MODEL = "MODEL"
    BASELINE = "BASELINE"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@strawberry.type(description="Bounds of what is foretold.")
class PredictionInterval:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    low: float = strawberry.field(description="A probability, or minor units.")
    high: float
    level: float = strawberry.field(description="With what probability the truth lies between.")


@strawberry.type(description="What moved this score, which is not why a customer leaves.")
class PredictionReason:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    feature: str
    value: Json = strawberry.field(description="The customer's own: a number, or a text.")
    contribution: float | None = strawberry.field(
        description="Signed, in log-odds; null for the factors of a value, whose product it is."
    )


@strawberry.type(description="What is foretold of one customer, and everything it rests on.")
class Prediction:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    customer_id: strawberry.Private[UUID]
    version: strawberry.Private[VersionRecord | None]
    kind: PredictionKind
    horizon_days: int
    status: PredictionStatus
    as_of: datetime | None
    probability: float | None = strawberry.field(description="Null for CLV.")
    value: Money | None = strawberry.field(description="For CLV: what will come within the horizon.")
    historic_value: Money | None = strawberry.field(description="For CLV: what came until now.")
    total_value: Money | None = strawberry.field(description="Both together.")
    expected_purchases: float | None
    interval: PredictionInterval | None
    base: float | None = strawberry.field(
        description="Log-odds of an average customer: with the contributions it adds up to this one's."
    )
    reasons: list[PredictionReason] = strawberry.field(description="The largest first; all of them.")
    calibration: CalibrationBucket | None
    data_need: PredictionDataNeed | None

    @classmethod
    def of(cls, record: PredictionRecord, version: VersionRecord) -> "Prediction":
        valued = record.kind == ModelKind.CLV
        bounded = record.low is not None and record.high is not None
        historic = record.historic
        return cls(
            customer_id=record.customer_id,
            version=version,
            kind=PredictionKind(record.kind),
            horizon_days=record.horizon_days,
            status=PredictionStatus.BASELINE if version.is_baseline else PredictionStatus.MODEL,
            as_of=record.as_of,
            probability=None if valued else record.estimate,
            value=_money(record.estimate) if valued else None,
            historic_value=None if historic is None else _money(historic),
            total_value=None if historic is None or not valued else _money(historic + round(record.estimate)),
            expected_purchases=record.purchases,
            interval=interval(record.low, record.high) if bounded else None,
            base=record.base,
            reasons=[PredictionReason(**{**one, "value": Json(one["value"])}) for one in record.reasons],
            calibration=None if record.bucket is None else CalibrationBucket.of(version.card, record.bucket),
            data_need=None,
        )

    @classmethod
    def missing(cls, customer_id: UUID, kind: str, horizon_days: int, need: Insufficient) -> "Prediction":
        return cls(
            customer_id=customer_id,
            version=None,
            kind=PredictionKind(kind),
            horizon_days=horizon_days,
            status=PredictionStatus.INSUFFICIENT_DATA,
            as_of=None,
            probability=None,
            value=None,
            historic_value=None,
            total_value=None,
            expected_purchases=None,
            interval=None,
            base=None,
            reasons=[],
            calibration=None,
            data_need=PredictionDataNeed.of(need),
        )

    @field(Permission.ANALYTICS_VIEW, "Who says so.", cached=INTELLIGENCE)
    def model(self) -> ModelVersion | None:
        return None if self.version is None else ModelVersion.of(self.version)

    @field(Permission.CUSTOMERS_READ, "Of whom.", cached=INTELLIGENCE)
    async def customer(self, info: Info) -> LazyCustomer | None:
        from api.customers.loaders import customer_by_key

        return await customer_by_key(info.context, self.customer_id)


def _money(amount: float) -> Money:
    return Money(amount=Int64(round(amount)))


def interval(low: Any, high: Any) -> PredictionInterval:
    return PredictionInterval(low=float(low), high=float(high), level=LEVEL)


async def predictions_of_records(context: Context, records: list[PredictionRecord]) -> list[Prediction]:
    versions = await context.loader(version_repository.load_versions, UUID).load_many(
        [record.version_id for record in records]
    )
    return [
        Prediction.of(record, version) for record, version in zip(records, versions, strict=True) if version is not None
    ]


async def need_of(context: Context, kind: str, horizon_days: int) -> Insufficient:
    """Why nobody speaks: what the last training found missing."""
    key: Key = (kind, horizon_days)
    last = await context.loader(version_repository.load_last_trainings, tuple).load(key)
    return (None if last is None else last.insufficient) or NO_MODEL


async def predictions_of_customer(
    context: Context, customer_id: UUID, kind: str | None, horizon_days: int | None
) -> list[Prediction]:
    """One for each kind and horizon that is usual, and for each that was trained beside."""
    records = await context.loader(repository.load_predictions, UUID).load(customer_id)
    found = {(one.kind, one.horizon_days): one for one in records}
    usual: set[Key] = {(each.value, days) for each, horizons in HORIZONS.items() for days in horizons}
    wanted = sorted(key for key in usual | set(found) if kind in (None, key[0]) and horizon_days in (None, key[1]))
    spoken = await predictions_of_records(context, [found[key] for key in wanted if key in found])
    by_key = {(one.kind.value, one.horizon_days): one for one in spoken}
    current = await context.loader(version_repository.load_current, tuple).load_many(wanted)
    answers = []
    for key, version in zip(wanted, current, strict=True):
        if key in by_key:
            answers.append(by_key[key])
            continue
        need = NOTHING_KNOWN[ModelKind(key[0])] if version is not None else await need_of(context, *key)
        if version is not None and await context.loader(repository.load_refusals, UUID).load(customer_id):
            need = REFUSED
        answers.append(Prediction.missing(customer_id, *key, need))
    return answers

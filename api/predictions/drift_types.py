"""Drift in GraphQL."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, ClassVar, Final

import strawberry

from api.auth.permissions import Permission
from api.graphql.permissions import Requirement
from api.graphql.scalars import Int64
from api.intelligence.drift import NEED
from api.predictions.contracts import DriftRecord, Insufficient
from api.predictions.data_need import PredictionDataNeed

ESTIMATE: Final = "estimate"
NOT_MEASURED: Final = Insufficient("passes over all customers by a version that keeps how they were", 1, 0)


@strawberry.enum(
    description="How far something has moved since the version was trained. MOVED from a PSI of 0.1 on and DRIFTED "
    "from 0.25 on, each only above what chance alone shows."
)
class ModelDriftState(Enum):
    STABLE = "STABLE"
    MOVED = "MOVED"
    DRIFTED = "DRIFTED"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@strawberry.type(description="How far one column has moved: the population stability index (PSI) over its tenths.")
class ModelDriftMeasure:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    name: str = strawberry.field(description="A feature, or `estimate`.")
    psi: float
    noise: float | None = strawberry.field(description="Without any change the PSI stays below this 99 times in 100.")
    state: ModelDriftState

    @classmethod
    def of(cls, one: Mapping[str, Any]) -> "ModelDriftMeasure":
        return cls(name=one["name"], psi=one["psi"], noise=one["noise"], state=ModelDriftState(one["state"]))


@strawberry.type(
    description="The customers of the last pass over all of them, and what was said of them, beside those of the last "
    "day the version learned from."
)
class ModelDrift:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    state: ModelDriftState = strawberry.field(description="The worst of all columns.")
    as_of: datetime | None = strawberry.field(description="By the tenant's clock; null before the first pass.")
    measured_at: datetime | None
    customers: Int64 | None
    reference_customers: Int64 | None
    estimate: ModelDriftMeasure | None = strawberry.field(description="Of what the version says.")
    features: list[ModelDriftMeasure] = strawberry.field(description="The one that moved most first.")
    data_need: PredictionDataNeed | None = strawberry.field(description="What is missing, when there is too little.")

    @classmethod
    def of(cls, found: DriftRecord | None) -> "ModelDrift":
        if found is None:
            return cls(
                state=ModelDriftState.INSUFFICIENT_DATA,
                as_of=None,
                measured_at=None,
                customers=None,
                reference_customers=None,
                estimate=None,
                features=[],
                data_need=PredictionDataNeed.of(NOT_MEASURED),
            )
        fewest = min(found.n, found.reference_n)
        need = Insufficient("customers now and when it was trained", NEED, fewest)
        measures = [ModelDriftMeasure.of(one) for one in found.columns]
        return cls(
            state=ModelDriftState(found.state),
            as_of=found.as_of,
            measured_at=found.measured_at,
            customers=Int64(found.n),
            reference_customers=Int64(found.reference_n),
            estimate=next((one for one in measures if one.name == ESTIMATE), None),
            features=sorted((one for one in measures if one.name != ESTIMATE), key=lambda one: (-one.psi, one.name)),
            data_need=PredictionDataNeed.of(need) if fewest < NEED else None,
        )

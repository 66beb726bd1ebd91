"""What crosses the slice's border: models, what they were asked for, and what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

TRAIN_JOB: Final = "model.train"
SCORE_JOB: Final = "model.score"
LEVEL: Final = 0.9
"""Of every interval that is shown."""
LEAST_HORIZON: Final = 7
LONGEST_HORIZON: Final = 730
EVER: Final = datetime.fromisoformat("9999-12-31T00:00:00+00:00")


class ModelKind(StrEnum):
    CHURN = "CHURN"
    CLV = "CLV"
    CONVERSION = "CONVERSION"


class State(StrEnum):
    TRAINED = "TRAINED"
    CURRENT = "CURRENT"
    RETIRED = "RETIRED"
    REJECTED = "REJECTED"


HORIZONS: Final[Mapping[ModelKind, Sequence[int]]] = {
    ModelKind.CHURN: (30, 60, 90, 180),
    ModelKind.CLV: (30, 60, 90, 180),
    ModelKind.CONVERSION: (7, 30, 90),
}
"""What every customer is told of; other horizons can be trained as well."""


@dataclass(frozen=True, slots=True)
class Insufficient:
    """`need` of what there are only `have`."""

    what: str
    need: int
    have: int

    @property
    def sentence(self) -> str:
        return f"Not enough data: {self.need:,} {self.what} needed, {self.have:,} there."


@dataclass(frozen=True, slots=True)
class TrainingRecord:
    """`outcome` holds `version`, `insufficient`, or `reproduced` with its `explanation`; None while it is under way."""

    id: UUID
    kind: str
    horizon_days: int
    complete_until: datetime | None
    reproduces: UUID | None
    outcome: Mapping[str, Any] | None
    job_id: UUID | None
    created_by: str
    created_at: datetime
    finished_at: datetime | None

    @property
    def insufficient(self) -> Insufficient | None:
        found = (self.outcome or {}).get("insufficient")
        return None if found is None else Insufficient(found["what"], found["need"], found["have"])


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A version without its parameters."""

    id: UUID
    kind: str
    horizon_days: int
    number: int
    as_of: datetime
    complete_until: datetime | None
    seed: int
    n: int
    is_baseline: bool
    card: Mapping[str, Any]
    card_hash: str
    data_hash: str
    code_version: str
    created_by: str
    created_at: datetime
    state: str
    changed_by: str
    changed_at: datetime
    scored_at: datetime | None
    scored_as_of: datetime | None


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """The version that speaks of a kind and horizon: since when, and when it last scored all customers. `drift` is the
    state of that pass."""

    kind: str
    horizon_days: int
    number: int
    since: datetime
    scored_at: datetime | None
    drift: str | None


@dataclass(frozen=True, slots=True)
class DriftColumn:
    """Of a feature, or of what the version says. `noise` is the PSI that chance alone stays below; None with nobody."""

    name: str
    psi: float
    noise: float | None
    state: str


@dataclass(frozen=True, slots=True)
class Drifted:
    """`n` customers now against `reference_n` when the version was trained."""

    n: int
    reference_n: int
    state: str
    columns: tuple[DriftColumn, ...]


@dataclass(frozen=True, slots=True)
class DriftRecord:
    version_id: UUID
    as_of: datetime
    measured_at: datetime
    n: int
    reference_n: int
    state: str
    columns: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class PredictionRecord:
    customer_id: UUID
    kind: str
    horizon_days: int
    version_id: UUID
    as_of: datetime
    estimate: float
    low: float | None
    high: float | None
    base: float | None
    reasons: Sequence[Mapping[str, Any]]
    bucket: int | None
    historic: int | None
    purchases: float | None


@dataclass(frozen=True, slots=True)
class Scored:
    """What a model says of one customer."""

    customer_id: UUID
    estimate: float
    low: float | None
    high: float | None
    base: float | None
    reasons: Sequence[Mapping[str, Any]]
    bucket: int | None
    historic: int | None
    purchases: float | None


@dataclass(frozen=True, slots=True)
class Summary:
    """Of all predictions of a kind and horizon."""

    n: int
    mean: float | None
    total: float | None
    historic: int | None
    purchases: float | None
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class Band:
    """Of a distribution: `n` customers from `low` to below `high`."""

    low: float
    high: float
    n: int

"""Models in GraphQL: versions with their cards, and what was asked for."""

from datetime import datetime
from enum import Enum
from typing import Any, ClassVar
from uuid import UUID

import orjson
import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import INTELLIGENCE, JOBS
from api.graphql.context import Context, Info
from api.graphql.ids import global_id
from api.graphql.node import Node, NodeSource
from api.graphql.permissions import Requirement, field, resolved
from api.graphql.scalars import Int64
from api.job_runs.types import Job, job_by_key
from api.predictions import drift_repository
from api.predictions import version_repository as repository
from api.predictions.cards import markdown
from api.predictions.contracts import TrainingRecord, VersionRecord
from api.predictions.data_need import PredictionDataNeed
from api.predictions.drift_types import ModelDrift


@strawberry.enum(
    description="What is foretold. CHURN: giving notice where customers sign contracts, else buying nothing. CLV: what "
    "a customer will bring, net of money that goes back. CONVERSION: going on to a later stage of the journey."
)
class PredictionKind(Enum):
    CHURN = "CHURN"
    CLV = "CLV"
    CONVERSION = "CONVERSION"


@strawberry.enum(description="What a version is now; one of a kind and horizon at most is current.")
class ModelVersionState(Enum):
    TRAINED = "TRAINED"
    CURRENT = "CURRENT"
    RETIRED = "RETIRED"
    REJECTED = "REJECTED"


@strawberry.type(
    description="Customers of the past with a like probability, foretold without having seen what they did."
)
class CalibrationBucket:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    bucket: int = strawberry.field(description="Its place, from the lowest probabilities up.")
    low: float
    high: float
    mean: float = strawberry.field(description="The mean of what was foretold.")
    n: int
    observed: int = strawberry.field(description="To how many of them it happened.")
    observed_rate: float
    observed_low: float = strawberry.field(description="Where the 90% interval of the true rate begins.")
    observed_high: float

    @classmethod
    def of(cls, card: Any, place: int) -> "CalibrationBucket":
        one = card["calibration"][place]
        return cls(
            bucket=place,
            low=one["low"],
            high=one["high"],
            mean=one["mean"],
            n=one["n"],
            observed=one["churned"],
            observed_rate=one["observed"],
            observed_low=one["interval"][0],
            observed_high=one["interval"][1],
        )


@strawberry.type(description="How well one candidate foretold what it had not seen.")
class ModelCandidate:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    name: str
    brier: float = strawberry.field(description="Squared error of the probabilities; less is better.")
    auc: float | None
    calibration_error: float = strawberry.field(description="ECE.")
    noise_floor: float = strawberry.field(description="The ECE that perfect probabilities show with as many customers.")
    lift_at_tenth: float | None
    margin: float = strawberry.field(description="By how much its squared error is less than the baseline's.")
    margin_error: float = strawberry.field(description="The standard error of that.")


@strawberry.type(description="A past cutoff: what was foretold of the customers known then, and what they brought.")
class ModelBacktest:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    cutoff: str
    predicted: float = strawberry.field(description="In minor units.")
    actual: float
    ratio: float | None = strawberry.field(description="What came in, for each one foretold.")


@strawberry.type(description="How far the value of single customers was missed, by the model and by its baseline.")
class ModelValueError:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    mean_absolute_error: float = strawberry.field(description="In minor units.")
    baseline_error: float
    margin: float
    margin_error: float = strawberry.field(description="The standard error of the margin.")


@strawberry.type(
    description="Another model of the same purchases, which supposes that customers may leave at any moment and not "
    "after a purchase alone. Where the two disagree, neither is to be taken at its word."
)
class ModelSecondOpinion:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    name: str
    purchases: float = strawberry.field(description="That it expects of all customers within the horizon.")
    purchases_shown: float = strawberry.field(description="That the version's own model expects.")
    rank_correlation: float | None = strawberry.field(
        description="Spearman's, of the customers; null when all are alike."
    )
    log_likelihood: float
    degenerate: bool = strawberry.field(description="Whether the data told nothing of one of its parameters.")


@strawberry.type(description="Everything that makes a version what it is; training it again gives the same hash.")
class ModelCard:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    json: str = strawberry.field(description="With sorted keys: its SHA-256 is the hash.")
    markdown: str
    hash: str

    @classmethod
    def of(cls, record: VersionRecord) -> "ModelCard":
        text = orjson.dumps(record.card, option=orjson.OPT_SORT_KEYS).decode()
        return cls(json=text, markdown=markdown(record.card, record.card_hash), hash=record.card_hash)


@strawberry.type(description="A model as it was trained. Nothing of it changes but its state.")
class ModelVersion(Node):
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    record: strawberry.Private[VersionRecord]
    kind: PredictionKind
    horizon_days: int
    number: int = strawberry.field(description="From 1, within kind and horizon.")
    state: ModelVersionState
    state_changed_at: datetime
    state_changed_by: str
    method: str = strawberry.field(description="From what: purchases, contracts, stages, or value.")
    champion: str = strawberry.field(description="The candidate that foretold best outside of what it had seen.")
    baseline: str
    is_baseline: bool = strawberry.field(description="Nothing beat the baseline clearly: that is what is shown.")
    n: Int64 = strawberry.field(description="Rows learned from.")
    data_until: str = strawberry.field(description="The last day of the tenant's calendar that was learned from.")
    data_hash: str
    card_hash: str
    seed: int
    code_version: str
    as_of: datetime
    created_at: datetime
    created_by: str
    scored_at: datetime | None = strawberry.field(description="Its last pass over all customers, by the real clock.")
    scored_as_of: datetime | None

    @classmethod
    def of(cls, record: VersionRecord) -> "ModelVersion":
        return cls(
            id=global_id("ModelVersion", record.id),
            record=record,
            kind=PredictionKind(record.kind),
            horizon_days=record.horizon_days,
            number=record.number,
            state=ModelVersionState(record.state),
            state_changed_at=record.changed_at,
            state_changed_by=record.changed_by,
            method=record.card["method"],
            champion=record.card["champion"],
            baseline=record.card["baseline"],
            is_baseline=record.is_baseline,
            n=Int64(record.n),
            data_until=record.card["data"]["until"],
            data_hash=record.data_hash,
            card_hash=record.card_hash,
            seed=record.seed,
            code_version=record.code_version,
            as_of=record.as_of,
            created_at=record.created_at,
            created_by=record.created_by,
            scored_at=record.scored_at,
            scored_as_of=record.scored_as_of,
        )

    @resolved("Its number, as a prediction names its model: `model { version }`.")
    def version(self) -> int:
        return self.number

    @resolved("The candidates, the champion among them; empty for CLV.")
    def candidates(self) -> list[ModelCandidate]:
        return [ModelCandidate(name=name, **one) for name, one in self.record.card["candidates"].items()]

    @resolved("Whether its probabilities came true, from the lowest up; empty for CLV.")
    def calibration(self) -> list[CalibrationBucket]:
        card = self.record.card
        return [CalibrationBucket.of(card, place) for place in range(len(card["calibration"]))]

    @resolved("Totals at past cutoffs; empty for probabilities.")
    def backtest(self) -> list[ModelBacktest]:
        return [ModelBacktest(**one) for one in self.record.card["backtest"]]

    @resolved("For CLV: how far single customers were missed.")
    def value_error(self) -> ModelValueError | None:
        found = self.record.card.get("value")
        if found is None:
            return None
        return ModelValueError(
            mean_absolute_error=found["meanAbsoluteError"],
            baseline_error=found["baselineError"],
            margin=found["margin"],
            margin_error=found["marginError"],
        )

    @field(
        Permission.ANALYTICS_VIEW, "How far customers and scores have moved since it was trained.", cached=INTELLIGENCE
    )
    async def drift(self, info: Info) -> ModelDrift:
        loader = info.context.loader(drift_repository.load_drifts, UUID)
        return ModelDrift.of(await loader.load(self.record.id))

    @resolved("For CLV: what another model of the same purchases expects.")
    def second_opinion(self) -> ModelSecondOpinion | None:
        found = self.record.card.get("secondOpinion")
        if found is None:
            return None
        return ModelSecondOpinion(**{name: value for name, value in found.items() if name != "parameters"})

    @resolved("The whole card.")
    def card(self) -> ModelCard:
        return ModelCard.of(self.record)


@strawberry.type(description="Somebody asked for a model, or for one to be trained again.")
class ModelTraining:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    record: strawberry.Private[TrainingRecord]
    id: strawberry.ID
    kind: PredictionKind
    horizon_days: int
    created_at: datetime
    created_by: str
    finished_at: datetime | None = strawberry.field(description="Null while it is under way.")
    data_need: PredictionDataNeed | None = strawberry.field(description="Why there is no version, when there is none.")
    reproduced: bool | None = strawberry.field(description="Whether the hash was the same, when that was asked.")
    explanation: str | None = strawberry.field(description="In a sentence.")

    @classmethod
    def of(cls, record: TrainingRecord) -> "ModelTraining":
        found, missing = record.outcome or {}, record.insufficient
        return cls(
            record=record,
            id=global_id("ModelTraining", record.id),
            kind=PredictionKind(record.kind),
            horizon_days=record.horizon_days,
            created_at=record.created_at,
            created_by=record.created_by,
            finished_at=record.finished_at,
            data_need=None if missing is None else PredictionDataNeed.of(missing),
            reproduced=found.get("reproduced"),
            explanation=found.get("explanation") or (None if missing is None else missing.sentence),
        )

    @field(Permission.ANALYTICS_VIEW, "The version that came out, or the one that was trained again.", cached=JOBS)
    async def version(self, info: Info) -> ModelVersion | None:
        key = (self.record.outcome or {}).get("version") or self.record.reproduces
        return None if key is None else await version_by_key(info.context, UUID(str(key)))

    @field(Permission.ANALYTICS_VIEW, "The job that does it.", cached=JOBS)
    async def job(self, info: Info) -> Job | None:
        return None if self.record.job_id is None else await job_by_key(info.context, self.record.job_id)


async def version_by_key(context: Context, key: UUID) -> ModelVersion | None:
    record = await context.loader(repository.load_versions, UUID).load(key)
    return None if record is None else ModelVersion.of(record)


async def training_by_key(context: Context, key: UUID) -> ModelTraining | None:
    record = await context.loader(repository.load_trainings, UUID).load(key)
    return None if record is None else ModelTraining.of(record)


NODES = {"ModelVersion": NodeSource(Permission.ANALYTICS_VIEW, version_by_key)}

"""What the Predictive Insights page asks the API for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from ui.client import ApiClient
from ui.pages.predictive.query import PredictiveQuery
from ui.records import CustomerLink, PageInfo, Record, TotalCount

Status = Literal["MODEL", "BASELINE", "INSUFFICIENT_DATA"]
State = Literal["TRAINED", "CURRENT", "RETIRED", "REJECTED"]


class Amount(Record):
    amount: int


class Bounds(Record):
    low: float
    high: float


class DataNeed(Record):
    what: str
    need: int
    have: int


class Reason(Record):
    feature: str
    value: float | str
    contribution: float | None


class Alike(Record):
    n: int
    observed: int
    observed_rate: float
    observed_low: float
    observed_high: float


class Bucket(Alike):
    low: float
    high: float
    mean: float


class Foretold(Record):
    status: Status
    as_of: datetime | None
    probability: float | None
    value: Amount | None
    historic_value: Amount | None
    expected_purchases: float | None
    interval: Bounds | None
    base: float | None
    reasons: Sequence[Reason]
    calibration: Alike | None
    data_need: DataNeed | None


class ForetoldRow(Foretold):
    customer: CustomerLink | None


class Candidate(Record):
    name: str
    brier: float
    auc: float | None
    calibration_error: float
    noise_floor: float
    margin: float
    margin_error: float


class Backtest(Record):
    cutoff: str
    predicted: float
    actual: float
    ratio: float | None


class ValueMiss(Record):
    mean_absolute_error: float
    baseline_error: float
    margin: float
    margin_error: float


class Method(Record):
    """Of a model: from what it foretells."""

    method: str


DriftState = Literal["STABLE", "MOVED", "DRIFTED", "INSUFFICIENT_DATA"]


class DriftOfEstimate(Record):
    psi: float


class DriftOfFeature(Record):
    name: str
    psi: float
    state: DriftState


class Drift(Record):
    """The feature that moved most first."""

    state: DriftState
    estimate: DriftOfEstimate | None
    features: Sequence[DriftOfFeature]


class Version(Method):
    id: str
    number: int
    state: State
    champion: str
    baseline: str
    is_baseline: bool
    n: int
    data_until: str
    card_hash: str
    created_at: datetime
    created_by: str
    drift: Drift


class Model(Version):
    candidates: Sequence[Candidate]
    calibration: Sequence[Bucket]
    backtest: Sequence[Backtest]
    value_error: ValueMiss | None

    @property
    def best(self) -> Candidate | None:
        return next((one for one in self.candidates if one.name == self.champion), None)


class Band(Record):
    low: float
    high: float
    n: int


class Summary(Record):
    status: Status
    customers: int
    as_of: datetime | None
    mean_probability: float | None
    expected_purchases: float | None
    data_need: DataNeed | None
    mean_value: Amount | None
    total_value: Amount | None
    historic_value: Amount | None
    total_interval: Bounds | None
    distribution: Sequence[Band]
    model: Model | None


class ForetoldList(Record):
    total_count: TotalCount
    page_info: PageInfo
    nodes: Sequence[ForetoldRow]


class ChosenCustomer(Record):
    id: str
    name: str
    predictions: Sequence[Foretold]


class JobState(Record):
    state: Literal["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]


class VersionNumber(Record):
    number: int


class TrainingRow(Record):
    id: str
    kind: Literal["CHURN", "CLV", "CONVERSION"]
    horizon_days: int
    created_at: datetime
    created_by: str
    finished_at: datetime | None
    explanation: str | None
    reproduced: bool | None
    version: VersionNumber | None
    job: JobState | None

    @property
    def under_way(self) -> bool:
        return self.finished_at is None and (self.job is None or self.job.state in ("QUEUED", "RUNNING"))


class Versions(Record):
    nodes: Sequence[Version]


class Trainings(Record):
    nodes: Sequence[TrainingRow]


class Home(Record):
    time_zone: str
    name: str
    currency: str
    synthetic: bool
    now: datetime


class Me(Record):
    role: Literal["ADMIN", "ANALYST", "VIEWER"]


class PredictiveAnswer(Record):
    me: Me
    tenant: Home
    summary: Summary
    predictions: ForetoldList
    customer: ChosenCustomer | None = None
    versions: Versions
    trainings: Trainings

    @property
    def chosen(self) -> tuple[CustomerLink, Foretold] | None:
        """Whom the explanation is of: whom the address names, else the first of the list."""
        if self.customer is not None and self.customer.predictions:
            link = CustomerLink(id=self.customer.id, name=self.customer.name)
            return link, self.customer.predictions[0]
        row = next((one for one in self.predictions.nodes if one.customer is not None), None)
        return None if row is None or row.customer is None else (row.customer, row)

    @property
    def may_score(self) -> bool:
        return self.me.role != "VIEWER"


class Card(Record):
    markdown: str
    hash: str


class CardAnswer(Record):
    model_card: Card | None


class UserError(Record):
    code: str
    message: str


class Change(Record):
    user_errors: Sequence[UserError]


class ChangeAnswer(Record):
    change: Change


async def load(client: ApiClient, query: PredictiveQuery) -> PredictiveAnswer:
    return await client.run("PredictivePage", PredictiveAnswer, query.variables())


async def load_card(client: ApiClient, version_id: str) -> Card | None:
    return (await client.run("ModelCard", CardAnswer, {"id": version_id})).model_card


async def change(client: ApiClient, name: str, variables: Mapping[str, Any]) -> str | None:
    """What the API has against it, or None."""
    found = (await client.run(name, ChangeAnswer, variables)).change.user_errors
    return found[0].message if found else None

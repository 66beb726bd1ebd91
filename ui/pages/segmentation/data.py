"""What the Customer Segmentation page asks the API for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from ui.client import ApiClient
from ui.pages.segmentation.query import PAGE_SIZE, SegmentationQuery
from ui.records import Money, PageInfo, Record, TotalCount


class Shortage(Record):
    what: str
    need: int
    have: int


class Trait(Record):
    feature: str
    effect: float
    mean: float
    mean_elsewhere: float


class Segment(Record):
    id: str
    name: str
    kind: Literal["RFM", "KMEANS", "RULE"]
    mode: Literal["STATIC", "DYNAMIC"]
    position: int | None = None
    definition: Any = None
    customers: int
    spent: Money
    as_of: datetime | None = None
    lag_seconds: float | None = None
    last_error: str | None = None
    traits: Sequence[Trait] = ()


class SegmentPage(Record):
    nodes: Sequence[Segment]
    total_count: TotalCount


class Attempt(Record):
    """The newest version asked for, whatever became of it."""

    number: int
    state: Literal["READY", "QUEUED", "INSUFFICIENT", "REFUSED"]
    reason: str | None = None
    insufficient: Shortage | None = None


class AttemptPage(Record):
    nodes: Sequence[Attempt]


class Stability(Record):
    clusters: int
    mean: float
    minimum: float
    weakest: float
    smallest: float
    holds: bool


class Loading(Record):
    feature: str
    value: float


class Axis(Record):
    explained: float
    loadings: Sequence[Loading]


class Quality(Record):
    clusters: int
    automatic: bool
    stable: bool
    silhouette: float | None = None
    calinski_harabasz: float | None = None
    davies_bouldin: float | None = None
    constant_features: Sequence[str]
    stability: Sequence[Stability]
    axes: Sequence[Axis]


class Point(Record):
    customer_id: str
    segment_id: str
    x: float
    y: float


class Version(Record):
    number: int
    cutoff: datetime
    n: int
    seed: int
    features: Sequence[str]
    requested_clusters: int | None = None
    quality: Quality | None = None
    points: Sequence[Point] = ()


class Cell(Record):
    recency: int
    frequency: int
    customers: int
    spent: Money


class Rfm(Record):
    status: Literal["OK", "INSUFFICIENT_DATA", "NOT_RUN"]
    insufficient: Shortage | None = None
    as_of: datetime
    customers: int
    prospects: int
    grid: Sequence[Cell]


class Share(Record):
    share: float
    low: float
    high: float


class MovementCell(Record):
    segment_id: str
    customers: int
    share: Share | None = None


class MovementRow(Record):
    segment_id: str
    name: str
    customers: int
    shown: bool
    cells: Sequence[MovementCell]
    upgrade: Share | None = None
    maintain: Share | None = None
    downgrade: Share | None = None


class Backtest(Record):
    brier: float | None = None
    brier_of_staying: float | None = None
    customers: int | None = None
    dates: int | None = None
    insufficient: Shortage | None = None


class Movement(Record):
    status: Literal["OK", "INSUFFICIENT_DATA", "NOT_RUN"]
    insufficient: Shortage | None = None
    from_: datetime | None = Field(default=None, alias="from")
    to: datetime | None = None
    days: int | None = None
    rows: Sequence[MovementRow]
    backtest: Backtest | None = None


class Clock(Record):
    time_zone: str
    currency: str
    now: datetime


class PageAnswer(Record):
    tenant: Clock
    segments: SegmentPage
    segmentations: AttemptPage | None = None
    current: Version | None = None
    rfm: Rfm | None = None
    movement: Movement | None = None

    @property
    def listed(self) -> Sequence[Segment]:
        """The best first; rules by name."""
        return sorted(self.segments.nodes, key=lambda segment: (segment.position or 0, segment.name))

    @property
    def latest(self) -> Attempt | None:
        nodes = self.segmentations.nodes if self.segmentations else ()
        return nodes[0] if nodes else None


class CustomerRfm(Record):
    label: str
    recency: int | None = None
    frequency: int | None = None
    monetary: int | None = None


class Member(Record):
    id: str
    name: str
    external_id: str
    country: str | None = None
    order_count: int
    last_order_at: datetime | None = None
    total_spent: Money
    rfm: CustomerRfm | None = None


class MemberPage(Record):
    nodes: Sequence[Member]
    page_info: PageInfo
    total_count: TotalCount


class SegmentWithMembers(Record):
    id: str
    name: str
    members: MemberPage


class Zone(Record):
    time_zone: str


class MembersAnswer(Record):
    tenant: Zone
    segment: SegmentWithMembers | None = None


class Node(Record):
    path: str
    depth: int
    text: str
    holds: bool
    actual: Any = None
    unit: str


class Explanation(Record):
    as_of: datetime
    member: bool
    matches: bool
    nodes: Sequence[Node]


class Named(Record):
    id: str
    name: str


class MoneyZone(Record):
    time_zone: str
    currency: str


class ExplainAnswer(Record):
    tenant: MoneyZone
    customer: Named | None = None
    segment: Named | None = None
    explanation: Explanation | None = None


class Job(Record):
    state: Literal["QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]
    progress_done: int
    progress_total: int | None = None
    fault: str | None = None
    summary: str | None = None

    @property
    def at_work(self) -> bool:
        return self.state in ("QUEUED", "RUNNING")


class JobAnswer(Record):
    job: Job | None = None


class _Id(Record):
    id: str


class _UserError(Record):
    message: str


class _Changed(Record):
    job: _Id | None = None
    user_errors: Sequence[_UserError]


class _ChangedAnswer(Record):
    changed: _Changed


@dataclass(frozen=True, slots=True)
class Asked:
    """The job that does it, or what stands against it."""

    job_id: str | None
    problem: str | None


async def load(client: ApiClient, query: SegmentationQuery) -> PageAnswer:
    return await client.run("Segmentation", PageAnswer, query.variables())


async def load_members(
    client: ApiClient, segment: str, after: str | None = None, before: str | None = None
) -> MembersAnswer:
    page: Mapping[str, Any] = {"last": PAGE_SIZE, "before": before} if before else {"first": PAGE_SIZE, "after": after}
    return await client.run("SegmentMembers", MembersAnswer, {"id": segment, **page})


async def load_explanation(client: ApiClient, segment: str, customer: str) -> ExplainAnswer:
    return await client.run("SegmentExplain", ExplainAnswer, {"segment": segment, "customer": customer})


async def load_job(client: ApiClient, identity: str) -> Job | None:
    return (await client.run("SegmentJob", JobAnswer, {"id": identity})).job


async def change(client: ApiClient, operation: str, given: Mapping[str, Any]) -> Asked:
    changed = (await client.run(operation, _ChangedAnswer, {"input": dict(given)})).changed
    problem = next((error.message for error in changed.user_errors), None)
    return Asked(None if changed.job is None else changed.job.id, problem)

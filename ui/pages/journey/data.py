"""What the Journey page asks the API for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from ui.client import ApiClient
from ui.pages.journey.query import STILL_HERE, JourneyQuery
from ui.records import CustomerLink, PageInfo, Record, TotalCount


class Stage(Record):
    key: str
    name: str


class Shortage(Record):
    need: int
    have: int


class Share(Record):
    value: float | None
    low: float | None
    high: float | None
    n: int
    shortage: Shortage | None = None


class Point(Record):
    day: float
    share: float
    low: float
    high: float
    at_risk: int


class Curve(Record):
    n: int
    median_days: float | None
    points: Sequence[Point]
    shortage: Shortage | None = None


class StageFlow(Record):
    stage: Stage
    entered: int
    customers: int
    began: int
    converted: int
    back: int
    lost: int
    here: int
    conversion: Share
    end_to_end: Share | None
    dwell: Curve


class Link(Record):
    source: str | None
    target: str | None
    kind: Literal["BEGAN", "FORWARD", "BACK", "LOST", "STILL_HERE"]
    count: int


class Conversion(Record):
    origin: Stage | None
    target: Stage
    curve: Curve


class Journey(Record):
    as_of: datetime
    time_zone: str
    range_start: datetime
    range_end: datetime
    rebuilding: bool
    customers: int
    stages: Sequence[StageFlow]
    links: Sequence[Link]
    conversion: Conversion

    @property
    def entered(self) -> Sequence[StageFlow]:
        """The stages that somebody entered."""
        return [one for one in self.stages if one.entered]


class Bottleneck(Record):
    stage: Stage
    flagged: bool
    loss: float
    low: float
    high: float
    n: int
    reference_n: int
    conversion: float
    reference_conversion: float


class Unjudged(Record):
    stage: Stage
    shortage: Shortage


class Bottlenecks(Record):
    reference_start: datetime
    reference_end: datetime
    target: Stage
    stages: Sequence[Bottleneck]
    unjudged: Sequence[Unjudged]


class Owner(Record):
    name: str
    time_zone: str
    synthetic: bool


class _Definition(Record):
    stages: Sequence[Stage]


class PageAnswer(Record):
    tenant: Owner
    journey: Journey
    journey_definition: _Definition
    journey_bottlenecks: Bottlenecks

    @property
    def names(self) -> Mapping[str, str]:
        return {stage.key: stage.name for stage in self.journey_definition.stages}


class Visit(Record):
    entered_at: datetime
    left_at: datetime | None
    next_stage: str | None
    customer: CustomerLink


class Visits(Record):
    total_count: TotalCount
    page_info: PageInfo
    nodes: Sequence[Visit]


class _VisitsAnswer(Record):
    journey_customers: Visits


class Step(Record):
    stage: str
    entered_at: datetime
    left_at: datetime | None
    next_stage: str | None


class Steps(Record):
    total_count: TotalCount
    nodes: Sequence[Step]


class Chance(Record):
    stage: Stage
    horizon_days: int
    probability: float
    low: float
    high: float
    n: int


class Outlook(Record):
    shortage: Shortage | None
    chances: Sequence[Chance]


class CustomerWay(Record):
    since: datetime | None
    stage: Stage | None
    timeline: Steps
    next_stage: Outlook | None


class Customer(Record):
    id: str
    name: str
    journey: CustomerWay


class _CustomerAnswer(BaseModel):
    customer: Customer | None


async def load(client: ApiClient, query: JourneyQuery) -> PageAnswer:
    return await client.run("JourneyPage", PageAnswer, {"range": query.range})


async def load_visits(client: ApiClient, query: JourneyQuery) -> Visits:
    here = query.to == STILL_HERE
    variables = {
        "range": query.range,
        "stage": query.stage,
        "to": None if here else query.to,
        "stillHere": here,
        "after": query.after,
    }
    return (await client.run("JourneyCustomers", _VisitsAnswer, variables)).journey_customers


async def load_customer(client: ApiClient, customer_id: str) -> Customer | None:
    return (await client.run("JourneyCustomer", _CustomerAnswer, {"id": customer_id})).customer

"""What one customer's page asks the API for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from ui.client import ApiClient
from ui.pages.journey.data import Outlook, Stage
from ui.pages.predictive.data import Amount, Foretold, Me, Method, UserError
from ui.records import Money, PageInfo, Record, TotalCount

STEP = 20


class Counted(Record):
    total_count: TotalCount


class Order(Record):
    id: str
    external_id: str
    kind: Literal["ORDER", "CANCELLATION"]
    placed_at: datetime
    total: Money
    lines: Counted


class Event(Record):
    id: str
    name: str
    source: str
    occurred_at: datetime


class Conversation(Record):
    id: str
    external_id: str
    channel: str
    subject: str
    opened_at: datetime
    closed_at: datetime | None = None
    rating: int | None = None
    messages: Counted


class StageVisit(Record):
    """`stage` is a key; the journey's definition has its name."""

    stage: str
    entered_at: datetime
    left_at: datetime | None = None


class Decision(Record):
    id: str
    action: str
    decided: Literal["ACCEPT", "DISMISS"]
    decided_at: datetime
    decided_by: str
    probability: float
    expected_value: Money
    succeeded: bool | None = None


class OrderEdge(Record):
    cursor: str
    node: Order


class EventEdge(Record):
    cursor: str
    node: Event


class ConversationEdge(Record):
    cursor: str
    node: Conversation


class StageEdge(Record):
    cursor: str
    node: StageVisit


class DecisionEdge(Record):
    cursor: str
    node: Decision


class OrderPage(Record):
    edges: Sequence[OrderEdge]
    page_info: PageInfo


class EventPage(Record):
    edges: Sequence[EventEdge]
    page_info: PageInfo


class ConversationPage(Record):
    edges: Sequence[ConversationEdge]
    page_info: PageInfo


class StagePage(Record):
    edges: Sequence[StageEdge]
    page_info: PageInfo


class DecisionPage(Record):
    edges: Sequence[DecisionEdge]
    page_info: PageInfo


NOTHING: Final = PageInfo(has_next_page=False, has_previous_page=False)
NO_STAGES: Final = StagePage(edges=[], page_info=NOTHING)
NO_DECISIONS: Final = DecisionPage(edges=[], page_info=NOTHING)


class Rfm(Record):
    """Fifths, of which 5 is the best; None for a prospect."""

    label: str
    recency: int | None
    frequency: int | None
    monetary: int | None
    as_of: datetime


class InSegment(Record):
    segment_id: str
    name: str
    kind: Literal["RFM", "KMEANS", "RULE"]
    since: datetime


class Prediction(Foretold):
    kind: Literal["CHURN", "CLV", "CONVERSION"]
    horizon_days: int
    model: Method | None


class Score(Record):
    """What the timeline says of a prediction."""

    kind: Literal["CHURN", "CLV", "CONVERSION"]
    horizon_days: int
    status: str
    as_of: datetime | None = None
    probability: float | None = None
    value: Amount | None = None


class Action(Record):
    code: str
    name: str
    channel: str
    outcome: str


class NextAction(Record):
    action: Action
    probability: float | None
    explanation: str | None
    expected_value: Money | None
    block: str | None
    recommended: bool


class Consent(Record):
    purpose: str
    granted: bool
    said_at: datetime


class Way(Record):
    since: datetime | None = None
    stage: Stage | None = None
    next_stage: Outlook | None = None
    timeline: StagePage = NO_STAGES


class Customer(Record):
    """What follows the lists is asked for with the first page of them alone."""

    id: str
    external_id: str
    name: str
    email: str | None = None
    country: str | None = None
    first_seen_at: datetime
    order_count: int
    last_order_at: datetime | None = None
    total_spent: Money
    orders: OrderPage
    events: EventPage
    conversations: ConversationPage
    scores: Sequence[Score] = ()
    consents: Sequence[Consent] = ()
    rfm: Rfm | None = None
    segments: Sequence[InSegment] = ()
    predictions: Sequence[Prediction] = ()
    next_best_actions: Sequence[NextAction] = ()
    journey: Way | None = None


class Zone(Record):
    time_zone: str
    name: str


class Stages(Record):
    stages: Sequence[Stage]


class NamedAction(Record):
    code: str
    name: str


class Catalogue(Record):
    actions: Sequence[NamedAction]


class CustomerAnswer(Record):
    me: Me
    tenant: Zone
    customer: Customer | None = None
    journey_definition: Stages = Stages(stages=())
    action_catalogue: Catalogue = Catalogue(actions=())
    action_decisions: DecisionPage = NO_DECISIONS

    @property
    def stage_names(self) -> Mapping[str, str]:
        return {stage.key: stage.name for stage in self.journey_definition.stages}

    @property
    def action_names(self) -> Mapping[str, str]:
        return {action.code: action.name for action in self.action_catalogue.actions}

    @property
    def may_decide(self) -> bool:
        return self.me.role != "VIEWER"


class _Decision(Record):
    user_errors: Sequence[UserError]


class _Decided(Record):
    decide: _Decision


@dataclass(frozen=True, slots=True)
class Cursors:
    """How far each list has been shown; None is its beginning."""

    orders: str | None = None
    events: str | None = None
    conversations: str | None = None
    stages: str | None = None
    decisions: str | None = None
    scores: str | None = None
    """The moment of the last scores shown: they are no list that is paged."""


async def load(client: ApiClient, customer_id: str, after: Cursors) -> CustomerAnswer:
    """The panels come with the beginning of the timeline."""
    variables: dict[str, Any] = {
        "id": customer_id,
        "first": STEP,
        "ordersAfter": after.orders,
        "eventsAfter": after.events,
        "conversationsAfter": after.conversations,
        "stagesAfter": after.stages,
        "decisionsAfter": after.decisions,
        "panels": after == Cursors(),
    }
    return await client.run("CustomerPage", CustomerAnswer, variables)


async def decide(client: ApiClient, customer_id: str, action: str, decided: str) -> str | None:
    """What the API has against it, or None."""
    variables = {"customer": customer_id, "action": action, "decided": decided}
    found = (await client.run("ActionDecide", _Decided, variables)).decide.user_errors
    return found[0].message if found else None

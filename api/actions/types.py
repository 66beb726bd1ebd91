"""Next best actions in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import ClassVar
from uuid import UUID

import strawberry

from api.actions import contracts
from api.actions.contracts import Catalogue, DecisionRecord, Outcome, Proposal
from api.actions.effect import Judged, Measured
from api.actions.explaining import explanation
from api.auth.permissions import Permission
from api.cache.freshness import INTELLIGENCE
from api.customers.loaders import customer_by_key
from api.customers.types import Customer
from api.graphql.context import Info
from api.graphql.ids import global_id
from api.graphql.permissions import Requirement, field
from api.graphql.scalars import Int64
from api.predictions.model_types import ModelVersion, version_by_key
from api.tenants.types import Money


@strawberry.enum(description="What a success is worth: a fixed amount, or a share of the customer's mean order.")
class ActionValueRule(Enum):
    FIXED = "fixed"
    ORDER_SHARE = "order_share"


@strawberry.enum(
    description="What counts as a success within 30 days: that the customer orders; that it stays, which where no "
    "contracts are signed means that it orders; or that it goes on to a later stage of the journey."
)
class ActionOutcomeKind(Enum):
    ORDER = "order"
    STAY = "stay"
    ADVANCE = "advance"


@strawberry.enum(description="Why an action is not proposed; the first that holds.")
class ActionBlock(Enum):
    HELD_OUT = "HELD_OUT"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    NO_CONSENT = "NO_CONSENT"
    QUIET_HOURS = "QUIET_HOURS"
    DAILY_CAP = "DAILY_CAP"
    WEEKLY_CAP = "WEEKLY_CAP"
    COOL_DOWN = "COOL_DOWN"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    NO_VALUE = "NO_VALUE"


@strawberry.enum(description="What somebody made of a proposal.")
class ActionDecided(Enum):
    ACCEPT = "accept"
    DISMISS = "dismiss"


@strawberry.type(description="Something that can be done for a customer. Amounts are in minor units.")
class Action:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    code: str
    name: str
    channel: str
    cost: Int64
    value_rule: ActionValueRule
    value: float = strawberry.field(description="An amount, or a share of the customer's mean order.")
    cooldown_days: int
    min_orders: int
    max_orders: int | None
    min_quiet_days: int = strawberry.field(description="Days since the last order, at least.")
    max_quiet_days: int | None
    needs_consent: bool
    outcome: ActionOutcomeKind

    @classmethod
    def of(cls, action: contracts.Action) -> "Action":
        return cls(
            code=action.code,
            name=action.name,
            channel=action.channel,
            cost=Int64(action.cost),
            value_rule=ActionValueRule(action.value_rule.value),
            value=action.value,
            cooldown_days=action.cooldown_days,
            min_orders=action.min_orders,
            max_orders=action.max_orders,
            min_quiet_days=action.min_quiet_days,
            max_quiet_days=action.max_quiet_days,
            needs_consent=action.needs_consent,
            outcome=ActionOutcomeKind(action.outcome.value),
        )


@strawberry.type(description="The actions there are, and what limits all of them.")
class ActionCatalogue:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    actions: list[Action]
    weekly_cap: int = strawberry.field(description="Accepted actions for one customer in 7 days, at most.")
    daily_cap: int = strawberry.field(description="Accepted actions in one day of the tenant's, at most.")
    fatigue: Int64 = strawberry.field(description="Minor units off for each action accepted in the last 30 days.")
    quiet_from: int = strawberry.field(description="Hour of the tenant's day in which the quiet begins.")
    quiet_to: int

    @classmethod
    def of(cls, found: Catalogue) -> "ActionCatalogue":
        limits = found.limits
        return cls(
            actions=[Action.of(action) for action in found.actions],
            weekly_cap=limits.weekly_cap,
            daily_cap=limits.daily_cap,
            fatigue=Int64(limits.fatigue),
            quiet_from=limits.quiet_from,
            quiet_to=limits.quiet_to,
        )


@strawberry.type(description="An action weighed for one customer.")
class NextBestAction:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    customer_id: strawberry.Private[UUID]
    proposal: strawberry.Private[Proposal]
    action: Action
    probability: float | None = strawberry.field(description="Of the outcome; null with too little data.")
    n: Int64 | None = strawberry.field(description="How many customers the probability was taken from.")
    source: str | None = strawberry.field(description="RULES, or the model and its version.")
    as_of: datetime | None = strawberry.field(description="When the model said so; null for the rules.")
    expected_value: Money | None = strawberry.field(
        description="Probability times value, less cost and fatigue. It does not say what the action adds: see "
        "`actionEffect`."
    )
    block: ActionBlock | None = strawberry.field(description="Null for a proposal.")
    recommended: bool = strawberry.field(description="Whether it is today's recommendation for this customer.")
    propensity: float | None = strawberry.field(description="The chance that it was to be the recommendation.")

    @field(Permission.CUSTOMERS_READ, "For whom.")
    async def customer(self, info: Info) -> Customer:
        found = await customer_by_key(info.context, self.customer_id)
        assert found is not None  # it was weighed in this snapshot
        return found

    @field(Permission.ANALYTICS_VIEW, "The model that gave the probability; null for the rules.", cached=INTELLIGENCE)
    async def model(self, info: Info) -> ModelVersion | None:
        key = self.proposal.version_id
        return None if key is None else await version_by_key(info.context, key)

    @field(
        Permission.ANALYTICS_VIEW,
        "Where the probability comes from, in a sentence; null without one.",
        cached=INTELLIGENCE,
    )
    async def explanation(self, info: Info) -> str | None:
        key = self.proposal.version_id
        found = None if key is None else await version_by_key(info.context, key)
        outcome = Outcome(self.action.outcome.value)
        return explanation(self.proposal, outcome, None if found is None else found.record)


def weighed(
    proposal: Proposal, action: contracts.Action, *, recommended: bool, propensity: float | None
) -> NextBestAction:
    value = proposal.expected_value
    return NextBestAction(
        customer_id=proposal.customer_id,
        proposal=proposal,
        action=Action.of(action),
        probability=proposal.probability,
        n=None if proposal.n is None else Int64(proposal.n),
        source=proposal.source,
        as_of=proposal.as_of,
        expected_value=None if value is None else Money(amount=Int64(round(value))),
        block=None if proposal.block is None else ActionBlock(proposal.block.value),
        recommended=recommended,
        propensity=propensity,
    )


@strawberry.type(description="An action that is the best open one of some customers of a segment.")
class SegmentAction:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    action: Action
    customers: Int64 = strawberry.field(description="Whose best open action it is.")
    expected_value: Money = strawberry.field(
        description="Theirs together: probability times value, less cost and fatigue."
    )


@strawberry.type(description="What can be done for a segment: the best open action of each of its customers, added up.")
class SegmentActions:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    customers: Int64 = strawberry.field(description="In the segment; those without an open action among them.")
    actions: list[SegmentAction] = strawberry.field(description="The most valuable first.")


@strawberry.type(description="What was decided, with what is needed to judge the policy by it.")
class ActionDecision:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    id: strawberry.ID
    customer_id: strawberry.Private[UUID]
    action: str
    decided: ActionDecided
    decided_at: datetime
    decided_by: str
    probability: float
    expected_value: Money
    source: str
    propensity: float | None = strawberry.field(description="Null for another action than the recommended one.")
    policy_version: str
    seed: Int64
    succeeded: bool | None = strawberry.field(description="Null until the outcome is known.")
    outcome_value: Money | None
    outcome_at: datetime | None

    @classmethod
    def of(cls, record: DecisionRecord) -> "ActionDecision":
        value = record.outcome_value
        return cls(
            id=global_id("ActionDecision", record.id),
            customer_id=record.customer_id,
            action=record.action,
            decided=ActionDecided(record.decision),
            decided_at=record.decided_at,
            decided_by=record.decided_by,
            probability=record.probability,
            expected_value=Money(amount=Int64(round(record.expected_value))),
            source=record.source,
            propensity=record.propensity,
            policy_version=record.policy_version,
            seed=Int64(record.seed),
            succeeded=record.succeeded,
            outcome_value=None if value is None else Money(amount=Int64(value)),
            outcome_at=record.outcome_at,
        )

    @field(Permission.CUSTOMERS_READ, "For whom.")
    async def customer(self, info: Info) -> Customer:
        found = await customer_by_key(info.context, self.customer_id)
        assert found is not None  # decisions go with their customer
        return found


@strawberry.enum(description="Whether it was measured what actions add.")
class ActionEffectStatus(Enum):
    MEASURED = "MEASURED"
    NOT_MEASURED = "NOT_MEASURED"


@strawberry.type(description="INSUFFICIENT_DATA: of `need` there are only `have`.")
class ActionShortage:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    code: str
    need: int
    have: int


@strawberry.type(
    description="Mean spending of those who may get actions less that of the 10% hold-out, in the 30 days since the "
    "first was accepted, in minor units with a 95% interval."
)
class ActionUplift:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    difference: float
    low: float
    high: float
    treated: Int64
    held_out: Int64
    clear: bool = strawberry.field(description="Whether the interval leaves 0 out; otherwise it may be noise.")


@strawberry.type(
    description="A rate with its 95% interval, corrected by a model of what each action brings: when that model or the "
    "logged propensities hold, it holds."
)
class ActionPolicyCorrected:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    value: float
    low: float
    high: float


@strawberry.type(description="The success rate that today's policy would have had on what was logged (SNIPS).")
class ActionPolicyValue:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    value: float
    low: float
    high: float
    doubly_robust: ActionPolicyCorrected | None
    effective_n: float
    n: Int64


@strawberry.type(description="What actions have brought, as far as it can be told.")
class ActionEffect:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    status: ActionEffectStatus
    uplift: ActionUplift | None
    uplift_shortage: ActionShortage | None
    policy: ActionPolicyValue | None
    policy_shortage: ActionShortage | None

    @classmethod
    def of(cls, measured: Measured, judged: Judged) -> "ActionEffect":
        lift, found = measured.uplift, judged.evaluation
        return cls(
            status=ActionEffectStatus.NOT_MEASURED if lift is None else ActionEffectStatus.MEASURED,
            uplift=None
            if lift is None
            else ActionUplift(
                difference=lift.difference,
                low=lift.low,
                high=lift.high,
                treated=Int64(lift.treated),
                held_out=Int64(lift.held_out),
                clear=lift.is_clear,
            ),
            uplift_shortage=_shortage(measured) if lift is None else None,
            policy=None
            if found is None
            else ActionPolicyValue(
                value=found.snips.value,
                low=found.snips.bounds[0],
                high=found.snips.bounds[1],
                doubly_robust=None
                if found.dr is None
                else ActionPolicyCorrected(value=found.dr.value, low=found.dr.bounds[0], high=found.dr.bounds[1]),
                effective_n=found.effective_n,
                n=Int64(found.n),
            ),
            policy_shortage=_shortage(judged) if found is None else None,
        )


def _shortage(found: Measured | Judged) -> ActionShortage:
    return ActionShortage(code="INSUFFICIENT_DATA", need=found.need, have=found.have)

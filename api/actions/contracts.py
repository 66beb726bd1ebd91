"""Next best actions: what may be done, what it is expected to bring, and what was decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Select

from models.database import AnyRow


class ValueRule(StrEnum):
    """What a success is worth: a fixed amount in minor units, or a share of the customer's mean order."""

    FIXED = "fixed"
    ORDER_SHARE = "order_share"


class Outcome(StrEnum):
    """What counts as a success within 30 days: the customer orders; stays, which where no contracts are signed means
    that it orders; or goes on to a later stage of the journey."""

    ORDER = "order"
    STAY = "stay"
    ADVANCE = "advance"


class Block(StrEnum):
    """Why an action is not proposed; the first that holds."""

    HELD_OUT = "HELD_OUT"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    NO_CONSENT = "NO_CONSENT"
    QUIET_HOURS = "QUIET_HOURS"
    DAILY_CAP = "DAILY_CAP"
    WEEKLY_CAP = "WEEKLY_CAP"
    COOL_DOWN = "COOL_DOWN"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    NO_VALUE = "NO_VALUE"


class Decided(StrEnum):
    ACCEPT = "accept"
    DISMISS = "dismiss"


@dataclass(frozen=True, slots=True)
class Action:
    """Eligible are customers with so many orders whose last one lies so many days back; None is no limit. `cost` is in
    minor units; after it was accepted for a customer it rests for `cooldown_days`."""

    code: str
    name: str
    channel: str
    cost: int
    value_rule: ValueRule
    value: float
    cooldown_days: int
    min_orders: int = 1
    max_orders: int | None = None
    min_quiet_days: int = 0
    max_quiet_days: int | None = None
    needs_consent: bool = False
    outcome: Outcome = Outcome.ORDER


@dataclass(frozen=True, slots=True)
class Limits:
    """Hard constraints: accepted actions for one customer in 7 days and for all in a day, and the hours (of the
    tenant's zone) in which nobody is approached; none when both are the same. `fatigue`, in minor units, is taken off
    the expected value for each action accepted for the customer in the last 30 days."""

    weekly_cap: int = 2
    daily_cap: int = 1_000
    fatigue: int = 0
    quiet_from: int = 20
    quiet_to: int = 8


@dataclass(frozen=True, slots=True)
class Catalogue:
    actions: tuple[Action, ...]
    limits: Limits

    @property
    def by_code(self) -> Mapping[str, Action]:
        return {action.code: action for action in self.actions}


class Reader(Protocol):
    """A snapshot, or a transaction that reads before it writes."""

    tenant_id: UUID

    async def rows(self, statement: Any) -> Sequence[AnyRow]: ...

    async def first(self, statement: Any) -> AnyRow | None: ...

    async def scalar(self, statement: Any) -> Any: ...


class Likelihoods(Protocol):
    """Where the chance of an outcome comes from. What it gives is joined in the statement that proposes actions, so
    that a list by expected value is one statement however many customers there are."""

    def select(self, tenant_id: UUID, actions: Sequence[Action], now: datetime) -> Select[Any]:
        """(customer_id, code, probability, n, source, as_of, version_id): at most one row a customer and action, none
        where there is too little data. Without a model `version_id` is null."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """`expected_value` in minor units: probability times value, less cost and fatigue. Blocked when `block` says why;
    without a probability there is no expected value either."""

    customer_id: UUID
    code: str
    probability: float | None
    n: int | None
    source: str | None
    value: float | None
    expected_value: float | None
    block: Block | None
    as_of: datetime | None = None
    version_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    id: UUID
    customer_id: UUID
    action: str
    decision: str
    decided_at: datetime
    decided_by: str
    probability: float
    expected_value: float
    source: str
    propensity: float | None
    policy_version: str
    seed: int
    succeeded: bool | None
    outcome_value: int | None
    outcome_at: datetime | None

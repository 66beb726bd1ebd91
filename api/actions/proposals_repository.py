"""SQL that weighs every action of the catalogue for customers: one statement, whoever gives the likelihoods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    Integer,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on

from api.actions.contracts import Action, Block, Catalogue, Likelihoods, Proposal, Reader, ValueRule
from api.intelligence.actions.holdout import SHARE
from models import ActionDecision, Customer, CustomerConsent, Event, SegmentMember
from models.base import table
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import COUNT_LIMIT

customer = table(Customer)
decision = table(ActionDecision)
event = table(Event)
by_purpose = table(CustomerConsent)
member = table(SegmentMember)

WEEK: Final = timedelta(days=7)
MONTH: Final = timedelta(days=30)
DAY_SECONDS: Final = 86_400
CONSENT_GIVEN, CONSENT_WITHDRAWN = "consent_given", "consent_withdrawn"
COLUMNS: Final[tuple[tuple[str, Any], ...]] = (
    ("code", Text()),
    ("channel", Text()),
    ("cost", BigInteger()),
    ("rule", Text()),
    ("value", Double()),
    ("cooldown_days", Integer()),
    ("min_orders", Integer()),
    ("max_orders", Integer()),
    ("min_quiet", Integer()),
    ("max_quiet", Integer()),
    ("needs_consent", Boolean()),
)
PROPOSAL: Final = (
    "customer_id", "code", "probability", "n", "source", "value", "expected_value", "block", "as_of", "version_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Occasion:
    """When and with what actions are weighed. `everybody` blocks all of them: quiet hours, or the cap of the day."""

    catalogue: Catalogue
    likelihoods: Likelihoods
    now: datetime
    everybody: Block | None = None


def weighed(tenant_id: UUID, occasion: Occasion, only: ColumnElement[bool] | None = None) -> Any:
    """A row for each customer and action, with its block if there is one. `only` narrows the customers down."""
    now, limits = occasion.now, occasion.catalogue.limits
    offered = _offered(occasion.catalogue.actions)
    likely = occasion.likelihoods.select(tenant_id, occasion.catalogue.actions, now).subquery("likely")
    accepted = and_(
        decision.c.tenant_id == tenant_id,
        decision.c.customer_id == customer.c.id,
        decision.c.decision == "accept",
        decision.c.decided_at <= now,
    )
    lately = (
        select(
            func.count().filter(decision.c.decided_at > now - WEEK).label("week"),
            func.count().filter(decision.c.decided_at > now - MONTH).label("month"),
        )
        .where(accepted)
        .lateral("lately")
    )
    last = (
        select(func.max(decision.c.decided_at).label("at"))
        .where(accepted, decision.c.action == offered.c.code)
        .lateral("last")
    )
    consent = (
        select(event.c.name)
        .where(
            event.c.tenant_id == tenant_id,
            event.c.customer_id == customer.c.id,
            event.c.name.in_((CONSENT_GIVEN, CONSENT_WITHDRAWN)),
            event.c.properties.op("->>")("channel") == offered.c.channel,
            event.c.occurred_at <= now,
        )
        .order_by(event.c.occurred_at.desc(), event.c.name.desc())
        .limit(1)
        .scalar_subquery()
    )
    agrees = _last_word(tenant_id, "marketing")
    mean_order = customer.c.total_spent / func.nullif(cast(customer.c.order_count, Double()), 0)
    value = case((offered.c.rule == ValueRule.FIXED.value, offered.c.value), else_=offered.c.value * mean_order)
    expected = cast(likely.c.probability, Double()) * value - offered.c.cost - lately.c.month * limits.fatigue
    quiet = func.floor(func.extract("epoch", literal(now) - customer.c.last_order_at) / DAY_SECONDS)
    fits = and_(
        customer.c.order_count >= offered.c.min_orders,
        or_(offered.c.max_orders.is_(None), customer.c.order_count <= offered.c.max_orders),
        or_(and_(offered.c.min_quiet == 0, offered.c.max_quiet.is_(None)), quiet >= offered.c.min_quiet),
        or_(offered.c.max_quiet.is_(None), quiet <= offered.c.max_quiet),
    )
    may_reach = case(
        (or_(agrees.is_(False), _last_word(tenant_id, "profiling").is_(False)), false()),
        (offered.c.needs_consent, func.coalesce(consent == CONSENT_GIVEN, agrees)),
        else_=consent.is_distinct_from(CONSENT_WITHDRAWN),
    )
    rested = or_(last.c.at.is_(None), last.c.at <= literal(now) - func.make_interval(0, 0, 0, offered.c.cooldown_days))
    blocks: list[tuple[Any, str]] = [
        (_held_out(tenant_id), Block.HELD_OUT.value),
        (func.coalesce(fits, False).is_(False), Block.NOT_ELIGIBLE.value),
        (func.coalesce(may_reach, False).is_(False), Block.NO_CONSENT.value),
        *([(true(), occasion.everybody.value)] if occasion.everybody is not None else []),
        (lately.c.week >= limits.weekly_cap, Block.WEEKLY_CAP.value),
        (rested.is_(False), Block.COOL_DOWN.value),
        (likely.c.probability.is_(None), Block.INSUFFICIENT_DATA.value),
        (func.coalesce(expected, 0) <= 0, Block.NO_VALUE.value),
    ]
    statement = (
        select(
            customer.c.id.label("customer_id"),
            offered.c.code.label("code"),
            cast(likely.c.probability, Double()).label("probability"),
            likely.c.n.label("n"),
            likely.c.source.label("source"),
            cast(value, Double()).label("value"),
            cast(expected, Double()).label("expected_value"),
            case(*blocks, else_=null()).label("block"),
            likely.c.as_of.label("as_of"),
            likely.c.version_id.label("version_id"),
        )
        .select_from(
            customer.join(offered, true())
            .outerjoin(likely, and_(likely.c.customer_id == customer.c.id, likely.c.code == offered.c.code))
            .join(lately, true())
            .join(last, true())
        )
        .where(customer.c.tenant_id == tenant_id)
    )
    if only is not None:
        statement = statement.where(only)
    return statement.subquery("weighed")


def _last_word(tenant_id: UUID, purpose: str) -> Any:
    """Whether the customer agrees to the purpose; empty when nothing was said."""
    return (
        select(by_purpose.c.granted)
        .where(
            by_purpose.c.tenant_id == tenant_id,
            by_purpose.c.customer_id == customer.c.id,
            by_purpose.c.purpose == purpose,
        )
        .scalar_subquery()
    )


def _offered(actions: Sequence[Action]) -> Any:
    """The catalogue as a table."""
    rows = [
        (
            one.code, one.channel, one.cost, one.value_rule.value, float(one.value), one.cooldown_days,
            one.min_orders, one.max_orders, one.min_quiet_days, one.max_quiet_days, one.needs_consent,
        )
        for one in actions
    ]  # fmt: skip
    arrays: list[Any] = [
        cast(bindparam(None, list(values), type_=ARRAY(kind)), ARRAY(kind))
        for (_, kind), values in zip(COLUMNS, zip(*rows, strict=True), strict=True)
    ]
    return func.unnest(*arrays).table_valued(*(name for name, _ in COLUMNS), name="offered").render_derived()


def _held_out(tenant_id: UUID) -> Any:
    """As `api.intelligence.actions.in_holdout` draws, so that lists need not load everybody."""
    drawn = func.sha256(
        func.convert_to(str(tenant_id), "UTF8")
        .op("||")(literal(b"\0"))
        .op("||")(func.convert_to(cast(customer.c.id, Text()), "UTF8"))
    )
    return func.substring(drawn, 1, 8) < literal(int(SHARE * 2**64).to_bytes(8))


async def load_proposals(snapshot: Reader, customers: Sequence[UUID], occasion: Occasion) -> list[list[Proposal]]:
    """All actions of each customer: the best first, then those that are blocked."""
    source = weighed(snapshot.tenant_id, occasion, customer.c.id.in_(list(customers)))
    columns = [source.c[name] for name in PROPOSAL]
    order = (source.c.block.is_not(None), source.c.expected_value.desc().nulls_last(), source.c.code)
    found: dict[UUID, list[Proposal]] = {key: [] for key in customers}
    for row in await snapshot.rows(select(*columns).order_by(*order)):
        found[row[0]].append(_proposal(row))
    return [found[key] for key in customers]


def _best(tenant_id: UUID, occasion: Occasion, only: ColumnElement[bool] | None = None) -> Any:
    source = weighed(tenant_id, occasion, only)
    return (
        select(*(source.c[name] for name in PROPOSAL))
        .ext(distinct_on(source.c.customer_id))
        .where(source.c.block.is_(None))
        .order_by(source.c.customer_id, source.c.expected_value.desc(), source.c.code)
        .subquery("best")
    )


async def list_best(snapshot: Reader, occasion: Occasion, page: Page) -> Slice[Proposal]:
    """The best action of each customer, by expected value."""
    best = _best(snapshot.tenant_id, occasion)
    key = SortKey("expected_value", best.c.expected_value, best.c.customer_id, descending=True)
    statement: Select[Any] = select(*(best.c[name] for name in PROPOSAL))
    part = cut(await snapshot.rows(page_of(statement, key, page)), page)
    return Slice(tuple(_proposal(row) for row in part.items), part.has_next, part.has_previous)


async def total_best(snapshot: Reader, occasion: Occasion, segment_id: UUID) -> list[tuple[str, int, float]]:
    """(code, customers, their expected values together) of a segment's best actions, the most valuable first."""
    tenant_id = snapshot.tenant_id
    mine = select(member.c.customer_id).where(member.c.tenant_id == tenant_id, member.c.segment_id == segment_id)
    best = _best(tenant_id, occasion, customer.c.id.in_(mine))
    together = func.sum(best.c.expected_value)
    statement = select(best.c.code, func.count(), together).group_by(best.c.code).order_by(together.desc(), best.c.code)
    return [(row[0], int(row[1]), float(row[2])) for row in await snapshot.rows(statement)]


async def count_members(snapshot: Reader, segment_id: UUID) -> int:
    mine = and_(member.c.tenant_id == snapshot.tenant_id, member.c.segment_id == segment_id)
    return int(await snapshot.scalar(select(func.count()).where(mine)))


async def count_best(snapshot: Reader, occasion: Occasion) -> int:
    inner = select(_best(snapshot.tenant_id, occasion).c.customer_id).limit(COUNT_LIMIT + 1).subquery()
    return int(await snapshot.scalar(select(func.count()).select_from(inner)))


BEST_FIRST: Final = SortKey("expected_value", customer.c.total_spent, customer.c.id, descending=True)
"""Names the order for cursors; the column itself belongs to the statement."""


def _proposal(row: Sequence[Any]) -> Proposal:
    customer_id, code, probability, n, source, value, expected, block, as_of, version_id = row
    reason = None if block is None else Block(block)
    return Proposal(customer_id, code, probability, n, source, value, expected, reason, as_of, version_id)

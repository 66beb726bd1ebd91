"""SQL of catalogues and decisions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.actions.catalogue import from_json, to_json
from api.actions.contracts import Catalogue, DecisionRecord, Limits, Reader
from api.actions.defaults import DEFAULT
from models import ActionCatalogue, ActionDecision, Customer, SalesOrder
from models.base import new_id, table
from models.filters import Filter, filters_of
from models.keyset import SortKey
from models.listing import RowList
from models.relations import columns_of

catalogue = table(ActionCatalogue)
decision = table(ActionDecision)
customer = table(Customer)
sales_order = table(SalesOrder)

NEWEST_FIRST: Final = SortKey("decided_at", decision.c.decided_at, decision.c.id, descending=True)
DECISIONS: Final = RowList(
    DecisionRecord,
    decision,
    (NEWEST_FIRST,),
    {
        **filters_of("action", "decision", "decided_by", "decided_at", source=decision.c),
        "customer": Filter(decision.c.customer_id),
    },
)
LOCK: Final = "cip.actions.decide"
LIMITS: Final = ("weekly_cap", "daily_cap", "fatigue", "quiet_from", "quiet_to")


async def get_catalogue(snapshot: Reader) -> Catalogue:
    columns = (catalogue.c.actions, *(catalogue.c[name] for name in LIMITS))
    row = await snapshot.first(select(*columns).where(catalogue.c.tenant_id == snapshot.tenant_id))
    return DEFAULT if row is None else Catalogue(from_json(row[0]), Limits(*row[1:]))


async def has_catalogue(session: AsyncSession, tenant_id: UUID) -> bool:
    """Whether the tenant has set one of its own."""
    found = await session.execute(select(catalogue.c.tenant_id).where(catalogue.c.tenant_id == tenant_id))
    return found.first() is not None


async def load_catalogues(snapshot: Reader, tenants: Sequence[UUID]) -> list[Catalogue]:
    """A loader that only ever meets one key: the snapshot's own tenant."""
    found = await get_catalogue(snapshot)
    return [found for _ in tenants]


async def upsert_catalogue(session: AsyncSession, tenant_id: UUID, given: Catalogue, now: datetime) -> None:
    values: dict[str, Any] = {name: getattr(given.limits, name) for name in LIMITS}
    values |= {"actions": to_json(given.actions), "updated_at": now}
    statement = insert(catalogue).values(tenant_id=tenant_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["tenant_id"], set_=values))


async def count_accepted_since(snapshot: Reader, moment: datetime) -> int:
    mine = and_(decision.c.tenant_id == snapshot.tenant_id, decision.c.decision == "accept")
    return int(await snapshot.scalar(select(func.count()).where(mine, decision.c.decided_at >= moment)))


async def list_outcomes(snapshot: Reader) -> list[tuple[str, bool]]:
    """(action, whether it succeeded) of all accepted decisions whose outcome is known."""
    statement = select(decision.c.action, decision.c.succeeded).where(
        decision.c.tenant_id == snapshot.tenant_id,
        decision.c.decision == "accept",
        decision.c.succeeded.is_not(None),
    )
    return [(action, succeeded) for action, succeeded in await snapshot.rows(statement.order_by(decision.c.id))]


async def list_logged(snapshot: Reader) -> list[tuple[str, bool, float, dict[str, float]]]:
    """(action, whether it succeeded, propensity, propensities) of accepted recommendations with an outcome."""
    statement = select(decision.c.action, decision.c.succeeded, decision.c.propensity, decision.c.propensities).where(
        decision.c.tenant_id == snapshot.tenant_id,
        decision.c.decision == "accept",
        decision.c.succeeded.is_not(None),
        decision.c.propensity.is_not(None),
    )
    return [(row[0], row[1], row[2], row[3]) for row in await snapshot.rows(statement.order_by(decision.c.id))]


async def lock(session: AsyncSession, tenant_id: UUID) -> None:
    """A tenant's decisions are made one after the other, so that no two slip under a cap."""
    key = func.hashtextextended(f"{LOCK}:{tenant_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def insert_decision(session: AsyncSession, tenant_id: UUID, **values: object) -> UUID:
    identity = new_id()
    await session.execute(insert(decision).values(tenant_id=tenant_id, id=identity, **values))
    return identity


async def set_outcome(
    session: AsyncSession, tenant_id: UUID, decision_id: UUID, succeeded: bool, value: int | None, at: datetime
) -> str | None:
    """What was decided; None when there is no such decision. A second outcome takes the place of the first."""
    statement = (
        update(decision)
        .where(decision.c.tenant_id == tenant_id, decision.c.id == decision_id)
        .values(succeeded=succeeded, outcome_value=value, outcome_at=at)
        .returning(decision.c.decision)
    )
    found: str | None = (await session.execute(statement)).scalar_one_or_none()
    return found


async def load_decisions(snapshot: Reader, ids: Sequence[UUID]) -> list[DecisionRecord | None]:
    statement = _decisions(snapshot.tenant_id).where(decision.c.id.in_(list(ids)))
    found = {row.id: DecisionRecord(*row) for row in await snapshot.rows(statement)}
    return [found.get(key) for key in ids]


def _decisions(tenant_id: UUID) -> Select[Any]:
    return select(*columns_of(DecisionRecord, decision)).where(decision.c.tenant_id == tenant_id)


async def list_spending(snapshot: Reader, now: datetime, span: timedelta) -> list[tuple[UUID, int]]:
    """What each customer known at its beginning has spent in the time since the first accepted decision, `span` of it
    at most. Empty when nothing was accepted."""
    first = await snapshot.scalar(
        select(func.min(decision.c.decided_at)).where(
            decision.c.tenant_id == snapshot.tenant_id, decision.c.decision == "accept"
        )
    )
    if first is None:
        return []
    until = min(now, first + span)
    spent = (
        select(sales_order.c.customer_id, func.sum(sales_order.c.total).label("total"))
        .where(
            sales_order.c.tenant_id == snapshot.tenant_id,
            sales_order.c.placed_at >= first,
            sales_order.c.placed_at < until,
        )
        .group_by(sales_order.c.customer_id)
        .subquery("spent")
    )
    statement = (
        select(customer.c.id, func.coalesce(spent.c.total, 0))
        .select_from(customer.outerjoin(spent, spent.c.customer_id == customer.c.id))
        .where(customer.c.tenant_id == snapshot.tenant_id, customer.c.first_seen_at < first)
        .order_by(customer.c.id)
    )
    return [(key, int(total)) for key, total in await snapshot.rows(statement)]

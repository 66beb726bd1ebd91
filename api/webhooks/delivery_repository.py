"""SQL of webhook deliveries."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.webhooks.contracts import DeliveryRecord, DeliveryState, Outcome
from models import WebhookDelivery, WebhookEndpoint
from models.base import new_id, table
from models.bulk import insert_of
from models.filters import Filter, filters_of
from models.keyset import SortKey
from models.listing import RowList
from models.relations import columns_of

delivery = table(WebhookDelivery)
endpoint = table(WebhookEndpoint)

NEWEST_FIRST: Final = SortKey("created_at", delivery.c.created_at, delivery.c.id, descending=True)
DELIVERIES: Final = RowList(
    DeliveryRecord,
    delivery,
    (NEWEST_FIRST,),
    {**filters_of("state", "event", "created_at", source=delivery.c), "endpoint": Filter(delivery.c.endpoint_id)},
)
UNTRIED: Final = "state = 'waiting' and attempts = 0 and replays = 0 and not test"
"""As the partial index says it."""
COLUMNS: Final = (
    "tenant_id", "id", "endpoint_id", "event", "subject", "test", "state", "attempts", "replays", "created_at",
    "changed_at", "next_try_at",
)  # fmt: skip


async def insert_deliveries(
    session: AsyncSession, tenant_id: UUID, endpoint_id: UUID, event: str, subjects: Sequence[str], now: datetime
) -> None:
    """One that waits untried is touched instead: it is locked until this transaction ends, so that whoever tries it
    then reads what this one has written."""
    rows = [
        (tenant_id, new_id(), endpoint_id, event, subject, False, DeliveryState.WAITING.value, 0, 0, now, now, now)
        for subject in subjects
    ]
    statement = insert_of(delivery, COLUMNS, rows)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "endpoint_id", "event", "subject"],
            index_where=text(UNTRIED),
            set_={"changed_at": statement.excluded.changed_at},
        )
    )


async def insert_test(
    session: AsyncSession, tenant_id: UUID, endpoint_id: UUID, event: str, subject: str, now: datetime
) -> DeliveryRecord:
    values = (tenant_id, new_id(), endpoint_id, event, subject, True, DeliveryState.WAITING.value, 0, 0, now, now, now)
    statement = insert(delivery).values(dict(zip(COLUMNS, values, strict=True)))
    found = await session.execute(statement.returning(*columns_of(DeliveryRecord, delivery)))
    return DeliveryRecord(*found.one())


async def take_due(
    session: AsyncSession, tenant_id: UUID, endpoint_id: UUID, now: datetime, limit: int
) -> list[DeliveryRecord]:
    """The longest due, locked; what is being written to at the moment comes later."""
    statement = (
        select(*columns_of(DeliveryRecord, delivery))
        .where(
            delivery.c.tenant_id == tenant_id,
            delivery.c.endpoint_id == endpoint_id,
            delivery.c.state == DeliveryState.WAITING.value,
            delivery.c.next_try_at <= now,
        )
        .order_by(delivery.c.next_try_at, delivery.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [DeliveryRecord(*row) for row in await session.execute(statement)]


async def begin_try(
    session: AsyncSession, tenant_id: UUID, taken: DeliveryRecord, now: datetime, next_try_at: datetime | None
) -> DeliveryRecord:
    """Counted before it is made, so that one that kills its worker is counted too. The row is locked."""
    statement = (
        update(delivery)
        .where(delivery.c.tenant_id == tenant_id, delivery.c.id == taken.id)
        .values(attempts=taken.attempts + 1, tried_at=now, next_try_at=next_try_at or now, fault=None)
        .returning(*columns_of(DeliveryRecord, delivery))
    )
    return DeliveryRecord(*(await session.execute(statement)).one())


async def end_try(
    session: AsyncSession, tenant_id: UUID, outcome: Outcome, state: DeliveryState, now: datetime
) -> None:
    """Nothing when somebody replayed it meanwhile."""
    tried = outcome.delivery
    await session.execute(
        update(delivery)
        .where(
            delivery.c.tenant_id == tenant_id,
            delivery.c.id == tried.id,
            delivery.c.attempts == tried.attempts,
            delivery.c.replays == tried.replays,
            delivery.c.state == DeliveryState.WAITING.value,
        )
        .values(
            state=state.value,
            status=outcome.status,
            milliseconds=outcome.milliseconds,
            fault=outcome.fault,
            settled_at=None if state is DeliveryState.WAITING else now,
        )
    )


async def take(session: AsyncSession, tenant_id: UUID, ids: Collection[UUID]) -> list[DeliveryRecord]:
    statement = (
        select(*columns_of(DeliveryRecord, delivery))
        .where(delivery.c.tenant_id == tenant_id, delivery.c.id.in_(ids))
        .order_by(delivery.c.id)
        .with_for_update()
    )
    return [DeliveryRecord(*row) for row in await session.execute(statement)]


async def put_back(session: AsyncSession, tenant_id: UUID, ids: Collection[UUID], now: datetime) -> None:
    await session.execute(
        update(delivery)
        .where(delivery.c.tenant_id == tenant_id, delivery.c.id.in_(ids))
        .values(
            state=DeliveryState.WAITING.value,
            attempts=0,
            replays=delivery.c.replays + 1,
            next_try_at=now,
            settled_at=None,
        )
    )


async def list_due_endpoints(session: AsyncSession, tenant_id: UUID, now: datetime) -> list[UUID]:
    """Those that may be called, and have something that is due."""
    has_due = (
        select(delivery.c.id)
        .where(
            delivery.c.tenant_id == tenant_id,
            delivery.c.endpoint_id == endpoint.c.id,
            delivery.c.state == DeliveryState.WAITING.value,
            delivery.c.next_try_at <= now,
        )
        .exists()
    )
    may_be_called = or_(endpoint.c.open_until.is_(None), endpoint.c.open_until <= now)
    statement = select(endpoint.c.id).where(
        endpoint.c.tenant_id == tenant_id, endpoint.c.enabled.is_(True), may_be_called, has_due
    )
    return list((await session.execute(statement.order_by(endpoint.c.id))).scalars())


async def bury_old(session: AsyncSession, tenant_id: UUID, before: datetime, now: datetime) -> None:
    """What has been due since then: its endpoint was left alone all the time."""
    await session.execute(
        update(delivery)
        .where(_in(tenant_id, DeliveryState.WAITING), delivery.c.next_try_at < before)
        .values(state=DeliveryState.DEAD.value, fault="EXPIRED", settled_at=now)
    )


async def forget(session: AsyncSession, tenant_id: UUID, state: DeliveryState, before: datetime) -> None:
    await session.execute(delete(delivery).where(_in(tenant_id, state), delivery.c.settled_at < before))


def _in(tenant_id: UUID, state: DeliveryState) -> ColumnElement[bool]:
    return and_(delivery.c.tenant_id == tenant_id, delivery.c.state == state.value)

"""SQL of webhook endpoints."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.permissions import Role
from api.webhooks.contracts import EndpointRecord
from api.webhooks.schedule import Breaker
from models import UserAccount, WebhookEndpoint
from models.base import table
from models.database import Snapshot
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import columns_of

endpoint = table(WebhookEndpoint)
account = table(UserAccount)

NEWEST_FIRST: Final = SortKey("created_at", endpoint.c.created_at, endpoint.c.id, descending=True)


def _is(tenant_id: UUID, endpoint_id: UUID) -> ColumnElement[bool]:
    return and_(endpoint.c.tenant_id == tenant_id, endpoint.c.id == endpoint_id)


async def count_for_insert(session: AsyncSession, tenant_id: UUID) -> int:
    statement = select(func.count()).select_from(endpoint).where(endpoint.c.tenant_id == tenant_id)
    return int((await session.execute(statement)).scalar_one())


async def insert_endpoint(session: AsyncSession, tenant_id: UUID, values: dict[str, Any]) -> EndpointRecord:
    statement = insert(endpoint).values(tenant_id=tenant_id, **values).returning(*columns_of(EndpointRecord, endpoint))
    return EndpointRecord(*(await session.execute(statement)).one())


async def update_endpoint(
    session: AsyncSession, tenant_id: UUID, endpoint_id: UUID, values: dict[str, Any]
) -> EndpointRecord:
    statement = (
        update(endpoint)
        .where(_is(tenant_id, endpoint_id))
        .values(**values)
        .returning(*columns_of(EndpointRecord, endpoint))
    )
    return EndpointRecord(*(await session.execute(statement)).one())


async def delete_endpoint(session: AsyncSession, tenant_id: UUID, endpoint_id: UUID) -> bool:
    """With its deliveries."""
    statement = delete(endpoint).where(_is(tenant_id, endpoint_id)).returning(endpoint.c.id)
    return (await session.execute(statement)).first() is not None


async def lock_endpoint(session: AsyncSession, tenant_id: UUID, endpoint_id: UUID) -> EndpointRecord | None:
    """New deliveries may come in meanwhile."""
    statement = select(*columns_of(EndpointRecord, endpoint)).where(_is(tenant_id, endpoint_id))
    row = (await session.execute(statement.with_for_update(key_share=True))).first()
    return None if row is None else EndpointRecord(*row)


async def list_enabled(session: AsyncSession, tenant_id: UUID) -> list[tuple[UUID, list[str]]]:
    """(id, events). A tenant has few."""
    statement = select(endpoint.c.id, endpoint.c.events).where(
        endpoint.c.tenant_id == tenant_id, endpoint.c.enabled.is_(True)
    )
    return [(row[0], row[1]) for row in await session.execute(statement)]


async def update_breaker(session: AsyncSession, tenant_id: UUID, endpoint_id: UUID, breaker: Breaker) -> None:
    values = {"failures": breaker.failures, "breaks": breaker.breaks, "open_until": breaker.open_until}
    await session.execute(update(endpoint).where(_is(tenant_id, endpoint_id)).values(**values))


async def disable(session: AsyncSession, tenant_id: UUID, endpoint_id: UUID, reason: str, now: datetime) -> None:
    values = {"enabled": False, "disabled_because": reason, "updated_at": now}
    await session.execute(update(endpoint).where(_is(tenant_id, endpoint_id)).values(**values))


async def find_role(session: AsyncSession, tenant_id: UUID, account_id: UUID) -> Role | None:
    """None when the account is gone."""
    found = await session.execute(
        select(account.c.role).where(account.c.tenant_id == tenant_id, account.c.id == account_id)
    )
    role = found.scalar_one_or_none()
    return None if role is None else Role(role)


async def list_endpoints(snapshot: Snapshot, page: Page) -> Slice[EndpointRecord]:
    statement = select(*columns_of(EndpointRecord, endpoint)).where(endpoint.c.tenant_id == snapshot.tenant_id)
    part = cut(await snapshot.rows(page_of(statement, NEWEST_FIRST, page)), page)
    return Slice(tuple(EndpointRecord(*row) for row in part.items), part.has_next, part.has_previous)


async def count_endpoints(snapshot: Snapshot) -> int:
    statement = select(func.count()).select_from(endpoint).where(endpoint.c.tenant_id == snapshot.tenant_id)
    return int(await snapshot.scalar(statement))


async def load_endpoints(snapshot: Snapshot, ids: Sequence[UUID]) -> list[EndpointRecord | None]:
    rows = await snapshot.rows(
        select(*columns_of(EndpointRecord, endpoint)).where(
            endpoint.c.tenant_id == snapshot.tenant_id, endpoint.c.id.in_(ids)
        )
    )
    found = {row.id: EndpointRecord(*row) for row in rows}
    return [found.get(key) for key in ids]

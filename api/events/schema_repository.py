"""SQL of event schemas and of the ingest policy."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.events.contracts import EventSchemaRecord, PolicyRecord
from models import EventSchema, IngestPolicy
from models.base import new_id, table
from models.database import Snapshot
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import COUNT_LIMIT, columns_of

schema = table(EventSchema)
policy = table(IngestPolicy)

BY_NAME: Final = SortKey("name", schema.c.name, schema.c.id)


async def list_all(session: AsyncSession, tenant_id: UUID) -> Sequence[EventSchemaRecord]:
    """Each event is checked against one of them, so all are needed at once; there are at most a few hundred."""
    statement = select(*columns_of(EventSchemaRecord, schema)).where(schema.c.tenant_id == tenant_id)
    return [EventSchemaRecord(*row) for row in await session.execute(statement)]


async def count_others(session: AsyncSession, tenant_id: UUID, name: str) -> int:
    statement = select(func.count()).select_from(schema).where(schema.c.tenant_id == tenant_id, schema.c.name != name)
    return int((await session.execute(statement)).scalar_one())


async def upsert_schema(
    session: AsyncSession, tenant_id: UUID, name: str, document: dict[str, Any], mode: str, actor: str, now: datetime
) -> EventSchemaRecord:
    given = {"document": document, "mode": mode, "updated_by": actor, "updated_at": now}
    statement = (
        insert(schema)
        .values(tenant_id=tenant_id, id=new_id(), name=name, **given)
        .on_conflict_do_update(index_elements=["tenant_id", "name"], set_=given)
        .returning(*columns_of(EventSchemaRecord, schema))
    )
    return EventSchemaRecord(*(await session.execute(statement)).one())


async def delete_schema(session: AsyncSession, tenant_id: UUID, name: str) -> bool:
    statement = delete(schema).where(schema.c.tenant_id == tenant_id, schema.c.name == name).returning(schema.c.id)
    return (await session.execute(statement)).first() is not None


async def raise_revision(session: AsyncSession, tenant_id: UUID) -> None:
    await session.execute(
        insert(policy)
        .values(tenant_id=tenant_id, schema_revision=1)
        .on_conflict_do_update(index_elements=["tenant_id"], set_={"schema_revision": policy.c.schema_revision + 1})
    )


async def upsert_maximum_age(session: AsyncSession, tenant_id: UUID, days: int | None) -> None:
    await session.execute(
        insert(policy)
        .values(tenant_id=tenant_id, maximum_age_days=days, schema_revision=0)
        .on_conflict_do_update(index_elements=["tenant_id"], set_={"maximum_age_days": days})
    )


async def find_policy(snapshot: Snapshot) -> PolicyRecord:
    row = await snapshot.first(
        select(*columns_of(PolicyRecord, policy)).where(policy.c.tenant_id == snapshot.tenant_id)
    )
    return PolicyRecord() if row is None else PolicyRecord(*row)


async def list_schemas(snapshot: Snapshot, page: Page) -> Slice[EventSchemaRecord]:
    statement = select(*columns_of(EventSchemaRecord, schema)).where(schema.c.tenant_id == snapshot.tenant_id)
    part = cut(await snapshot.rows(page_of(statement, BY_NAME, page)), page)
    return Slice(tuple(EventSchemaRecord(*row) for row in part.items), part.has_next, part.has_previous)


async def count_schemas(snapshot: Snapshot) -> int:
    inner = select(schema.c.id).where(schema.c.tenant_id == snapshot.tenant_id).limit(COUNT_LIMIT + 1).subquery()
    return int(await snapshot.scalar(select(func.count()).select_from(inner)))

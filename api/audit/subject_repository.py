"""SQL of the keys that what the trail says about a customer is sealed with."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models import SubjectKey
from models.base import new_id, table
from models.database import Snapshot

subject_key = table(SubjectKey)


async def upsert_key(session: AsyncSession, tenant_id: UUID, customer_id: UUID, fresh: bytes) -> tuple[UUID, bytes]:
    """The customer's key, with its id; `fresh` when there was none."""
    await session.execute(
        insert(subject_key)
        .values(tenant_id=tenant_id, id=new_id(), customer_id=customer_id, key=fresh)
        .on_conflict_do_nothing(index_elements=["tenant_id", "customer_id"])
    )
    statement = select(subject_key.c.id, subject_key.c.key).where(
        subject_key.c.tenant_id == tenant_id, subject_key.c.customer_id == customer_id
    )
    found = (await session.execute(statement)).one()
    return found[0], found[1]


async def load_keys(snapshot: Snapshot, ids: Sequence[UUID]) -> list[bytes | None]:
    rows = await snapshot.rows(
        select(subject_key.c.id, subject_key.c.key).where(
            subject_key.c.tenant_id == snapshot.tenant_id, subject_key.c.id.in_(ids)
        )
    )
    found: dict[UUID, bytes] = {row[0]: row[1] for row in rows}
    return [found.get(key) for key in ids]

"""SQL of what each pass of a version found of drift."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.predictions.contracts import Drifted, DriftRecord
from models import ModelDrift
from models.base import table
from models.database import Snapshot
from models.relations import columns_of

drift = table(ModelDrift)

KEPT: Final = 100
"""Passes of a version: more than three months of daily ones."""


async def upsert_drift(
    session: AsyncSession, tenant_id: UUID, version_id: UUID, found: Drifted, *, as_of: datetime, at: datetime
) -> None:
    """Of one pass; the oldest ones go."""
    values: dict[str, Any] = {
        "measured_at": at,
        "n": found.n,
        "reference_n": found.reference_n,
        "state": str(found.state),
        "columns": [{**asdict(one), "state": str(one.state)} for one in found.columns],
    }
    statement = insert(drift).values(tenant_id=tenant_id, version_id=version_id, as_of=as_of, **values)
    await session.execute(
        statement.on_conflict_do_update(index_elements=["tenant_id", "version_id", "as_of"], set_=values)
    )
    mine = drift.c.tenant_id == tenant_id, drift.c.version_id == version_id
    newest = select(drift.c.as_of).where(*mine).order_by(drift.c.as_of.desc())
    oldest_kept = newest.offset(KEPT - 1).limit(1).scalar_subquery()
    await session.execute(delete(drift).where(*mine, drift.c.as_of < oldest_kept))


async def load_drifts(snapshot: Snapshot, versions: Sequence[UUID]) -> list[DriftRecord | None]:
    """The newest of each version."""
    statement = (
        select(*columns_of(DriftRecord, drift))
        .where(drift.c.tenant_id == snapshot.tenant_id, drift.c.version_id.in_(versions))
        .ext(distinct_on(drift.c.version_id))
        .order_by(drift.c.version_id, drift.c.as_of.desc())
    )
    found = {row.version_id: DriftRecord(*row) for row in await snapshot.rows(statement)}
    return [found.get(key) for key in versions]


def newest_state(tenant_id: UUID, version_id: ColumnElement[UUID]) -> Any:
    """For a list of versions: the state of the newest pass of each."""
    return (
        select(drift.c.state)
        .where(drift.c.tenant_id == tenant_id, drift.c.version_id == version_id)
        .order_by(drift.c.as_of.desc())
        .limit(1)
        .scalar_subquery()
    )

"""SQL of what customers agreed to."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models import CustomerConsent
from models.base import table
from models.bulk import insert_of

consent = table(CustomerConsent)

COLUMNS = ("customer_id", "purpose", "granted", "said_at", "source")


async def upsert_consent(
    session: AsyncSession, tenant_id: UUID, rows: Sequence[tuple[UUID, str, bool, datetime, str]]
) -> None:
    """The last word stands, in whatever order they come in; of two at one moment, the refusal."""
    if not rows:
        return
    latest = {(row[0], row[1]): row for row in sorted(rows, key=lambda row: (row[3], not row[2]))}
    statement = insert_of(consent, COLUMNS, list(latest.values()), same={"tenant_id": tenant_id})
    new = statement.excluded
    later = (consent.c.said_at < new.said_at) | ((consent.c.said_at == new.said_at) & ~new.granted)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "customer_id", "purpose"],
            set_={name: new[name] for name in COLUMNS[2:]},
            where=later,
        )
    )

"""SQL of what customers agreed to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.events.contracts import ConsentRecord
from models import CustomerConsent, Prediction, StaleCustomer
from models.base import Timestamp, table
from models.bulk import insert_of, one_of
from models.database import Snapshot
from models.relations import columns_of

consent = table(CustomerConsent)
prediction = table(Prediction)
stale = table(StaleCustomer)

PROFILING: Final = "profiling"
SCORES: Final = "scores"

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


async def apply_profiling(session: AsyncSession, tenant_id: UUID, customers: Sequence[UUID], now: datetime) -> None:
    """Of those who refuse, nothing is foretold any more; those who agree wait for their predictions."""
    theirs = consent.c.tenant_id == tenant_id, consent.c.purpose == PROFILING, one_of(consent.c.customer_id, customers)
    refusing = select(consent.c.customer_id).where(*theirs, consent.c.granted.is_(False))
    await session.execute(
        delete(prediction).where(prediction.c.tenant_id == tenant_id, prediction.c.customer_id.in_(refusing))
    )
    agreeing = select(consent.c.tenant_id, consent.c.customer_id, literal(SCORES), literal(now, Timestamp)).where(
        *theirs, consent.c.granted
    )
    names = ["tenant_id", "customer_id", "purpose", "since"]
    await session.execute(insert(stale).from_select(names, agreeing).on_conflict_do_nothing())


async def load_consents(snapshot: Snapshot, customers: Sequence[UUID]) -> list[list[ConsentRecord]]:
    """What each of them said last, by purpose."""
    rows = await snapshot.rows(
        select(*columns_of(ConsentRecord, consent))
        .where(consent.c.tenant_id == snapshot.tenant_id, one_of(consent.c.customer_id, customers))
        .order_by(consent.c.purpose)
    )
    found: dict[UUID, list[ConsentRecord]] = {key: [] for key in customers}
    for row in rows:
        found[row.customer_id].append(ConsentRecord(*row))
    return [found[key] for key in customers]

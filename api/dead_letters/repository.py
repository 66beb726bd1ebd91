"""SQL of dead letters."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.dead_letters.contracts import DeadLetterRecord, Kind, RejectedEvent, State
from models import DeadLetter
from models.base import new_id, table
from models.bulk import as_table, insert_of
from models.filters import filters_of
from models.keyset import SortKey
from models.listing import RowList
from models.relations import columns_of

letter = table(DeadLetter)

NEWEST_FIRST: Final = SortKey("created_at", letter.c.created_at, letter.c.id, descending=True)
LETTERS: Final = RowList(
    DeadLetterRecord,
    letter,
    (NEWEST_FIRST,),
    filters_of("kind", "state", "origin", "reference", "code", "created_at", source=letter.c),
)
COLUMNS: Final = (
    "tenant_id", "id", "kind", "origin", "reference", "code", "path", "message", "payload", "attempts", "state",
    "created_at",
)  # fmt: skip
RENEWED: Final = ("code", "path", "message", "payload", "created_at")
WAITING_EVENT: Final = "kind = 'event' and state = 'waiting'"
"""As the partial index says it: a bound parameter in its place would not let the planner take the index."""


async def upsert_rejected(
    session: AsyncSession, tenant_id: UUID, rejected: Sequence[RejectedEvent], now: datetime
) -> None:
    """One that waits already is replaced, so that a client that sends it again and again fills nothing."""
    by_key = {(event.origin, event.reference): event for event in rejected}
    if not by_key:
        return
    rows = [
        (
            tenant_id, new_id(), Kind.EVENT.value, event.origin, event.reference, event.code, list(event.path),
            event.message, event.payload, 1, State.WAITING.value, now,
        )
        for event in by_key.values()
    ]  # fmt: skip
    statement = insert_of(letter, COLUMNS, rows)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "origin", "reference"],
            index_where=text(WAITING_EVENT),
            set_={
                **{name: statement.excluded[name] for name in RENEWED},
                "attempts": letter.c.attempts + 1,
            },
        )
    )


def has_waiting_events(tenant_id: UUID) -> ColumnElement[bool]:
    return exists().where(letter.c.tenant_id == tenant_id, text(WAITING_EVENT))


async def settle_accepted(
    session: AsyncSession, tenant_id: UUID, keys: Sequence[tuple[str, str]], now: datetime
) -> None:
    """The events that were rejected before and are in now, by (origin, reference)."""
    if not keys:
        return
    given = as_table([letter.c.origin, letter.c.reference], keys)
    await session.execute(
        update(letter)
        .where(
            letter.c.tenant_id == tenant_id,
            text(WAITING_EVENT),
            letter.c.origin == given.c.origin,
            letter.c.reference == given.c.reference,
        )
        .values(state=State.REPLAYED.value, settled_at=now)
    )


async def take(session: AsyncSession, tenant_id: UUID, ids: Sequence[UUID]) -> list[DeadLetterRecord]:
    """Locked for this transaction, oldest first."""
    statement = (
        select(*columns_of(DeadLetterRecord, letter))
        .where(letter.c.tenant_id == tenant_id, letter.c.id.in_(ids))
        .order_by(letter.c.id)
        .with_for_update()
    )
    return [DeadLetterRecord(*row) for row in await session.execute(statement)]


async def settle(session: AsyncSession, tenant_id: UUID, ids: Collection[UUID], state: State, now: datetime) -> None:
    if ids:
        await session.execute(
            update(letter)
            .where(letter.c.tenant_id == tenant_id, letter.c.id.in_(ids))
            .values(state=state.value, settled_at=now)
        )

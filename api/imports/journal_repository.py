"""SQL of the journal: what an import created or changed, with what it was before."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation, Event, ImportChange, ImportRun
from models.base import table
from models.bulk import as_table

change = table(ImportChange)
run = table(ImportRun)
event = table(Event)
conversation = table(Conversation)

Key = tuple[str, str]
COLUMNS: Final = ("tenant_id", "import_id", "kind", "subject_id", "before", "after")


async def note_events(session: AsyncSession, tenant_id: UUID, import_id: UUID, keys: Sequence[Key]) -> None:
    """Accepted events, by source and message id."""
    if not keys:
        return
    given = as_table([event.c.source, event.c.message_id], keys)
    found = (
        select(literal(tenant_id), literal(import_id), literal("event"), event.c.id)
        .join(given, and_(event.c.source == given.c.source, event.c.message_id == given.c.message_id))
        .where(event.c.tenant_id == tenant_id)
    )
    await session.execute(insert(change).from_select(["tenant_id", "import_id", "kind", "subject_id"], found))


async def note_changes(
    session: AsyncSession,
    tenant_id: UUID,
    import_id: UUID,
    kind: str,
    changes: Mapping[UUID, tuple[dict[str, Any] | None, dict[str, Any]]],
) -> None:
    """(before, after) by subject; before is None for what did not exist. Of several, the first before and the last
    after count."""
    if not changes:
        return
    rows = [
        {
            "tenant_id": tenant_id,
            "import_id": import_id,
            "kind": kind,
            "subject_id": subject,
            "before": before,
            "after": after,
        }
        for subject, (before, after) in sorted(changes.items())
    ]
    statement = insert(change)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "import_id", "kind", "subject_id"], set_={"after": statement.excluded.after}
        ),
        rows,
    )


async def map_conversation_states(
    session: AsyncSession, tenant_id: UUID, keys: Sequence[Key]
) -> dict[Key, tuple[UUID, dict[str, Any]]]:
    if not keys:
        return {}
    given = as_table([conversation.c.source, conversation.c.external_id], keys)
    found = await session.execute(
        select(
            conversation.c.source,
            conversation.c.external_id,
            conversation.c.id,
            conversation.c.closed_at,
            conversation.c.rating,
            conversation.c.rated_at,
        )
        .join(
            given,
            and_(conversation.c.source == given.c.source, conversation.c.external_id == given.c.external_id),
        )
        .where(conversation.c.tenant_id == tenant_id)
    )
    return {
        (source, external_id): (
            identity,
            {"closed_at": _text(closed_at), "rating": rating, "rated_at": _text(rated_at)},
        )
        for source, external_id, identity, closed_at, rating, rated_at in found
    }


async def has_changes(session: AsyncSession, tenant_id: UUID, import_id: UUID) -> bool:
    found = select(exists().where(*_of(tenant_id, import_id)))
    return bool((await session.execute(found)).scalar_one())


async def list_changes(
    session: AsyncSession, tenant_id: UUID, import_id: UUID, kind: str, size: int
) -> list[tuple[UUID, dict[str, Any] | None, dict[str, Any] | None]]:
    """What is still to be undone, the newest first: ids rise with time."""
    found = await session.execute(
        select(change.c.subject_id, change.c.before, change.c.after)
        .where(*_of(tenant_id, import_id), change.c.kind == kind, change.c.kept.is_(None))
        .order_by(change.c.subject_id.desc())
        .limit(size)
    )
    return [(subject, before, after) for subject, before, after in found]


async def forget_changes(
    session: AsyncSession, tenant_id: UUID, import_id: UUID, kind: str, subjects: Sequence[UUID]
) -> None:
    await session.execute(
        delete(change).where(
            *_of(tenant_id, import_id), change.c.kind == kind, change.c.subject_id == func.any(list(subjects))
        )
    )


async def keep_changes(
    session: AsyncSession, tenant_id: UUID, import_id: UUID, kind: str, subjects: Sequence[UUID], reason: str
) -> None:
    if not subjects:
        return
    await session.execute(
        update(change)
        .where(*_of(tenant_id, import_id), change.c.kind == kind, change.c.subject_id == func.any(list(subjects)))
        .values(kept=reason)
    )


async def count_changes(session: AsyncSession, tenant_id: UUID, import_id: UUID) -> int:
    found = select(func.count()).select_from(change).where(*_of(tenant_id, import_id), change.c.kept.is_(None))
    return int((await session.execute(found)).scalar_one())


async def get_later_import(session: AsyncSession, tenant_id: UUID, import_id: UUID) -> str | None:
    """The name of a later import, not undone, that changed some of the same customers or conversations."""
    mine, theirs = change.alias("mine"), change.alias("theirs")
    this, other = run.alias("this"), run.alias("other")
    statement = (
        select(other.c.file_name)
        .select_from(this)
        .join(
            other,
            and_(
                other.c.tenant_id == tenant_id,
                tuple_(other.c.created_at, other.c.id) > tuple_(this.c.created_at, this.c.id),
            ),
        )
        .where(
            this.c.tenant_id == tenant_id,
            this.c.id == import_id,
            exists()
            .where(
                mine.c.tenant_id == tenant_id,
                mine.c.import_id == import_id,
                mine.c.kind != "event",
                mine.c.kept.is_(None),
            )
            .where(
                theirs.c.tenant_id == tenant_id,
                theirs.c.import_id == other.c.id,
                theirs.c.kind == mine.c.kind,
                theirs.c.subject_id == mine.c.subject_id,
                theirs.c.kept.is_(None),
            ),
        )
        .order_by(other.c.created_at.desc())
        .limit(1)
    )
    found: str | None = (await session.execute(statement)).scalar_one_or_none()
    return found


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _of(tenant_id: UUID, import_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return change.c.tenant_id == tenant_id, change.c.import_id == import_id

"""SQL that takes a person out of the tables, each as models.personal says."""

from collections.abc import Iterable
from datetime import datetime
from secrets import token_bytes
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Table, Text, cast, delete, func, literal, null, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.events.erased import fingerprint
from api.privacy.contracts import Person
from api.privacy.place_repository import table_of, where
from api.privacy.words import Words
from models import DeadLetter, Erased, ErasureSalt, ImportRun, OutboxMessage
from models.base import table
from models.personal import FRESH, Fate, Place

SALT_BYTES: Final = 32

salt = table(ErasureSalt)
erased = table(Erased)
outbox = table(OutboxMessage)
dead_letter = table(DeadLetter)
import_run = table(ImportRun)


async def insert_erased(session: AsyncSession, tenant_id: UUID, person: Person, now: datetime) -> bytes:
    """From now on ingest refuses them. Gives the person's own fingerprint."""
    await session.execute(
        insert(salt).values(tenant_id=tenant_id, salt=token_bytes(SALT_BYTES)).on_conflict_do_nothing()
    )
    own = (await session.execute(select(salt.c.salt).where(salt.c.tenant_id == tenant_id))).scalar_one()
    theirs = fingerprint(own, "customer", person.external_id)
    prints = {theirs, *(fingerprint(own, "conversation", talk.source, talk.external_id) for talk in person.talks)}
    rows = [{"tenant_id": tenant_id, "fingerprint": one, "erased_at": now} for one in prints]
    await session.execute(insert(erased).values(rows).on_conflict_do_nothing())
    return theirs


async def erase(session: AsyncSession, tenant_id: UUID, name: str, place: Place, person: Person, words: Words) -> int:
    """How many rows held something of theirs."""
    mine = where(name, place, tenant_id, person, words)
    source = table_of(name)
    if source is outbox:
        return await _take_out(session, outbox, mine, person)
    if source is import_run:
        return await _blank_samples(session, tenant_id, mine, words)
    if source is dead_letter:
        messages = await _take_out(session, dead_letter, (mine) & (dead_letter.c.kind == "message"), person)
        return messages + await _count(session, delete(source).where(mine, dead_letter.c.kind == "event"))
    if place.fate is Fate.DELETED:
        return await _count(session, delete(source).where(mine))
    if place.fate is Fate.BLANKED:
        values = {column: _blank(source, column, value) for column, value in place.blank.items()}
        return await _count(session, update(source).where(mine).values(values))
    return int((await session.execute(select(func.count()).select_from(source).where(mine))).scalar_one())


def _blank(source: Table, column: str, value: object) -> Any:
    if value is FRESH:
        return func.concat("erased:", cast(source.c.id, Text))
    if value is None:
        return null()
    return cast(value, JSONB) if isinstance(source.c[column].type, JSONB) else literal(value, source.c[column].type)


async def _count(session: AsyncSession, statement: Any) -> int:
    found: Any = await session.execute(statement)
    return int(found.rowcount)


async def _take_out(session: AsyncSession, source: Table, mine: ColumnElement[bool], person: Person) -> int:
    """Messages are of several customers: this one's part goes."""
    entry = func.jsonb_array_elements(source.c.payload["customers"]).table_valued("value", name="entry")
    value = cast(entry.c.value, JSONB)
    others = (
        select(func.coalesce(func.jsonb_agg(value), cast([], JSONB)))
        .select_from(entry)
        .where(value[0].astext != person.id.hex)
        .scalar_subquery()
    )
    payload = func.jsonb_set(source.c.payload, ["customers"], others)
    return await _count(
        session, update(source).where(mine, source.c.payload.has_key("customers")).values(payload=payload)
    )


async def _blank_samples(session: AsyncSession, tenant_id: UUID, mine: ColumnElement[bool], words: Words) -> int:
    """The first rows of a file that people chose its columns by."""
    rows = await session.execute(select(import_run.c.id, import_run.c.preview).where(mine).with_for_update())
    found = rows.all()
    for identity, preview in found:
        samples = [[None] * len(row) if _is_of(row, words) else row for row in preview.get("samples", ())]
        await session.execute(
            update(import_run)
            .where(import_run.c.tenant_id == tenant_id, import_run.c.id == identity)
            .values(preview={**preview, "samples": samples})
        )
    return len(found)


def _is_of(row: Iterable[object], words: Words) -> bool:
    texts = [str(cell) for cell in row]
    return any(text in words.whole for text in texts) or (
        words.email is not None and any(words.email in text.lower() for text in texts)
    )

"""Replaying and discarding dead letters: each call is one transaction with one audit entry."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.dead_letters import repository
from api.dead_letters.contracts import DeadLetterRecord, Kind, Outcome, Replayed, Settled, State
from api.dead_letters.keeping import is_replayable
from api.errors import BadInputError
from api.events import payloads
from api.events.contracts import Verdict, VerdictStatus
from api.events.ingest_repository import lock_ingest
from api.events.service import Ingest
from api.streams import outbox
from api.streams.topics import Topic
from models.database import Database

MAXIMUM_IDS: Final = 100


class DeadLetters:
    def __init__(self, database: Database, ingest: Ingest, now: Callable[[], datetime]) -> None:
        self._database = database
        self._ingest = ingest
        self._now = now

    async def replay(self, tenant_id: UUID, ids: Sequence[UUID], *, actor: str) -> Settled:
        """An event goes through ingest once more: if it is refused again, it goes on waiting. A message is put back
        into the outbox under its own id, so that it has its effect once even if it had it after all."""
        _check(ids)
        now = self._now()
        async with self._database.turn(tenant_id), self._database.unit_of_work(tenant_id) as session:
            waiting, missing, closed = await self._take(session, tenant_id, ids)
            events = [found for found in waiting if found.kind == Kind.EVENT and is_replayable(found.payload)]
            verdicts = await self._ingest.ingest_within(
                session, tenant_id, [payloads.from_json(found.payload) for found in events]
            )
            replayed = {found.id: _of_verdict(found, verdict) for found, verdict in zip(events, verdicts, strict=True)}
            for found in waiting:
                if found.kind == Kind.MESSAGE:
                    await self._requeue(session, tenant_id, found, now)
                    replayed[found.id] = Replayed(found.id, Outcome.REQUEUED)
                elif found.id not in replayed:
                    replayed[found.id] = _still_refused(found)
            done = [key for key, result in replayed.items() if result.outcome is not Outcome.REJECTED]
            await repository.settle(session, tenant_id, done, State.REPLAYED, now)
            counts = Counter(result.outcome.value for result in replayed.values())
            await insert_entry(
                session, tenant_id, at=now, actor=actor, action="dead_letters.replay", details=dict(counts)
            )
        self._ingest.committed(tenant_id, verdicts)
        return Settled(tuple(replayed[found.id] for found in waiting), (), missing, closed)

    async def discard(self, tenant_id: UUID, ids: Sequence[UUID], *, actor: str) -> Settled:
        _check(ids)
        now = self._now()
        async with self._database.turn(tenant_id), self._database.unit_of_work(tenant_id) as session:
            waiting, missing, closed = await self._take(session, tenant_id, ids)
            discarded = tuple(found.id for found in waiting)
            await repository.settle(session, tenant_id, discarded, State.DISCARDED, now)
            details = {"DISCARDED": len(discarded)}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="dead_letters.discard", details=details)
        return Settled((), discarded, missing, closed)

    async def _take(
        self, session: AsyncSession, tenant_id: UUID, ids: Sequence[UUID]
    ) -> tuple[list[DeadLetterRecord], tuple[UUID, ...], tuple[UUID, ...]]:
        """Those that wait; then the ids of none; then those that are settled. Ingest locks in the same order."""
        await lock_ingest(session, tenant_id)
        found = {record.id: record for record in await repository.take(session, tenant_id, ids)}
        waiting = [record for record in found.values() if record.state == State.WAITING]
        closed = tuple(key for key, record in found.items() if record.state != State.WAITING)
        return waiting, tuple(key for key in dict.fromkeys(ids) if key not in found), closed

    async def _requeue(self, session: AsyncSession, tenant_id: UUID, found: DeadLetterRecord, now: datetime) -> None:
        await outbox.insert_again(session, tenant_id, UUID(found.reference), Topic(found.origin), found.payload, now)


def _check(ids: Sequence[UUID]) -> None:
    if not 1 <= len(ids) <= MAXIMUM_IDS:
        raise BadInputError(f"Give 1 to {MAXIMUM_IDS} ids, not {len(ids)}.", path=("ids",))


def _of_verdict(found: DeadLetterRecord, verdict: Verdict) -> Replayed:
    if verdict.status is VerdictStatus.REJECTED:
        return Replayed(found.id, Outcome.REJECTED, verdict.code, verdict.path, verdict.message)
    return Replayed(found.id, Outcome(verdict.status.value))


def _still_refused(found: DeadLetterRecord) -> Replayed:
    text = f"Only its text is kept, so it cannot be sent again. It was rejected because: {found.message}"
    return Replayed(found.id, Outcome.REJECTED, found.code, tuple(found.path), text)

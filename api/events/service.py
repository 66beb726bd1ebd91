"""Ingest: one batch is one transaction of events, business records, the outbox message and one audit entry."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.events import ingest_repository as repository
from api.events import writing
from api.events.contracts import IncomingEvent, Verdict, VerdictStatus
from api.events.validation import Prepared, prepare, reject
from api.metrics.contracts import MetricsChanged
from api.streams.outbox import insert_message
from api.tenants.repository import get_tenant, update_replay
from models.database import Database

MAXIMUM_BATCH: Final = 500
"""What the API takes at once; the demo's seed, which is trusted, sends more."""


class Ingest:
    def __init__(self, database: Database, wake_relay: Callable[[UUID], None], now: Callable[[], datetime]) -> None:
        self._database = database
        self._wake_relay = wake_relay
        self._now = now

    async def ingest(
        self, tenant_id: UUID, events: Sequence[IncomingEvent], *, actor: str, replay_to: datetime | None = None
    ) -> list[Verdict]:
        """A verdict for each event, in their order. What is ACCEPTED is committed when this returns.

        `replay_to` moves a demo tenant's clock in the same transaction.
        """
        async with self._database.turn(tenant_id), self._database.unit_of_work(tenant_id) as session:
            verdicts = await self._ingest(session, tenant_id, events, actor, replay_to)
        self._wake_relay(tenant_id)
        return verdicts

    async def ingest_within(
        self, session: AsyncSession, tenant_id: UUID, events: Sequence[IncomingEvent], *, actor: str
    ) -> list[Verdict]:
        """The same in the caller's transaction; the caller has the tenant's turn, and wakes the relay afterwards."""
        return await self._ingest(session, tenant_id, events, actor, None)

    def wake(self, tenant_id: UUID) -> None:
        self._wake_relay(tenant_id)

    async def _ingest(
        self,
        session: AsyncSession,
        tenant_id: UUID,
        events: Sequence[IncomingEvent],
        actor: str,
        replay_to: datetime | None,
    ) -> list[Verdict]:
        real_now = self._now()
        tenant = await get_tenant(session, tenant_id)
        await repository.lock_ingest(session, tenant_id)
        if replay_to is not None:
            await update_replay(session, tenant_id, replay_to)
        now = replay_to or tenant.now(real_now)
        decided = [prepare(index, event, currency=tenant.currency, now=now) for index, event in enumerate(events)]
        verdicts = {item.index: item for item in decided if isinstance(item, Verdict)}
        fresh, repeats = await self._without_duplicates(session, tenant_id, decided, verdicts)
        changes = await writing.write(session, tenant_id, fresh, verdicts, received_at=real_now)
        if changes:
            await insert_message(session, tenant_id, MetricsChanged(tuple(changes)), real_now)
        for index, first in repeats.items():
            verdicts[index] = _repeated(index, events[index], verdicts[first])
        answer = [verdicts[index] for index in range(len(events))]
        if answer:
            counts = Counter(verdict.status.value for verdict in answer)
            await insert_entry(
                session, tenant_id, at=real_now, actor=actor, action="events.ingest", details=dict(counts)
            )
        return answer

    async def _without_duplicates(
        self,
        session: AsyncSession,
        tenant_id: UUID,
        decided: Sequence[Prepared | Verdict],
        verdicts: dict[int, Verdict],
    ) -> tuple[list[Prepared], dict[int, int]]:
        """The events that are new, and for each that repeats an id of its own batch, the index it stood at first."""
        prepared = [item for item in decided if isinstance(item, Prepared)]
        keys = [(item.event.source, item.event.message_id) for item in prepared]
        known = await repository.list_known_messages(session, tenant_id, keys)
        first: dict[repository.Key, int] = {}
        repeats: dict[int, int] = {}
        fresh: list[Prepared] = []
        for item, key in zip(prepared, keys, strict=True):
            if key in known:
                verdicts[item.index] = Verdict(item.index, item.event.message_id, VerdictStatus.DUPLICATE)
            elif key in first:
                repeats[item.index] = first[key]
            else:
                first[key] = item.index
                fresh.append(item)
        return fresh, repeats


def _repeated(index: int, event: IncomingEvent, first: Verdict) -> Verdict:
    if first.status is VerdictStatus.ACCEPTED:
        return Verdict(index, event.message_id, VerdictStatus.DUPLICATE)
    text = "Another event of this batch has this id and was rejected; send this one again."
    return reject(index, event, "REPEATED_IN_BATCH", ("messageId",), text)

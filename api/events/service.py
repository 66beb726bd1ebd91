"""Ingest: one batch is one transaction of events, business records, the outbox message and one audit entry."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.dead_letters import repository as dead_letters
from api.dead_letters.keeping import key_of, rejected_event
from api.events import ingest_repository as repository
from api.events import writing
from api.events.contracts import SentEvent, Verdict, VerdictStatus
from api.events.erased import SUBJECT_ERASED, fingerprints, refuse
from api.events.policy import POLICIES
from api.events.rules import Policy
from api.events.validation import Prepared, prepare, reject
from api.streams.outbox import insert_messages
from api.telemetry import INGEST_EVENTS
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
        self, tenant_id: UUID, events: Sequence[SentEvent], *, actor: str, replay_to: datetime | None = None
    ) -> list[Verdict]:
        """A verdict for each event, in their order. What is ACCEPTED is committed when this returns.

        `replay_to` moves a demo tenant's clock in the same transaction.
        """
        async with self._database.turn(tenant_id), self._database.unit_of_work(tenant_id) as session:
            verdicts = await self.ingest_within(session, tenant_id, events, replay_to=replay_to)
            if verdicts:
                counts = Counter(verdict.status.value for verdict in verdicts)
                at, details = self._now(), dict(counts)
                await insert_entry(session, tenant_id, at=at, actor=actor, action="events.ingest", details=details)
        self.committed(tenant_id, verdicts)
        return verdicts

    def committed(self, tenant_id: UUID, verdicts: Sequence[Verdict]) -> None:
        """To be called after the commit of what `ingest_within` did."""
        for status, count in Counter(verdict.status.value for verdict in verdicts).items():
            INGEST_EVENTS.labels(status).inc(count)
        self._wake_relay(tenant_id)

    async def ingest_within(
        self,
        session: AsyncSession,
        tenant_id: UUID,
        events: Sequence[SentEvent],
        *,
        replay_to: datetime | None = None,
        keep_rejected: bool = True,
    ) -> list[Verdict]:
        """In the caller's transaction, whose one audit entry is the caller's too. The caller has taken its turn, and
        says `keep_rejected=False` when it keeps what is rejected itself."""
        real_now = self._now()
        await repository.lock_ingest(session, tenant_id)
        tenant = await get_tenant(session, tenant_id)
        policy = await POLICIES.load(session, tenant_id)
        if replay_to is not None:
            await update_replay(session, tenant_id, replay_to)
        now = replay_to or tenant.now(real_now)
        forgotten = await erased_among(session, tenant_id, policy, events)
        decided = [
            refuse(index, event)
            if index in forgotten
            else prepare(index, event, currency=tenant.currency, now=now, policy=policy)
            for index, event in enumerate(events)
        ]
        verdicts = {item.index: item for item in decided if isinstance(item, Verdict)}
        fresh, repeats = await self._without_duplicates(session, tenant_id, decided, verdicts)
        messages = await writing.write(session, tenant_id, fresh, verdicts, received_at=real_now)
        await insert_messages(session, tenant_id, messages, real_now)
        for index, first in repeats.items():
            verdicts[index] = _repeated(index, events[index], verdicts[first])
        answer = [verdicts[index] for index in range(len(events))]
        if keep_rejected:
            await _keep_rejected(session, tenant_id, events, answer, moment=now, now=real_now)
        if policy.has_waiting:
            accepted = [key_of(events[verdict.index]) for verdict in answer if _is_in(verdict)]
            await dead_letters.settle_accepted(session, tenant_id, accepted, real_now)
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


async def erased_among(session: AsyncSession, tenant_id: UUID, policy: Policy, events: Sequence[SentEvent]) -> set[int]:
    """Where the events of erased people stand. Nothing is asked while nobody was erased."""
    if policy.salt is None:
        return set()
    of_each = [fingerprints(policy.salt, event) for event in events]
    found = await repository.list_erased(session, tenant_id, set().union(*of_each))
    return {index for index, own in enumerate(of_each) if own & found}


async def _keep_rejected(
    session: AsyncSession,
    tenant_id: UUID,
    events: Sequence[SentEvent],
    verdicts: Sequence[Verdict],
    *,
    moment: datetime,
    now: datetime,
) -> None:
    """But not what another event of the batch has brought in under the same id: its replay could only be a duplicate.

    `moment` is when an event happened that does not say when.
    """
    rejected = [
        (events[verdict.index], verdict)
        for verdict in verdicts
        if verdict.status is VerdictStatus.REJECTED and verdict.code != SUBJECT_ERASED
    ]
    if rejected:
        taken_in = {key_of(events[verdict.index]) for verdict in verdicts if _is_in(verdict)}
        kept = [rejected_event(event, why, moment) for event, why in rejected if key_of(event) not in taken_in]
        await dead_letters.upsert_rejected(session, tenant_id, kept, now)


def _is_in(verdict: Verdict) -> bool:
    return verdict.status is not VerdictStatus.REJECTED


def _repeated(index: int, event: SentEvent, first: Verdict) -> Verdict:
    if first.status is VerdictStatus.ACCEPTED:
        return Verdict(index, event.message_id, VerdictStatus.DUPLICATE)
    text = "Another event of this batch has this id and was rejected; send this one again."
    return reject(index, event, "REPEATED_IN_BATCH", ("messageId",), text)

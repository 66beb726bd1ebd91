"""Undoing an import, as a job: the journal backwards, in batches of one transaction each."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.errors import CipError, ConflictError, NotFoundError
from api.events import ingest_repository
from api.events.messages import Accepted, messages_of
from api.events.service import Ingest
from api.imports import journal_repository as journal
from api.imports import repository
from api.imports import undo_repository as undone
from api.imports.applying import CONVERSATION_EVENTS
from api.imports.contracts import ImportRecord, State
from api.imports.undo_repository import DeletedOrder, ImportedEvent
from api.jobs.contracts import FencedError, JobCancelledError, JobRun
from api.metrics.contracts import Change, MetricsChanged
from api.streams.outbox import insert_messages
from models.database import Database, is_unreachable

BATCH: Final = 500
ORDER_EVENTS: Final = ("order_completed", "order_cancelled")
NEVER_CLOSED: Final = {"closed_at": None, "rating": None, "rated_at": None}
SPOKEN_IN: Final = "Something was said in it that this import did not bring."
HEARD_OF: Final = "There are events, orders or conversations of this customer that this import did not bring."
UNEXPECTED: Final = "Something went wrong on our side; what is undone so far stays undone."


class UndoWork:
    def __init__(self, database: Database, ingest: Ingest, now: Callable[[], datetime]) -> None:
        self._database = database
        self._ingest = ingest
        self._now = now

    async def run(self, job: JobRun) -> None:
        """Raises what stopped it. Whatever is undone by then stays so, and the rest can be undone later."""
        try:
            await self._run(job)
        except JobCancelledError:
            await self._stop(job, None)
            raise
        except CipError as error:
            await self._stop(job, error.message)
        except FencedError:
            raise
        except Exception as error:
            if not is_unreachable(error):
                await self._stop(job, UNEXPECTED)
            raise

    async def _run(self, job: JobRun) -> None:
        async with self._database.unit_of_work(job.tenant_id) as session:
            await job.hold(session)
            record = await repository.get_run(session, job.tenant_id, job.subject_id)
            if record is None:
                raise NotFoundError("This import is gone.")
            if record.job_id != job.job_id:
                raise ConflictError("Another job works on this import.")
            await repository.update_run(session, job.tenant_id, record.id, state=State.UNDOING.value, fault=None)
            total = await journal.count_changes(session, job.tenant_id, record.id)
        done = 0
        for undo in (self._undo_events, self._undo_conversations, self._undo_customers):
            while count := await self._batch(job, undo):
                done += count
                await job.report(done, max(total, done))
        await self._finish(job, record)

    async def _batch(self, job: JobRun, undo: Callable[[AsyncSession, UUID, UUID], Any]) -> int:
        async with self._database.turn(job.tenant_id), self._database.unit_of_work(job.tenant_id) as session:
            await job.hold(session)
            await ingest_repository.lock_ingest(session, job.tenant_id)
            count, report = await undo(session, job.tenant_id, job.subject_id)
            record = await repository.get_run(session, job.tenant_id, job.subject_id)
            assert record is not None
            facts: Counter[str] = Counter(record.report)
            facts.update({f"undone_{name}": value for name, value in report.items() if value})
            await repository.update_run(session, job.tenant_id, job.subject_id, report=dict(facts))
        self._ingest.committed(job.tenant_id, ())
        return int(count)

    async def _undo_events(self, session: AsyncSession, tenant_id: UUID, import_id: UUID) -> tuple[int, dict[str, int]]:
        journaled = [one for one, _, _ in await journal.list_changes(session, tenant_id, import_id, "event", BATCH)]
        events = await undone.list_events(session, tenant_id, journaled)
        talks = await journal.map_conversation_states(session, tenant_id, sorted(_conversations(events)))
        said = [(*_key(one, "conversationId"), _text(one, "messageId")) for one in _named(events, "message_sent")]
        await undone.delete_messages(session, tenant_id, said)
        opened = {one.id: _key(one, "conversationId") for one in _named(events, "conversation_opened")}
        spoken = await undone.map_spoken_conversations(session, tenant_id, sorted(set(opened.values())))
        kept = [identity for identity, key in opened.items() if key in spoken]
        gone = await undone.delete_conversations(
            session, tenant_id, sorted(key for key in opened.values() if key not in spoken)
        )
        await journal.forget_changes(session, tenant_id, import_id, "conversation", gone)
        await journal.keep_changes(session, tenant_id, import_id, "event", kept, SPOKEN_IN)
        events = [event for event in events if event.id not in set(kept)]
        ordered = [_key(one, "orderId") for one in _named(events, *ORDER_EVENTS)]
        ordered = [_key(one, "orderId") for one in _named(events, *ORDER_EVENTS)]
        orders = await undone.delete_orders(session, tenant_id, ordered)
        ids = [event.id for event in events]
        await undone.delete_events(session, tenant_id, ids)
        await undone.update_totals(session, tenant_id, sorted({e.customer_id for e in events if e.customer_id}))
        settled = [identity for identity in journaled if identity not in set(kept)]
        await journal.forget_changes(session, tenant_id, import_id, "event", settled)
        changes = negative_changes(events, orders)
        messages = messages_of([_gone(one, talks) for one in events])
        await insert_messages(session, tenant_id, [MetricsChanged(tuple(changes)), *messages], self._now())
        return len(journaled), {
            "events": len(ids),
            "orders": len(orders),
            "conversations": len(gone),
            "conversations_kept": len(kept),
        }

    async def _undo_conversations(
        self, session: AsyncSession, tenant_id: UUID, import_id: UUID
    ) -> tuple[int, dict[str, int]]:
        """Those that the import closed and did not open, and those that had to stay."""
        changes = await journal.list_changes(session, tenant_id, import_id, "conversation", BATCH)
        for identity, before, after in changes:
            assert after is not None
            await undone.update_conversation(session, tenant_id, identity, after, before or NEVER_CLOSED)
        ids = [identity for identity, _, _ in changes]
        await journal.forget_changes(session, tenant_id, import_id, "conversation", ids)
        return len(changes), {}

    async def _undo_customers(
        self, session: AsyncSession, tenant_id: UUID, import_id: UUID
    ) -> tuple[int, dict[str, int]]:
        changes = await journal.list_changes(session, tenant_id, import_id, "customer", BATCH)
        ids = [identity for identity, _, _ in changes]
        now = await undone.map_customers(session, tenant_id, ids)
        first_seen = await undone.map_first_seen(session, tenant_id, ids)
        created = [identity for identity, before, _ in changes if before is None and identity in now]
        gone = [identity for identity in created if identity not in first_seen]
        kept = [identity for identity in created if identity in first_seen]
        restored = 0
        for identity, before, after in changes:
            if identity not in now or identity in set(gone):
                continue
            assert after is not None
            wanted = put_back(now[identity], before, after, first_seen.get(identity))
            if wanted != now[identity]:
                restored += 1
                await undone.update_customer(session, tenant_id, identity, wanted)
        await undone.delete_customers(session, tenant_id, gone)
        await journal.keep_changes(session, tenant_id, import_id, "customer", kept, HEARD_OF)
        settled = [identity for identity in ids if identity not in set(kept)]
        await journal.forget_changes(session, tenant_id, import_id, "customer", settled)
        return len(changes), {
            "customers": len(gone),
            "customers_restored": restored,
            "customers_kept": len(kept),
        }

    async def _finish(self, job: JobRun, record: ImportRecord) -> None:
        async with self._database.unit_of_work(job.tenant_id) as session:
            await job.hold(session)
            values = {"state": State.UNDONE.value, "undone_at": self._now()}
            await repository.update_run(session, job.tenant_id, job.subject_id, **values)
            details: dict[str, object] = {"import": str(record.id), "state": State.UNDONE.value}
            await insert_entry(
                session, job.tenant_id, at=self._now(), actor=record.created_by, action="import.end", details=details
            )

    async def _stop(self, job: JobRun, fault: str | None) -> None:
        """As before it was asked for, so that it can be asked for again."""
        async with self._database.unit_of_work(job.tenant_id) as session:
            record = await repository.get_run(session, job.tenant_id, job.subject_id)
            if record is not None and record.job_id == job.job_id:
                await repository.update_run(session, job.tenant_id, record.id, state=State.IMPORTED.value, fault=fault)


def _named(events: Sequence[ImportedEvent], *names: str) -> list[ImportedEvent]:
    return [event for event in events if event.name in names]


def _text(event: ImportedEvent, name: str) -> str:
    return str(event.properties.get(name))


def _key(event: ImportedEvent, name: str) -> tuple[str, str]:
    """What the event's record is known by."""
    return event.source, _text(event, name)


def _conversations(events: Sequence[ImportedEvent]) -> set[tuple[str, str]]:
    return {_key(event, "conversationId") for event in _named(events, *CONVERSATION_EVENTS)}


def _gone(event: ImportedEvent, talks: Mapping[tuple[str, str], tuple[UUID, object]]) -> Accepted:
    """Whom a taken back event was about: the consumers work out anew what is left of them."""
    talk = talks.get(_key(event, "conversationId")) if event.name in CONVERSATION_EVENTS else None
    is_order = event.name in ORDER_EVENTS
    return Accepted(event.occurred_at, event.customer_id, None if talk is None else talk[0], is_order)


def negative_changes(events: Sequence[ImportedEvent], orders: Sequence[DeletedOrder]) -> list[Change]:
    """What the events added to the additive metrics, taken away again."""
    totals = {(order.source, order.external_id): order.total for order in orders}
    amounts: dict[tuple[str, datetime], int] = defaultdict(int)
    for event in events:
        minute = event.occurred_at.replace(second=0, microsecond=0).astimezone(UTC)
        amounts["events", minute] -= 1
        if event.name in ORDER_EVENTS:
            amounts["revenue", minute] -= totals.get(_key(event, "orderId"), 0)
            amounts["orders", minute] -= event.name == "order_completed"
        elif event.name == "conversation_opened":
            amounts["conversations", minute] -= 1
    return [Change(metric, minute, amount) for (metric, minute), amount in amounts.items() if amount]


def put_back(
    now: dict[str, Any], before: dict[str, Any] | None, after: dict[str, Any], first_seen: datetime | None
) -> dict[str, Any]:
    """Each trait as it was, unless somebody has changed it since. First seen is the earliest of what is left and what
    was known before; a customer that stays although the import made it keeps its traits."""
    wanted = dict(now)
    if before is not None:
        for name in ("name", "email", "country"):
            if now[name] == after[name]:
                wanted[name] = before[name]
    known = [datetime.fromisoformat(before["first_seen_at"])] if before is not None else []
    moments = [*known, *([first_seen] if first_seen is not None else [])]
    if moments:
        wanted["first_seen_at"] = min(moments).astimezone(UTC).isoformat()
    return wanted

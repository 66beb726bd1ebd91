"""Writes the records of one batch in the transaction it is given, and journals what it created or changed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.events import customers, ingest_repository
from api.events.contracts import IncomingEvent, Verdict, VerdictStatus
from api.events.erased import refuse
from api.events.ingest_repository import KnownCustomer
from api.events.policy import POLICIES
from api.events.rules import Policy
from api.events.service import Ingest, erased_among
from api.events.validation import prepare
from api.imports import journal_repository as journal
from api.imports.contracts import Kind, RowFault
from api.imports.mapping import Binding
from api.imports.outcome import CREATED, SKIPPED, UPDATED, Outcome, begin, faults_of, note_verdict
from api.imports.records.record import Built, Person, Step
from api.tenants.contracts import TenantRecord

Known = dict[str, KnownCustomer]
CONVERSATION_EVENTS: Final = frozenset({"conversation_opened", "message_sent", "conversation_closed"})


@dataclass(frozen=True, slots=True)
class Applying:
    """One batch of one import. `now` is the real clock's, as for ingest."""

    session: AsyncSession
    ingest: Ingest
    tenant: TenantRecord
    import_id: UUID
    binding: Binding
    actor: str
    now: datetime

    async def apply(self, units: Sequence[Built]) -> Outcome:
        await ingest_repository.lock_ingest(self.session, self.tenant.tenant_id)
        policy = await POLICIES.load(self.session, self.tenant.tenant_id)
        outcome = begin(units)
        if self.binding.kind is Kind.CUSTOMERS:
            await self._write_customers([person for unit in units for person in unit.people], outcome, policy)
            return outcome
        steps = [step for unit in units for step in unit.steps]
        if self.binding.kind is Kind.CONVERSATIONS:
            steps = await self._of_conversations(units, outcome, policy)
        await self._write_events(steps, outcome)
        return outcome

    async def _write_customers(self, people: Sequence[Person], outcome: Outcome, policy: Policy) -> None:
        tenant_now = self.tenant.now(self.now)
        valid = []
        events = [IncomingEvent("row", "customer", occurred_at=one.at, customer=one.ref) for one in people]
        forgotten = await erased_among(self.session, self.tenant.tenant_id, policy, events)
        for index, (person, event) in enumerate(zip(people, events, strict=True)):
            decided: object = refuse(0, event) if index in forgotten else self._prepared(event, tenant_now, policy)
            if isinstance(decided, Verdict):
                outcome.refuse(faults_of(self.binding, Step(event, (person.row,)), decided))
            else:
                valid.append(person)
        known = await self._customers({person.ref.external_id for person in valid})
        state = dict(known)
        results: dict[int, str] = {}
        for person in valid:
            before = state.get(person.ref.external_id)
            at = person.at or (before.first_seen_at if before else tenant_now)
            after = customers.merged(before, person.ref, at)
            results[person.row] = CREATED if before is None else UPDATED if before != after else SKIPPED
            state[person.ref.external_id] = after
        for person in valid:
            key = person.ref.external_id
            # Rows that change a customer and back again change nothing.
            outcome.note([person.row], SKIPPED if known.get(key) == state[key] else results[person.row])
        await customers.write(self.session, self.tenant.tenant_id, known, state)
        await self._note_customers(known, state)
        counts = outcome.counts()
        await self._note("customers.import", {"created": counts.created, "updated": counts.updated})

    async def _note(self, action: str, details: Mapping[str, object]) -> None:
        named = {"import": str(self.import_id), **details}
        tenant_id = self.tenant.tenant_id
        await insert_entry(self.session, tenant_id, at=self.now, actor=self.actor, action=action, details=named)

    async def _of_conversations(self, units: Sequence[Built], outcome: Outcome, policy: Policy) -> list[Step]:
        """A known conversation is not opened again; one with anything invalid is refused as a whole."""
        tenant_now = self.tenant.now(self.now)
        keys = [(self.binding.source, unit.key) for unit in units]
        known = await journal.map_conversation_states(self.session, self.tenant.tenant_id, keys)
        steps: list[Step] = []
        for unit in units:
            rejected = self._first_rejected(unit.steps, tenant_now, policy)
            if rejected is not None:
                step, verdict = rejected
                first, *_ = faults_of(self.binding, step, verdict)
                text = f"Row {first.number} of the same record was refused."
                rows = {row for one in unit.steps for row in one.rows} - {first.number}
                outcome.refuse([first, *(RowFault(row, "REFUSED_WITH_RECORD", text) for row in sorted(rows))])
                continue
            opened = (self.binding.source, unit.key) in known
            steps += [step for step in unit.steps if not (opened and step.event.name == "conversation_opened")]
        return steps

    def _first_rejected(self, steps: Sequence[Step], now: datetime, policy: Policy) -> tuple[Step, Verdict] | None:
        for step in steps:
            decided = self._prepared(step.event, now, policy)
            if isinstance(decided, Verdict):
                return step, decided
        return None

    def _prepared(self, event: IncomingEvent, now: datetime, policy: Policy) -> object:
        return prepare(0, event, currency=self.tenant.currency, now=now, policy=policy)

    async def _write_events(self, steps: Sequence[Step], outcome: Outcome) -> None:
        if not steps:
            return
        tenant_id = self.tenant.tenant_id
        events = [step.event for step in steps]
        named = {event.customer.external_id for event in events if event.customer is not None}
        talks = sorted({key for event in events if (key := _conversation(event)) is not None})
        before = await self._customers(named)
        talks_before = await journal.map_conversation_states(self.session, tenant_id, talks)
        verdicts = await self.ingest.ingest_within(self.session, tenant_id, events, keep_rejected=False)
        outcome.verdicts = verdicts
        await self._note("events.ingest", dict(Counter(verdict.status.value for verdict in verdicts)))
        for step, verdict in zip(steps, verdicts, strict=True):
            note_verdict(outcome, self.binding, step, verdict)
        accepted = [
            (event.source, event.message_id)
            for event, verdict in zip(events, verdicts, strict=True)
            if verdict.status is VerdictStatus.ACCEPTED
        ]
        await journal.note_events(self.session, tenant_id, self.import_id, accepted)
        await self._note_customers(before, await self._customers(named))
        talks_after = await journal.map_conversation_states(self.session, tenant_id, talks)
        changes = {
            identity: (talks_before[key][1] if key in talks_before else None, after)
            for key, (identity, after) in talks_after.items()
            if talks_before.get(key) != (identity, after)
        }
        await journal.note_changes(self.session, tenant_id, self.import_id, "conversation", changes)

    async def _customers(self, external_ids: set[str]) -> Known:
        if not external_ids:
            return {}
        return await ingest_repository.map_customers(self.session, self.tenant.tenant_id, external_ids)

    async def _note_customers(self, before: Known, after: Known) -> None:
        changes: dict[UUID, tuple[dict[str, Any] | None, dict[str, Any]]] = {
            customer.id: (traits(before[key]) if key in before else None, traits(customer))
            for key, customer in after.items()
            if before.get(key) != customer
        }
        await journal.note_changes(self.session, self.tenant.tenant_id, self.import_id, "customer", changes)


def _conversation(event: IncomingEvent) -> tuple[str, str] | None:
    """Which one the event speaks of, as its source calls it."""
    key = event.properties.get("conversationId")
    return (event.source, key) if isinstance(key, str) and event.name in CONVERSATION_EVENTS else None


def traits(customer: KnownCustomer) -> dict[str, Any]:
    """What can be put back."""
    return {
        "name": customer.name,
        "email": customer.email,
        "country": customer.country,
        "first_seen_at": customer.first_seen_at.isoformat(),
    }

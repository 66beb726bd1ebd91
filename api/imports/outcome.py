"""What became of the rows of one batch. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from api.events.contracts import Verdict, VerdictStatus
from api.events.erased import MESSAGE, SUBJECT_ERASED
from api.imports.contracts import Counts, RowFault
from api.imports.fields import KEYS, TIMES
from api.imports.mapping import Binding
from api.imports.records.record import Built, Step

CREATED: Final = "created"
UPDATED: Final = "updated"
SKIPPED: Final = "skipped"
RANK: Final = {SKIPPED: 0, UPDATED: 1, CREATED: 2}
LINE_FIELDS: Final = {"sku": "sku", "description": "description", "quantity": "quantity", "unitAmount": "unit_price"}
PROPERTY_FIELDS: Final = {
    "orderId": "order_id",
    "currency": "currency",
    "conversationId": "conversation_id",
    "channel": "channel",
    "subject": "subject",
    "messageId": "message_id",
    "author": "author",
    "body": "body",
    "rating": "rating",
}
CUSTOMER_FIELDS: Final = {
    "externalId": "customer_id",
    "name": "customer_name",
    "email": "customer_email",
    "country": "customer_country",
}


@dataclass(slots=True)
class Outcome:
    """Each row has one result or one fault; a fault stands over any result."""

    results: dict[int, str] = field(default_factory=dict)
    faults: dict[int, RowFault] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)

    def note(self, rows: Sequence[int], result: str) -> None:
        for row in rows:
            if RANK[result] >= RANK[self.results.get(row, SKIPPED)]:
                self.results[row] = result

    def refuse(self, faults: Sequence[RowFault]) -> None:
        for fault in faults:
            self.faults.setdefault(fault.number, fault)

    def counts(self) -> Counts:
        found = dict.fromkeys(RANK, 0)
        for row, result in self.results.items():
            found[result] += row not in self.faults
        return Counts(found[CREATED], found[UPDATED], found[SKIPPED], len(self.faults))


def note_verdict(outcome: Outcome, binding: Binding, step: Step, verdict: Verdict) -> None:
    if verdict.status is VerdictStatus.REJECTED:
        outcome.refuse(faults_of(binding, step, verdict))
    elif verdict.status is VerdictStatus.DUPLICATE:
        outcome.note(step.rows, SKIPPED)
    else:
        outcome.note(step.rows, UPDATED if step.event.name == "conversation_closed" else CREATED)


def faults_of(binding: Binding, step: Step, verdict: Verdict) -> list[RowFault]:
    """The verdict at the row and the column that it speaks of; the record's other rows were refused with it."""
    if verdict.code == SUBJECT_ERASED:
        return [RowFault(row, SUBJECT_ERASED, MESSAGE) for row in step.rows]
    row, name = _place(binding, step, verdict.path or ())
    message = verdict.message or "This row was rejected."
    first = RowFault(row, verdict.code or "INVALID", message, binding.column_of(name) if name else None)
    others = f"Row {row} of the same record was refused."
    return [first, *(RowFault(other, "REFUSED_WITH_RECORD", others) for other in step.rows if other != row)]


def _place(binding: Binding, step: Step, path: tuple[str, ...]) -> tuple[int, str | None]:
    row = step.rows[0]
    match path:
        case ("properties", "lines", index, *rest) if index.isdigit() and int(index) < len(step.lines):
            return step.lines[int(index)], LINE_FIELDS.get(rest[0]) if rest else None
        case ("properties", name, *_):
            return row, PROPERTY_FIELDS.get(name)
        case ("customer", name):
            return row, CUSTOMER_FIELDS.get(name)
        case ("occurredAt",):
            return row, TIMES.get(binding.kind, "sent_at")
        case ("messageId",):
            return row, KEYS.get(binding.kind, "message_id")
        case ("name",):
            return row, "event_name"
    return row, None


def begin(units: Sequence[Built]) -> Outcome:
    """What is known before anything is written: rows that stand for nothing, and records that are refused."""
    outcome = Outcome()
    for unit in units:
        outcome.note(unit.skipped, SKIPPED)
        outcome.refuse(unit.faults)
        for step in unit.steps:
            outcome.note(step.rows, SKIPPED)
        outcome.note([person.row for person in unit.people], SKIPPED)
    return outcome

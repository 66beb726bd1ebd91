"""Rows of messages become conversations: an opening, what was said in the order of time, and a closing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from api.events.contracts import CustomerRef, IncomingEvent
from api.imports.contracts import RowFault, StagedRow
from api.imports.mapping import Binding
from api.imports.records.record import (
    Built,
    RefusedError,
    Step,
    check_length,
    customer_of,
    digest,
    read,
    read_moment,
    read_required,
    refused,
)
from api.imports.values import CellError, whole

AUTHORS: Final = {
    **dict.fromkeys(("customer", "client", "user", "visitor", "contact", "end-user", "buyer"), "customer"),
    **dict.fromkeys(("agent", "support", "admin", "operator", "staff", "employee", "bot", "assistant"), "agent"),
}


def build(binding: Binding, key: str, rows: Sequence[StagedRow]) -> Built:
    facts = {"rows": len(rows), "records": 1}
    try:
        for row in rows:
            check_length(binding, row)
        steps = _steps(binding, key, rows)
    except RefusedError as error:
        return refused(key, rows, error.fault, facts)
    said = sum(step.event.name == "message_sent" for step in steps)
    return Built(key, steps=tuple(steps), facts={**facts, "messages": said})


def _steps(binding: Binding, key: str, rows: Sequence[StagedRow]) -> list[Step]:
    customer = customer_of(binding, rows)
    said = sorted(
        (step for row in rows if (step := _message(binding, key, customer, row)) is not None),
        key=lambda step: (step.event.occurred_at, step.rows),
    )
    silent = tuple(row.number for row in rows if row.number not in {step.rows[0] for step in said})
    opened_at = _first(binding, rows, "opened_at") or next((step.event.occurred_at for step in said), None)
    if opened_at is None:
        column = binding.column_of("opened_at")
        text = "A conversation needs the time it was opened, or a message with a time."
        raise RefusedError(RowFault(rows[0].number, "MISSING_VALUE", text, column))

    def event(suffix: str, name: str, at: datetime, **properties: object) -> IncomingEvent:
        return IncomingEvent(
            f"{key}:{suffix}", name, binding.source, at, customer, {"conversationId": key, **properties}
        )

    channel = read_required(binding, rows[0], "channel", str)
    opened = event(
        "opened", "conversation_opened", opened_at, channel=channel, subject=binding.cell("subject", rows[0].cells)
    )
    steps = [Step(opened, silent or said[0].rows), *said]
    closed_at = _first(binding, rows, "closed_at")
    rating, rated_in = _rating(binding, rows)
    if closed_at is not None or rating is not None:
        latest = closed_at or (said[-1].event.occurred_at if said else opened_at) or opened_at
        given = {} if rating is None else {"rating": rating}
        suffix = f"closed:{digest(latest, rating)}"
        closing = rated_in or silent or said[-1].rows
        steps.append(Step(event(suffix, "conversation_closed", latest, **given), closing))
    return steps


def _message(binding: Binding, key: str, customer: CustomerRef | None, row: StagedRow) -> Step | None:
    """None for a row that holds no message."""
    body = binding.cell("body", row.cells)
    if not body:
        return None
    sent_at = read_moment(binding, row, "sent_at") or read_moment(binding, row, "opened_at")
    if sent_at is None:
        text = "A message needs the time it was sent."
        raise RefusedError(RowFault(row.number, "MISSING_VALUE", text, binding.column_of("sent_at")))
    author = read_required(binding, row, "author", _author)
    message_id = binding.cell("message_id", row.cells) or digest(key, sent_at, author, body)
    properties = {"conversationId": key, "messageId": message_id, "author": author, "body": body}
    name = f"{key}:{message_id}"
    return Step(IncomingEvent(name, "message_sent", binding.source, sent_at, customer, properties), (row.number,))


def _author(given: str) -> str:
    found = AUTHORS.get(given.lower())
    if found is None:
        raise CellError("UNKNOWN_AUTHOR", "The author is neither a customer nor an agent.")
    return found


def _first(binding: Binding, rows: Sequence[StagedRow], name: str) -> datetime | None:
    return next((found for row in rows if (found := read_moment(binding, row, name)) is not None), None)


def _rating(binding: Binding, rows: Sequence[StagedRow]) -> tuple[int | None, tuple[int, ...]]:
    """The first one, and the row it stands in."""
    for row in rows:
        rating = read(binding, row, "rating", whole)
        if rating is not None:
            return rating, (row.number,)
    return None, ()

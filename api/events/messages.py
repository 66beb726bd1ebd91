"""What the accepted events of one batch set in motion. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from api.streams.topics import ConversationsTouched, CustomersActive, CustomersBought, CustomersMoved, Payload

Span = tuple[UUID, datetime, datetime]


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted event, with the ids its customer and its conversation have here."""

    occurred_at: datetime
    customer_id: UUID | None
    conversation_id: UUID | None
    is_order: bool


def messages_of(accepted: Sequence[Accepted]) -> list[Payload]:
    """Each names whom it is about and the span of time, once; none is sent about nobody."""
    active = _spans(accepted)
    bought = _spans(item for item in accepted if item.is_order)
    touched = {item.conversation_id for item in accepted if item.conversation_id is not None}
    messages: list[Payload] = []
    if touched:
        messages.append(ConversationsTouched(tuple(sorted(touched))))
    if active:
        messages += [CustomersActive(active), CustomersMoved(active)]
    if bought:
        messages.append(CustomersBought(bought))
    return messages


def _spans(accepted: Iterable[Accepted]) -> tuple[Span, ...]:
    spans: dict[UUID, tuple[datetime, datetime]] = {}
    for item in accepted:
        if item.customer_id is not None:
            begin, end = spans.get(item.customer_id, (item.occurred_at, item.occurred_at))
            spans[item.customer_id] = min(begin, item.occurred_at), max(end, item.occurred_at)
    return tuple((key, begin, end) for key, (begin, end) in sorted(spans.items()))

"""What lists of customers can be narrowed down to. What can be filtered by is named here, once."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from api.customers.contracts import Act, Acted
from api.customers.figure_repository import FIGURES
from models import Conversation, ConversationResponse, Customer, Event, JourneySpell, SalesOrder
from models.base import sort_key, table
from models.conditions import Between, Compare
from models.filters import Filter, Filters, filters_of

customer = table(Customer)
event = table(Event)
order = table(SalesOrder)
conversation = table(Conversation)
response = table(ConversationResponse)
spell = table(JourneySpell)

PURCHASE: Final = "purchase"


def begins(tenant_id: UUID, compare: Compare) -> ColumnElement[bool]:
    """The beginning of a name or of an external id."""
    beginning = sort_key(str(compare.value))
    end = beginning + "\U0010ffff"
    return or_(
        and_(customer.c.name_key >= beginning, customer.c.name_key < end),
        and_(customer.c.external_key >= beginning, customer.c.external_key < end),
    )


def acted(tenant_id: UUID, compare: Compare) -> ColumnElement[bool]:
    assert isinstance(compare.value, Acted)
    return or_(*(_did(tenant_id, act, compare.value.at) for act in compare.value.acts))


def _did(tenant_id: UUID, act: Act, at: Between[datetime]) -> ColumnElement[bool]:
    """Each kind of act has an index by its customer, so this costs one look-up for each customer of the page."""
    facts, moment = _facts(tenant_id, act)
    low = [] if at.low is None else [moment >= at.low]
    high = [] if at.high is None else [moment < at.high]
    return exists(facts.where(*low, *high))


def _facts(tenant_id: UUID, act: Act) -> tuple[Select[Any], ColumnElement[Any]]:
    one = select(1).correlate(customer)
    match act:
        case Act.ORDER | Act.CANCELLATION:
            kind = order.c.kind == act.value.lower()
            whose = order.c.customer_id == customer.c.id
            return one.select_from(order).where(order.c.tenant_id == tenant_id, whose, kind), order.c.placed_at
        case Act.EVENT:
            whose = event.c.customer_id == customer.c.id
            return one.select_from(event).where(event.c.tenant_id == tenant_id, whose), event.c.occurred_at
        case Act.CONVERSION:
            whose = and_(spell.c.customer_id == customer.c.id, spell.c.stage == PURCHASE)
            return one.select_from(spell).where(spell.c.tenant_id == tenant_id, whose), spell.c.entered_at
        case Act.REPLY:
            answered = conversation.join(
                response,
                and_(response.c.tenant_id == conversation.c.tenant_id, response.c.conversation_id == conversation.c.id),
            )
            return one.select_from(answered).where(*_talks(tenant_id)), response.c.replied_at
        case Act.CONVERSATION:
            return one.select_from(conversation).where(*_talks(tenant_id)), conversation.c.opened_at
        case Act.RATING:
            return one.select_from(conversation).where(*_talks(tenant_id)), conversation.c.rated_at


def _talks(tenant_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return conversation.c.tenant_id == tenant_id, conversation.c.customer_id == customer.c.id


FILTERS: Final[Filters] = {
    **filters_of(
        "external_id", "email", "country", "first_seen_at", "total_spent", "order_count", "last_order_at",
        source=customer.c,
    ),
    "name": Filter(customer.c.name_key, sort_key),
    "search": begins,
    "acted": acted,
    **FIGURES,
}  # fmt: skip

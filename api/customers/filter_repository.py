"""A filter of customers as conditions. What can be filtered by is named here, once."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from api.customers import figure_repository as figures
from api.customers.contracts import Act, Between, CustomerFilter
from models import Conversation, ConversationResponse, Customer, Event, JourneySpell, SalesOrder
from models.base import sort_key, table

customer = table(Customer)
event = table(Event)
order = table(SalesOrder)
conversation = table(Conversation)
response = table(ConversationResponse)
spell = table(JourneySpell)

PURCHASE: Final = "purchase"


def where(tenant_id: UUID, chosen: CustomerFilter) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [customer.c.tenant_id == tenant_id]
    if chosen.search:
        conditions.append(_begins(chosen.search))
    if chosen.countries:
        conditions.append(customer.c.country.in_(chosen.countries))
    for column, numbers in ((customer.c.total_spent, chosen.total_spent), (customer.c.order_count, chosen.order_count)):
        conditions += _bounds(column, numbers, closed=True)
    for column, moments in (
        (customer.c.last_order_at, chosen.last_order_at),
        (customer.c.first_seen_at, chosen.first_seen_at),
    ):
        conditions += _bounds(column, moments, closed=False)
    if chosen.acted is not None:
        conditions.append(or_(*(_did(tenant_id, act, chosen.acted.at) for act in chosen.acted.acts)))
    return and_(*conditions, *figures.behind(tenant_id, chosen))


def _begins(search: str) -> ColumnElement[bool]:
    beginning = sort_key(search)
    end = beginning + "\U0010ffff"
    return or_(
        and_(customer.c.name_key >= beginning, customer.c.name_key < end),
        and_(customer.c.external_key >= beginning, customer.c.external_key < end),
    )


def _bounds(column: ColumnElement[Any], given: Between[Any] | None, *, closed: bool) -> list[ColumnElement[bool]]:
    if given is None:
        return []
    low = [] if given.low is None else [column >= given.low]
    high = [] if given.high is None else [column <= given.high if closed else column < given.high]
    return [*low, *high]


def _did(tenant_id: UUID, act: Act, at: Between[datetime]) -> ColumnElement[bool]:
    """Each kind of act has an index by its customer, so this costs one look-up for each customer of the page."""
    facts, moment = _facts(tenant_id, act)
    return exists(facts.where(*_bounds(moment, at, closed=False)))


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

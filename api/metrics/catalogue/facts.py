"""Metrics over facts that are kept with the customers, or by consumers."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Double, Select, cast, extract, func, literal, null, select

from api.metrics.catalogue.base import PURCHASE, Aggregation, FactMetric, Unit, quantile
from models import Conversation, ConversationResponse, Customer, CustomerSession, JourneySpell
from models.base import table

customer = table(Customer)
conversation = table(Conversation)
response = table(ConversationResponse)
customer_session = table(CustomerSession)
spell = table(JourneySpell)

NOTHING = cast(null(), Double)


class NewCustomers(FactMetric):
    slug = "new_customers"
    name = "New customers"
    unit = Unit.COUNT
    aggregation = Aggregation.ADDITIVE
    good = 1
    description = "Customers whose first event or order lies in the range."
    formula = "number of customers by the moment of their first event or order"

    def facts(self, tenant_id: UUID) -> Select[Any]:
        at = customer.c.first_seen_at
        return select(at.label("at"), NOTHING.label("value")).where(customer.c.tenant_id == tenant_id)


class Conversions(FactMetric):
    slug = "conversions"
    name = "Conversions"
    unit = Unit.COUNT
    aggregation = Aggregation.ADDITIVE
    good = 1
    description = "Customers who entered the stage purchase of the journey, each time they did."
    formula = "number of entries into the stage `purchase`"

    def facts(self, tenant_id: UUID) -> Select[Any]:
        return select(spell.c.entered_at.label("at"), NOTHING.label("value")).where(
            spell.c.tenant_id == tenant_id, spell.c.stage == PURCHASE
        )


class ResponseTime(FactMetric):
    slug = "response_time"
    name = "Response time"
    unit = Unit.SECONDS
    aggregation = Aggregation.QUANTILE
    good = -1
    description = "From a conversation's first customer message to the first reply: the median, with p95 beside it."
    formula = "p50 (and p95) of first reply − first customer message, by the moment of the reply"
    absent = "No conversation got its first reply in this range."
    parts = ("p95",)

    def facts(self, tenant_id: UUID) -> Select[Any]:
        waited = cast(extract("epoch", response.c.replied_at - response.c.asked_at), Double)
        return select(response.c.replied_at.label("at"), waited.label("value")).where(
            response.c.tenant_id == tenant_id, response.c.replied_at.is_not(None)
        )

    def aggregate(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return quantile(0.5, value)

    def part(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return quantile(0.95, value)


class SatisfactionScore(FactMetric):
    slug = "satisfaction_score"
    name = "Satisfaction"
    unit = Unit.RATING
    aggregation = Aggregation.MEAN
    good = 1
    description = "Mean of the ratings customers gave, from 1 to 5. Conversations without a rating are not guessed."
    formula = "mean of the last rating of each conversation, 1 to 5, by the moment it was given"
    absent = "No rating was given in this range."

    def facts(self, tenant_id: UUID) -> Select[Any]:
        rating = cast(conversation.c.rating, Double)
        return select(conversation.c.rated_at.label("at"), rating.label("value")).where(
            conversation.c.tenant_id == tenant_id, conversation.c.rated_at.is_not(None)
        )

    def aggregate(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.avg(value)


class SessionDuration(FactMetric):
    slug = "session_duration"
    name = "Session duration"
    unit = Unit.SECONDS
    aggregation = Aggregation.QUANTILE
    good = 0
    description = (
        "Median length of sessions, which end after 30 minutes without an event. A session of one event has no length."
    )
    formula = "median of last − first event of the sessions with two events or more, by the moment they began"
    absent = "No session with two events or more began in this range."

    def facts(self, tenant_id: UUID) -> Select[Any]:
        length = cast(extract("epoch", customer_session.c.ended_at - customer_session.c.started_at), Double)
        return select(customer_session.c.started_at.label("at"), length.label("value")).where(
            customer_session.c.tenant_id == tenant_id, customer_session.c.events > literal(1)
        )

    def aggregate(self, value: ColumnElement[Any]) -> ColumnElement[Any]:
        return quantile(0.5, value)

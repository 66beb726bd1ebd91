"""The rows of each list, a page at a time from one snapshot: through the same repositories as the GraphQL lists."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from typing import Final

from api.customers import repository as customers
from api.customers.contracts import CustomerRecord
from api.errors import BadInputError
from api.events import repository as events
from api.exports import repository
from api.exports.contracts import Listing, Row
from api.exports.customer_filters import FILTERS, customer_filter
from api.exports.more_listings import of_audit_entries, of_predictions
from api.exports.paging import every
from models.conditions import EVERYTHING
from models.database import Snapshot
from models.keyset import Page, Position, Slice

PARENTS: Final = 200
ORDERS: Final = {
    "NAME": "name",
    "TOTAL_SPENT": "total_spent",
    "ORDER_COUNT": "order_count",
    "LAST_ORDER_AT": "last_order_at",
}


def of_customers(snapshot: Snapshot, asked: Mapping[str, str], currency: str) -> Listing:
    chosen = customer_filter(asked)
    field, direction = _order(asked.get("orderBy", "NAME:ASC"))
    listed = customers.CUSTOMERS
    key = replace(listed.sorts[field], descending=direction == "DESC")

    async def load(page: Page) -> Slice[CustomerRecord]:
        return await listed.page(snapshot, chosen, key, page)

    async def rows() -> AsyncIterator[Row]:
        async for part in every(load, lambda record: listed.position(key, record)):
            for one in part:
                yield (
                    one.id, one.external_id, one.name, one.email, one.country, one.first_seen_at, one.total_spent,
                    currency, one.order_count, one.last_order_at,
                )  # fmt: skip

    columns = (
        "id", "externalId", "name", "email", "country", "firstSeenAt", "totalSpentMinor", "currency", "orderCount",
        "lastOrderAt",
    )  # fmt: skip
    named = {name: asked[name] for name in FILTERS if asked.get(name)}
    return Listing(columns, rows(), {"orderBy": asked.get("orderBy", "NAME:ASC"), **named})


def _order(given: str) -> tuple[str, str]:
    field, _, direction = given.partition(":")
    if field not in ORDERS or direction not in ("", "ASC", "DESC"):
        hint = f"Write one of {', '.join(ORDERS)}, and :ASC or :DESC."
        raise BadInputError("Customers cannot be ordered by this.", hint=hint, path=("orderBy",))
    return ORDERS[field], direction or "ASC"


def of_events(snapshot: Snapshot, asked: Mapping[str, str], currency: str) -> Listing:
    async def rows() -> AsyncIterator[Row]:
        pages = every(
            lambda page: events.EVENTS.page(snapshot, EVERYTHING, events.NEWEST_FIRST, page),
            lambda one: Position(one.occurred_at, one.id),
        )
        async for part in pages:
            names = await repository.map_external_ids(snapshot, [one.customer_id for one in part if one.customer_id])
            for one in part:
                who = None if one.customer_id is None else names[one.customer_id]
                yield (
                    one.id, one.source, one.message_id, one.name, who, one.occurred_at, one.received_at,
                    one.properties,
                )  # fmt: skip

    columns = (
        "id", "source", "messageId", "name", "customerExternalId", "occurredAt", "receivedAt", "properties",
    )  # fmt: skip
    return Listing(columns, rows(), {})


def of_orders(snapshot: Snapshot, asked: Mapping[str, str], currency: str) -> Listing:
    async def rows() -> AsyncIterator[Row]:
        pages = every(lambda page: repository.list_orders(snapshot, page), lambda one: Position(one.placed_at, one.id))
        async for part in pages:
            names = await repository.map_external_ids(snapshot, [one.customer_id for one in part if one.customer_id])
            for one in part:
                who = None if one.customer_id is None else names[one.customer_id]
                yield one.id, one.external_id, one.kind.upper(), who, one.placed_at, one.total, currency

    columns = ("id", "externalId", "kind", "customerExternalId", "placedAt", "totalMinor", "currency")
    return Listing(columns, rows(), {})


def of_order_lines(snapshot: Snapshot, asked: Mapping[str, str], currency: str) -> Listing:
    async def rows() -> AsyncIterator[Row]:
        pages = every(
            lambda page: repository.list_orders(snapshot, page), lambda one: Position(one.placed_at, one.id), PARENTS
        )
        async for part in pages:
            lines = await repository.map_lines(snapshot, [one.id for one in part])
            for one in part:
                for line in lines[one.id]:
                    yield (
                        one.id, one.external_id, one.kind.upper(), one.placed_at, line.number, line.sku,
                        line.description, line.quantity, line.unit_amount, line.total, currency,
                    )  # fmt: skip

    columns = (
        "orderId", "orderExternalId", "orderKind", "placedAt", "number", "sku", "description", "quantity",
        "unitPriceMinor", "totalMinor", "currency",
    )  # fmt: skip
    return Listing(columns, rows(), {})


def of_conversations(snapshot: Snapshot, asked: Mapping[str, str], currency: str) -> Listing:
    async def rows() -> AsyncIterator[Row]:
        pages = every(
            lambda page: repository.list_conversations(snapshot, page), lambda one: Position(one.opened_at, one.id)
        )
        async for part in pages:
            names = await repository.map_external_ids(snapshot, [one.customer_id for one in part if one.customer_id])
            for one in part:
                who = None if one.customer_id is None else names[one.customer_id]
                yield (
                    one.id, one.external_id, who, one.channel, one.subject, one.opened_at, one.closed_at, one.rating
                )  # fmt: skip

    columns = (
        "id", "externalId", "customerExternalId", "channel", "subject", "openedAt", "closedAt", "rating",
    )  # fmt: skip
    return Listing(columns, rows(), {})


def of_messages(snapshot: Snapshot, asked: Mapping[str, str], currency: str) -> Listing:
    async def rows() -> AsyncIterator[Row]:
        pages = every(
            lambda page: repository.list_conversations(snapshot, page),
            lambda one: Position(one.opened_at, one.id),
            PARENTS,
        )
        async for part in pages:
            said = await repository.map_messages(snapshot, [one.id for one in part])
            for one in part:
                for message in said[one.id]:
                    yield (
                        one.id, one.external_id, message.id, message.author.upper(), message.sent_at, message.body
                    )  # fmt: skip

    columns = ("conversationId", "conversationExternalId", "id", "author", "sentAt", "body")
    return Listing(columns, rows(), {})


LISTINGS: Final[dict[str, Callable[[Snapshot, Mapping[str, str], str], Listing]]] = {
    "customers": of_customers,
    "events": of_events,
    "orders": of_orders,
    "order_lines": of_order_lines,
    "conversations": of_conversations,
    "messages": of_messages,
    "predictions": of_predictions,
    "audit_entries": of_audit_entries,
}

"""Rows as CSV or as JSON lines. Times are UTC in ISO 8601; what is missing is empty in CSV and null in JSON."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson

from api.csv_text import guarded, line
from api.exports.contracts import Listing
from api.graphql.ids import global_id

ID_TYPES = {
    "customers": {"id": "Customer"},
    "events": {"id": "Event"},
    "orders": {"id": "Order"},
    "order_lines": {"orderId": "Order"},
    "conversations": {"id": "Conversation"},
    "audit_entries": {"id": "AuditEntry"},
    "messages": {"id": "Message", "conversationId": "Conversation"},
}
"""Ids are those of the API."""


async def csv_lines(name: str, listing: Listing) -> AsyncIterator[str]:
    yield line(listing.columns)
    types = [ID_TYPES.get(name, {}).get(column) for column in listing.columns]
    async for row in listing.rows:
        yield line([_cell(type_name, value) for type_name, value in zip(types, row, strict=True)])


async def json_lines(name: str, listing: Listing) -> AsyncIterator[str]:
    types = [ID_TYPES.get(name, {}).get(column) for column in listing.columns]
    async for row in listing.rows:
        values = (_value(type_name, value) for type_name, value in zip(types, row, strict=True))
        yield orjson.dumps(dict(zip(listing.columns, values, strict=True))).decode() + "\n"


def _cell(type_name: str | None, value: Any) -> Any:
    plain = _value(type_name, value)
    if isinstance(plain, dict | list):
        return orjson.dumps(plain).decode()
    return "" if plain is None else guarded(plain)


def _value(type_name: str | None, value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value) if type_name is None else str(global_id(type_name, value))
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value


def filters_header(filters: Sequence[tuple[str, str]]) -> str:
    """Header values are ASCII: anything else is escaped as JSON does it."""
    text = orjson.dumps(dict(filters)).decode()
    return "".join(character if character.isascii() else f"\\u{ord(character):04x}" for character in text)

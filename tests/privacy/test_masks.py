"""Contact details are masked for those who may not export them, wherever they stand, also in kept answers."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.events.contracts import CustomerRef, IncomingEvent
from api.graphql.masks import masked, masked_id, masked_text
from api.graphql.personal import PERSONAL
from api.schema import make_schema
from models.database import Database
from models.personal import PLACES
from tests.support.client import Api
from tests.support.world import NOW, TestTenant
from tests.support.world import ingest as send_events

TYPES: Final = {
    "Customer": "customer",
    "Order": "sales_order",
    "OrderLine": "order_line",
    "Event": "event",
    "Conversation": "conversation",
    "Message": "message",
}
"""The types that show rows of tables with something of a customer."""


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("ada.lovelace+x@mail.example.co.uk", "a***@mail.example.co.uk"),
        ("Write to <ada@example.com>, or bob@example.com.", "Write to <a***@example.com>, or b***@example.com."),
        ("call +44 20 7946 0958 now", "call ***58 now"),
        ("(020) 7946-0958", "***58"),
        ("order 536365 of 2026-03-18 12:30:20, 01-02-2026, 1234567890", None),
        ("£1,234.50 @ 3 pm", None),
        ("", None),
    ],
)
def test_contact_details_in_a_text(text: str, seen: str | None) -> None:
    assert masked_text(text) == (text if seen is None else seen)


def test_properties_that_are_named_like_a_detail_are_hidden_whole() -> None:
    given = {
        "E-mail": "ada@example.com",
        "phone_number": 447946095800,
        "$ip": "203.0.113.9",
        "optedIn": True,
        "address": {"street": "1 High Street", "city": "London"},
        "email": None,
        "items": [{"note": "for bob@example.com", "price": 12.5}],
        "url": "https://shop.example/?u=ada@example.com",
    }
    assert masked(given) == {
        "E-mail": "a***@example.com",
        "phone_number": "***",
        "$ip": "***",
        "optedIn": True,
        "address": "***",
        "email": None,
        "items": [{"note": "for b***@example.com", "price": 12.5}],
        "url": "https://shop.example/?u=a***@example.com",
    }


def test_an_id_is_hidden_only_where_it_is_an_address_or_a_number_between_countries() -> None:
    ids = ["ada@example.com", "+447946095800", "07946095800", "C-17"]
    assert [masked_id(one) for one in ids] == ["a***@example.com", "***00", "07946095800", "C-17"]


@given(st.recursive(st.text() | st.integers() | st.none(), lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_masking_twice_is_masking_once(value: Any) -> None:
    assert masked(masked(value)) == masked(value)


@given(st.from_regex(r"[a-z0-9]{2,8}(\.[a-z0-9]{1,8})?", fullmatch=True), st.text(alphabet=" ,;<>()\n", max_size=3))
def test_no_address_is_left_whole(name: str, around: str) -> None:
    address = f"{name}@example.com"
    assert address not in masked_text(f"x{around} {address} {around}x")


def test_whatever_the_tables_hold_of_a_person_is_tagged_where_it_is_shown() -> None:
    schema = make_schema()._schema
    for type_name, table in TYPES.items():
        shown: Any = schema.type_map[type_name]
        tagged = {
            field.extensions["strawberry-definition"].python_name
            for field in shown.fields.values()
            if PERSONAL in field.extensions["strawberry-definition"].metadata
        }
        python_names = {field.extensions["strawberry-definition"].python_name for field in shown.fields.values()}
        assert tagged == set(PLACES[table].personal) & python_names, type_name


ASK: Final = """
query ($where: CustomerWhere) {
  customers(first: 10, where: $where) {
    nodes {
      externalId name email
      events(first: 5) { nodes { name properties } }
      conversations(first: 1) { nodes { subject messages(first: 5) { nodes { body } } } }
    }
  }
}
"""
SIGNUP: Final = {"phone": "+44 20 7946 0958", "plan": "basic", "note": "from ada@people.example"}


@pytest.fixture
async def ada(database: Database, acme: TestTenant) -> dict[str, Any]:
    """Known by her address, which she has also written into what she sent."""
    ref = CustomerRef("ada@people.example", "Ada", "ada@people.example")
    talk = {"conversationId": "t1", "channel": "chat", "subject": "Reply to ada@people.example"}
    said = {"conversationId": "t1", "messageId": "m1", "author": "customer", "body": "Or call 020 7946 0958."}
    sent = [("signed_up", SIGNUP), ("conversation_opened", talk), ("message_sent", said)]
    await send_events(
        database,
        acme,
        *(
            IncomingEvent(f"ada-{name}", name, occurred_at=NOW, customer=ref, properties=properties)
            for name, properties in sent
        ),
    )
    return {"where": {"name": {"eq": "Ada"}}}


def seen_of(data: dict[str, Any]) -> tuple[Any, ...]:
    [one] = data["customers"]["nodes"]
    [talk] = one["conversations"]["nodes"]
    [signed_up] = [event["properties"] for event in one["events"]["nodes"] if event["name"] == "signed_up"]
    [message] = talk["messages"]["nodes"]
    return one["externalId"], one["name"], one["email"], signed_up, talk["subject"], message["body"]


CLEAR: Final = (
    "ada@people.example",
    "Ada",
    "ada@people.example",
    SIGNUP,
    "Reply to ada@people.example",
    "Or call 020 7946 0958.",
)
HIDDEN: Final = (
    "a***@people.example",
    "Ada",
    "a***@people.example",
    {"phone": "***", "plan": "basic", "note": "from a***@people.example"},
    "Reply to a***@people.example",
    "Or call ***58.",
)


@pytest.mark.parametrize("order", [("viewer", "analyst", "admin"), ("admin", "analyst", "viewer")])
async def test_each_role_sees_what_it_may_also_out_of_the_cache(
    order: tuple[str, ...], api: Api, acme: TestTenant, ada: dict[str, Any]
) -> None:
    for persona in (*order, *order):
        caller = await api.login("acme", persona)
        assert seen_of(await caller.data(ASK, ada)) == (HIDDEN if persona == "viewer" else CLEAR)


async def test_what_is_masked_cannot_be_found_out_by_a_filter(api: Api, ada: dict[str, Any]) -> None:
    by_address = {"where": {"NOT": {"OR": [{"email": {"startsWith": "ada@"}}]}}}
    viewer, analyst = await api.login("acme", "viewer"), await api.login("acme", "analyst")
    assert (await analyst.data(ASK, by_address))["customers"]["nodes"] != []
    assert await viewer.error_code(ASK, by_address) == "FORBIDDEN"

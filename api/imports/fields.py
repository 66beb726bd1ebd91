"""What a column of a file can become, for each kind of import."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api.imports.contracts import Kind


class Value(StrEnum):
    ID = "ID"
    TEXT = "TEXT"
    MONEY = "MONEY"
    WHOLE = "WHOLE"
    TIME = "TIME"


@dataclass(frozen=True, slots=True)
class Field:
    """`names` are the headers it is known by, in lower case without blanks and signs, the likeliest first."""

    name: str
    label: str
    value: Value
    names: tuple[str, ...]
    required: bool = False


def _customer(required: bool = False) -> tuple[Field, ...]:
    return (
        Field(
            "customer_id",
            "Customer id",
            Value.ID,
            ("customerid", "customernumber", "customerno", "customer", "clientid", "userid", "accountid", "distinctid"),
            required,
        ),
        Field(
            "customer_name",
            "Customer name",
            Value.TEXT,
            ("customername", "clientname", "username", "fullname", "accountname", "name"),
        ),
        Field("customer_email", "Customer e-mail", Value.TEXT, ("customeremail", "email", "emailaddress", "mail")),
        Field(
            "customer_country",
            "Customer country",
            Value.TEXT,
            ("customercountry", "country", "shippingcountry", "billingcountry", "countrycode"),
        ),
    )


CUSTOMERS: Final = (
    Field(
        "customer_id",
        "Customer id",
        Value.ID,
        ("customerid", "externalid", "id", "customernumber", "customerno", "clientid", "userid", "accountid", "key"),
        required=True,
    ),
    Field(
        "customer_name",
        "Name",
        Value.TEXT,
        ("name", "customername", "fullname", "displayname", "company", "clientname", "accountname"),
    ),
    Field("customer_email", "E-mail", Value.TEXT, ("email", "emailaddress", "mail", "customeremail")),
    Field("customer_country", "Country", Value.TEXT, ("country", "countrycode", "customercountry", "billingcountry")),
    Field(
        "first_seen_at",
        "First seen",
        Value.TIME,
        (
            "firstseenat",
            "firstseen",
            "createdat",
            "created",
            "signupdate",
            "signedupat",
            "registered",
            "since",
            "joined",
        ),
    ),
)
ORDERS: Final = (
    Field(
        "order_id",
        "Order id",
        Value.ID,
        ("orderid", "orderno", "ordernumber", "invoiceno", "invoice", "invoiceid", "invoicenumber", "order", "id"),
        required=True,
    ),
    Field(
        "placed_at",
        "Placed at",
        Value.TIME,
        ("placedat", "orderdate", "ordertime", "invoicedate", "orderedat", "date", "createdat", "timestamp", "time"),
        required=True,
    ),
    *_customer(),
    Field(
        "sku",
        "Article number",
        Value.TEXT,
        ("sku", "stockcode", "productid", "productcode", "article", "articleno", "itemid", "item", "product"),
        required=True,
    ),
    Field("description", "Description", Value.TEXT, ("description", "productname", "itemname", "title", "product")),
    Field("quantity", "Quantity", Value.WHOLE, ("quantity", "qty", "units", "count")),
    Field(
        "unit_price",
        "Unit price",
        Value.MONEY,
        ("unitprice", "price", "unitamount", "priceperunit", "itemprice", "amount", "total", "ordertotal"),
        required=True,
    ),
    Field("currency", "Currency", Value.TEXT, ("currency", "currencycode")),
    Field("status", "Status", Value.TEXT, ("status", "orderstatus", "kind", "type")),
)
EVENTS: Final = (
    Field(
        "event_name",
        "Event name",
        Value.TEXT,
        ("eventname", "event", "name", "action", "type", "activity"),
        required=True,
    ),
    Field(
        "occurred_at",
        "Occurred at",
        Value.TIME,
        ("occurredat", "timestamp", "time", "eventtime", "originaltimestamp", "datetime", "date", "createdat"),
        required=True,
    ),
    *_customer(),
    Field("message_id", "Message id", Value.ID, ("messageid", "eventid", "uuid", "insertid", "id")),
)
CONVERSATIONS: Final = (
    Field(
        "conversation_id",
        "Conversation id",
        Value.ID,
        ("conversationid", "ticketid", "threadid", "chatid", "caseid", "convoid", "id"),
        required=True,
    ),
    *_customer(),
    Field("channel", "Channel", Value.TEXT, ("channel", "via", "medium", "source"), required=True),
    Field("subject", "Subject", Value.TEXT, ("subject", "title", "topic")),
    Field("opened_at", "Opened at", Value.TIME, ("openedat", "opened", "createdat", "startedat", "date")),
    Field("closed_at", "Closed at", Value.TIME, ("closedat", "closed", "resolvedat", "endedat")),
    Field("rating", "Rating, 1 to 5", Value.WHOLE, ("rating", "csat", "score", "satisfaction")),
    Field("message_id", "Message id", Value.ID, ("messageid", "msgid")),
    Field("author", "Author", Value.TEXT, ("author", "role", "sender", "from", "speaker")),
    Field("sent_at", "Sent at", Value.TIME, ("sentat", "sent", "messagetime", "timestamp", "time")),
    Field("body", "Text", Value.TEXT, ("body", "text", "message", "content")),
)
FIELDS: Final[dict[Kind, tuple[Field, ...]]] = {
    Kind.CUSTOMERS: CUSTOMERS,
    Kind.ORDERS: ORDERS,
    Kind.EVENTS: EVENTS,
    Kind.CONVERSATIONS: CONVERSATIONS,
}
KEYS: Final = {Kind.CUSTOMERS: "customer_id", Kind.ORDERS: "order_id", Kind.CONVERSATIONS: "conversation_id"}
"""What the rows of one record have in common; an event is a row of its own."""
TIMES: Final = {Kind.CUSTOMERS: "first_seen_at", Kind.ORDERS: "placed_at", Kind.EVENTS: "occurred_at"}
"""The field that says when a row happened; a conversation's is its message's, or its opening."""

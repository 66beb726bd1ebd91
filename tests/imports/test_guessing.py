"""A first mapping from the header: right where the header is plain, and unsure where nobody can know."""

import pytest

from api.errors import BadInputError
from api.imports.contracts import Kind
from api.imports.guessing import guess
from api.imports.mapping import bind, parse, to_json
from api.imports.presets import ONLINE_RETAIL, preset


def needed(column: str) -> dict[str, dict[str, str]]:
    """All that an order needs, from one column."""
    return {name: {"column": column} for name in ("order_id", "placed_at", "sku", "unit_price")}


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        (["Order No", "Order Date", "SKU", "Qty", "Price"], Kind.ORDERS),
        (["id", "full name", "e-mail", "country", "created at"], Kind.CUSTOMERS),
        (["event", "timestamp", "user_id", "page"], Kind.EVENTS),
        (["ticket_id", "channel", "author", "text", "sent_at"], Kind.CONVERSATIONS),
    ],
)
def test_the_header_says_what_the_rows_are(columns: list[str], kind: Kind) -> None:
    guessed = guess(None, columns, [])
    assert guessed.kind is kind
    bind(kind, guessed.mapping, columns, source="x", time_zone="UTC")


def test_columns_are_found_by_what_they_are_called() -> None:
    guessed = guess(Kind.ORDERS, ["Order No", "Order Date", "E-Mail", "Client Id", "SKU", "Qty", "Price"], [])
    assert {name: source.column for name, source in guessed.mapping.fields.items()} == {
        "order_id": "Order No",
        "placed_at": "Order Date",
        "customer_email": "E-Mail",
        "customer_id": "Client Id",
        "sku": "SKU",
        "quantity": "Qty",
        "unit_price": "Price",
    }


@pytest.mark.parametrize(
    ("samples", "form", "sure"),
    [
        (["2026-03-01T10:00:00Z"], "iso", 1.0),
        (["31/3/2026 10:00"], "%d/%m/%Y %H:%M", 1.0),
        (["3/31/2026 10:00", "12/1/2010 8:26"], "%m/%d/%Y %H:%M", 1.0),
        (["3/4/2026 10:00"], "%d/%m/%Y %H:%M", 0.4),
        (["31.3.2026"], "%d.%m.%Y", 1.0),
        (["yesterday"], "iso", 0.4),
    ],
)
def test_days_and_months_that_could_be_either_are_unsure(samples: list[str], form: str, sure: float) -> None:
    guessed = guess(Kind.EVENTS, ["event", "timestamp"], [["seen", value] for value in samples])
    assert guessed.mapping.date_formats == (form,)
    assert guessed.confidence["occurred_at"] == pytest.approx(min(sure, 0.95))


def test_amounts_with_a_comma_are_seen() -> None:
    columns = ["order_id", "date", "sku", "price"]
    assert guess(Kind.ORDERS, columns, [["1", "2026-01-01", "a", "1.234,50"]]).mapping.decimal_comma
    assert not guess(Kind.ORDERS, columns, [["1", "2026-01-01", "a", "1,234.50"]]).mapping.decimal_comma


def test_other_columns_of_an_event_become_properties() -> None:
    guessed = guess(Kind.EVENTS, ["event", "timestamp", "page", "seconds"], [["seen", "2026-01-01", "/", "5"]])
    values = {name: one.value for name, one in guessed.mapping.properties.items()}
    assert values == {
        "page": "text",
        "seconds": "number",
    }


def test_a_known_file_is_recognised() -> None:
    columns = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
    guessed = guess(None, columns, [])
    assert (guessed.preset, guessed.kind, guessed.mapping) == ("online_retail", Kind.ORDERS, ONLINE_RETAIL.mapping)
    assert parse(to_json(ONLINE_RETAIL.mapping)) == ONLINE_RETAIL.mapping


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, ("mapping", "fields")),
        ({"fields": {"order_id": {}}}, ("mapping", "fields", "order_id")),
        ({"fields": {"order_id": {"column": "a", "constant": "b"}}}, ("mapping", "fields", "order_id")),
        ({"fields": {}, "decimals": 3}, ("mapping", "decimals")),
        ({"fields": {"nonsense": {"column": "a"}}}, ("mapping", "fields", "nonsense")),
        ({"fields": {"order_id": {"column": "a"}}}, ("mapping", "fields", "placed_at")),
        ({"fields": {**needed("a"), "order_id": {"constant": "1"}}}, ("mapping", "fields", "order_id")),
        ({"fields": needed("z")}, ("mapping", "fields", "order_id")),
        ({"fields": needed("a"), "timeZone": "Mars/Base"}, ("mapping", "timeZone")),
    ],
)  # fmt: skip
def test_a_faulty_mapping_says_where(given: dict[str, object], path: tuple[str, ...]) -> None:
    with pytest.raises(BadInputError) as caught:
        bind(Kind.ORDERS, parse(given), ["a", "b"], source="x", time_zone="UTC")
    assert caught.value.path == path


def test_an_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(BadInputError, match="no preset 'shop'") as caught:
        preset("shop")
    assert caught.value.hint == "There are: online_retail."

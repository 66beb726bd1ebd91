import pytest

from ui.pages.customers import query as customers
from ui.pages.customers import words
from ui.pages.realtime import query as realtime


def test_the_default_address_is_a_week_of_four_metrics() -> None:
    query = realtime.parse()
    assert (query.range["preset"], query.metrics) == (
        "LAST_7_DAYS",
        ("revenue", "orders", "active_customers", "events"),
    )


def test_an_address_chooses_range_and_metrics_in_the_pages_order() -> None:
    query = realtime.parse("24h", "conversations,revenue")
    assert (query.range["preset"], query.metrics) == ("LAST_24_HOURS", ("revenue", "conversations"))


@pytest.mark.parametrize("forged", ["", "1y", "LAST_7_DAYS", ["24h"], {"a": 1}, 7, None])
def test_a_forged_range_falls_back(forged: object) -> None:
    assert realtime.parse(forged).range_name == "7d"


@pytest.mark.parametrize("forged", ["", "passwords", ",,", {"revenue": 1}, 3, [["revenue"]]])
def test_forged_metrics_fall_back(forged: object) -> None:
    assert realtime.parse("7d", forged).metrics == realtime.DEFAULT_METRICS


def test_at_most_four_metrics_are_shown() -> None:
    assert len(realtime.parse("7d", ",".join(realtime.METRICS)).metrics) == 4


def test_a_search_starts_on_the_first_page_and_keeps_the_order() -> None:
    query = customers.parse("", "-spent").next_page("cursor").searching("  17 ")
    assert query == customers.CustomersQuery(search="17", sort="-spent")
    assert query.variables() == {
        "first": 25,
        "after": None,
        "search": "17",
        "where": None,
        "orderBy": [{"field": "TOTAL_SPENT", "direction": "DESC"}],
    }


def test_paging_back_asks_for_the_last_before_the_cursor() -> None:
    query = customers.parse().next_page("a").next_page("b").previous_page("c")
    assert query.offset == 25
    assert {key: query.variables().get(key) for key in ("first", "last", "before")} == {
        "first": None,
        "last": 25,
        "before": "c",
    }


def test_a_field_is_first_sorted_in_its_natural_direction_and_then_turned_round() -> None:
    by_money = customers.parse().sorted_by("spent")
    assert [by_money.sort, by_money.sorted_by("spent").sort, by_money.sorted_by("name").sort] == [
        "-spent",
        "spent",
        "name",
    ]


@pytest.mark.parametrize("forged", ["", "password", "--name", "name-", ["name"], None, 1])
def test_a_forged_sort_falls_back(forged: object) -> None:
    assert customers.parse("x", forged).sort == "name"


def test_what_comes_back_from_the_browser_is_not_trusted() -> None:
    stored = {"search": 1, "sort": "x", "after": 2, "before": [], "offset": -5}
    assert customers.from_store(stored) == customers.CustomersQuery()
    assert len(customers.parse("x" * 1000).search) == 100


ADDRESS = {"country": "Peru,Wales", "spentGte": "1000", "acted": "ORDER", "actedGte": "2026-03-01T00:00:00Z"}


def test_the_filters_of_an_address_are_the_apis_where() -> None:
    query = customers.parse("", "name", **ADDRESS)
    assert query.variables()["where"] == {
        "country": {"oneOf": ["Peru", "Wales"]},
        "totalSpent": {"range": {"gte": 1000}},
        "acted": {"acts": ["ORDER"], "at": {"gte": "2026-03-01T00:00:00Z"}},
    }
    assert query.next_page("a").searching("x").sorted_by("spent").filters == ADDRESS
    assert "country=Peru%2CWales" in query.export_path("csv")


@pytest.mark.parametrize(
    "forged",
    [
        {"spentGte": "1.5"}, {"spentGte": ["1"]}, {"ordersLte": "٣"}, {"acted": "ORDER,SANG"}, {"actedGte": "now"},
        {"actedGte": "2026-03-01T00:00:00"}, {"country": ""}, {"country": "a\0b"}, {"password": "x"},
    ],
)  # fmt: skip
def test_what_cannot_be_a_filter_is_left_out(forged: dict[str, object]) -> None:
    assert customers.parse("", "name", **forged).variables()["where"] is None


def test_the_store_keeps_the_filters_and_trusts_none() -> None:
    query = customers.parse("a", "-spent", **ADDRESS).next_page("c")
    assert customers.from_store(customers.to_store(query)) == query
    assert customers.from_store({"filters": {"spentGte": "x"}}).filters == {}
    assert customers.from_address("acted=ORDER&actedGte=2026-03-01T00:00:00Z&country=Peru,Wales&spentGte=1000") == (
        customers.parse("", "name", **ADDRESS)
    )


def test_a_query_is_said_in_words() -> None:
    query = customers.parse("ad", "name", **ADDRESS, actedLt="2026-03-02T00:00:00Z", ordersGte="2", ordersLte="2")
    said = "From Peru or Wales; total spent at least £10; orders 2; ordered 1 Mar 2026; begins with “ad”"
    assert words.described(query, "UTC", "GBP") == f"{said} · UTC"
    assert words.described(customers.parse(), "UTC", "GBP") == "Everybody · UTC"

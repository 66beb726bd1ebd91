import pytest

from ui.pages.customers import query as customers
from ui.pages.realtime import query as realtime


def test_the_default_address_is_a_week_of_four_metrics() -> None:
    query = realtime.parse()
    assert (query.preset, query.metrics) == ("LAST_7_DAYS", ("revenue", "orders", "active_customers", "events"))


def test_an_address_chooses_range_and_metrics_in_the_pages_order() -> None:
    query = realtime.parse("24h", "conversations,revenue")
    assert (query.preset, query.metrics) == ("LAST_24_HOURS", ("revenue", "conversations"))


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

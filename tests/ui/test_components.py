import json

from dash import dcc, html

from tests.ui.builders import series
from tests.ui.trees import by_class, by_type, prop, text, walk
from ui import shell
from ui.client import ApiError
from ui.components.kpi import kpi_card, kpi_missing
from ui.components.states import failed, skeleton
from ui.pages.customers import layout as customers
from ui.pages.customers.data import CustomerList, CustomerRow
from ui.pages.customers.query import CustomersQuery
from ui.pages.customers.query import parse as parse_customers
from ui.pages.realtime import layout as realtime
from ui.pages.realtime import trends
from ui.pages.realtime.data import EventPage, RealtimeData
from ui.pages.realtime.query import parse
from ui.records import MetricFigure, Money, PageInfo, Replay, Status, TotalCount
from ui.theme import theme

LIGHT = theme("light")
NO_EVENTS = EventPage(nodes=[], total_count=TotalCount(value=0, precision="EXACT"))


def test_a_kpi_says_value_change_origin_and_range() -> None:
    card = kpi_card(series([4365_00, 0], [4750_00], slug="revenue", unit="MONEY"), LIGHT)
    assert text(by_class(card, "kpi-value")) == "£4,365"
    assert text(by_class(card, "kpi-delta")) == "−8.1% downfrom £4,750"
    assert text(by_class(card, "kpi-span")) == "2 Aug3 Aug"
    assert by_class(card, "delta-bad")


def test_an_estimate_says_how_sure_it_is_and_a_count_does_not() -> None:
    sure = MetricFigure(n=12, low=0.0731, high=0.6058)
    rate = series([None, 0.318], [None], slug="conversion_rate", unit="RATIO", total=0.318)
    card = kpi_card(rate.model_copy(update={"figure": sure}), LIGHT)
    assert "95% sure: 7.3% to 60.6% · n 12" in text(card)
    assert "sure" not in text(kpi_card(series([1]), LIGHT))


def test_a_measured_zero_is_a_zero_and_a_metric_without_data_is_not() -> None:
    quiet, silent = series([0], [5], slug="orders"), series([0], [0], slug="conversations")
    loaded = RealtimeData({"orders": quiet, "conversations": silent}, frozenset({"conversations"}), NO_EVENTS)
    cards = realtime.kpis(loaded, LIGHT)
    assert [text(by_class(card, "kpi-value")) for card in cards] == ["0", ""]
    assert "Conversations: nothing to count. 0 received in the last 90 days." in text(cards[1])


def test_engagement_and_conversion_rate_are_shown_once_the_tenant_has_them() -> None:
    orders = series([1], [5], slug="orders")
    engaged = series([None, 51.26], [None], slug="engagement_score", unit="SCORE", total=51.26, previous_total=48)
    converted = series([None], [None], slug="conversion_rate", unit="RATIO")
    extra = {"engagement_score": engaged, "conversion_rate": converted}
    loaded = RealtimeData({"orders": orders}, frozenset(), NO_EVENTS, extra)
    cards = realtime.kpis(loaded, LIGHT)
    assert [text(by_class(card, "kpi-value")) for card in cards] == ["1", "51.3"]
    assert text(by_class(cards[1], "kpi-delta")) == "+6.8% upfrom 48.0"
    settings = json.loads(realtime.live_settings(loaded, parse("24h", "orders"), "1"))
    assert settings["metrics"] == ["conversion_rate", "engagement_score", "orders"]
    assert {slug: one["unit"] for slug, one in settings["series"].items()} == {
        "orders": "COUNT",
        "engagement_score": "SCORE",
    }


def test_metrics_without_data_share_one_card() -> None:
    card = kpi_missing([series(slug=slug) for slug in ("revenue", "orders", "events")])
    assert "Revenue, orders and events: nothing to count." in text(card)


def test_each_trend_is_a_named_figure_with_its_numbers_in_words() -> None:
    tree = trends.trends([series([1, 2], [4], slug="orders")], [], LIGHT)
    figures = [one for one in walk(tree) if prop(one, "role") == "figure"]
    assert [prop(one, "aria-label") for one in figures] == ["Orders, orders per day: 3 in all. Orders fell 25.0%."]
    assert len(by_type(tree, dcc.Graph)) == 1


def test_a_chosen_metric_without_data_says_so_in_its_place() -> None:
    tree = trends.trends([series()], [series(slug="conversations")], LIGHT)
    assert len(by_type(tree, dcc.Graph)) == 1
    assert "No conversations yet: 0 received in the last 90 days." in text(tree)


def test_the_comparison_says_when_weekdays_line_up() -> None:
    assert "same weekdays" in text(by_class(trends.trends([series()], [], LIGHT), "legend"))


def test_the_table_twin_has_the_charts_rows_newest_first() -> None:
    table = trends.twin([series([1, 2, 3], [9, 8], slug="orders")])
    rows = [[text(cell) for cell in row.children] for row in by_type(by_type(table, html.Tbody), html.Tr)]
    assert rows == [["4 Aug 2011", "3", "–"], ["3 Aug 2011", "2", "8"], ["2 Aug 2011", "1", "9"]]


def test_the_page_shows_its_titles_before_any_data() -> None:
    page = realtime.page(parse("24h", "orders"))
    assert [text(title) for title in by_type(page, html.H2)] == [
        "Revenue",
        "Orders",
        "Active customers",
        "Events",
        "Conversations",
        "Trends",
        "Newest events",
    ]
    pressed = [text(one) for one in by_class(page, "choice") if prop(one, "aria-pressed") == "true"]
    assert pressed == ["24 hours", "Orders"]


def test_a_skeleton_says_what_is_loading() -> None:
    block = skeleton("revenue", "value", "line")
    assert (prop(block, "aria-busy"), prop(block, "aria-label")) == ("true", "Loading revenue")
    assert len(by_class(block, "skeleton")) == 2


def test_an_error_says_what_failed_why_and_how_to_go_on() -> None:
    card = failed("The trends", ApiError("TIMEOUT", "The API did not answer.", "r-7"), "trends")
    assert text(card) == "The trends could not be loadedThe API did not answer.Try againCode TIMEOUT · r-7"
    assert [prop(one, "id") for one in by_type(card, html.Button)] == [{"type": "retry", "where": "trends"}]


def customer_list(count: int, *, total: int, precision: str = "EXACT", more: bool = True) -> CustomerList:
    row = CustomerRow(
        id="a/b=", external_id="17850", name="Ada", order_count=3, total_spent=Money(amount=1250, currency="GBP")
    )
    return CustomerList(
        nodes=[row] * count,
        page_info=PageInfo(has_next_page=more, has_previous_page=False),
        total_count=TotalCount.model_validate({"value": total, "precision": precision}),
    )


def test_the_pager_names_the_place_and_the_capped_total() -> None:
    query = CustomersQuery(offset=25)
    assert (
        customers.position(query, customer_list(25, total=10000, precision="AT_LEAST")) == "26 to 50 of at least 10,000"
    )
    steps = by_type(customers.pager(query, customer_list(25, total=60)), html.Button)
    assert [(prop(one, "id"), prop(one, "disabled")) for one in steps] == [
        ("customers-previous", True),
        ("customers-next", False),
    ]


def test_a_customers_row_leads_to_an_encoded_address_and_a_missing_value_says_why() -> None:
    table = customers.table(CustomersQuery(), customer_list(1, total=1).nodes, "UTC")
    assert [prop(link, "href") for link in by_type(table, dcc.Link)] == ["/customers/a%2Fb%3D"]
    assert [(text(one), prop(one, "title")) for one in by_type(table, html.Span) if prop(one, "title")] == [
        ("–", "Country not known"),
        ("–", "No order yet"),
    ]


def test_the_sorted_column_says_so_to_everybody() -> None:
    table = customers.table(parse_customers("", "-spent"), [], "UTC")
    orders = {text(head): prop(head, "aria-sort") for head in by_type(table, html.Th)}
    assert orders == {
        "Name": "none",
        "Id": None,
        "Country": None,
        "Orders": "none",
        "Total spent": "descending",
        "Last order": "none",
    }


def test_no_match_and_nothing_there_are_different_states() -> None:
    nobody = customer_list(0, total=0, more=False)
    assert "No name and no id begins with “zz”." in text(customers.body(parse_customers("zz"), nobody, "UTC"))
    assert "No customers yet" in text(customers.body(CustomersQuery(), nobody, "UTC"))


def test_the_demo_clock_names_speed_and_tenant_time_and_says_when_it_ended() -> None:
    values = {"speed": 600, "position": "2011-08-17T13:05:00Z", "endsAt": "2011-08-31T22:59:00Z"}
    running = Replay.model_validate({**values, "state": "RUNNING"})
    assert text(shell.demo_clock(running, "Europe/London")) == "Replay ×600 · tenant time17 Aug 2011, 14:05"
    finished = running.model_copy(update={"state": "FINISHED"})
    assert text(shell.demo_clock(finished, "Europe/London")).startswith("Replay finished")
    assert shell.demo_clock(None, "Europe/London") is None


def test_there_is_a_banner_only_when_something_is_degraded() -> None:
    assert shell.banner(Status(live="REDIS")) is None
    assert text(shell.banner(Status(live="POSTGRES", message="Redis is not answering."))) == "Redis is not answering."


def test_the_navigation_holds_only_pages_that_exist() -> None:
    links = [link for link in by_type(shell.shell(), dcc.Link) if prop(link, "className") == "nav-entry"]
    assert [(text(link), prop(link, "href")) for link in links] == [
        ("Real-time analytics", "/"),
        ("Journey mapping", "/journeys"),
        ("Customers", "/customers"),
        ("System health", "/system-health"),
    ]

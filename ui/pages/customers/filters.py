"""The filters of the Customers page: a menu to set them, and a chip for each that is set."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dash import html
from dash.development.base_component import Component

from ui import formats
from ui.components.choices import chip, select, text_filter
from ui.components.icon import icon
from ui.formats import MINOR_UNITS
from ui.pages.customers import words
from ui.pages.customers.data import FilterChoices
from ui.pages.customers.query import CustomersQuery

DAYS = (7, 30, 90, 180)


def menu(choices: FilterChoices | None, query: CustomersQuery) -> html.Details:
    body = html.P("Loading", className="menu-title") if choices is None else _fields(choices, query)
    summary = html.Summary([icon("funnel"), "Filter"], className="button")
    return html.Details([summary, html.Div(body, className="menu filter-menu")], className="menu-holder")


def _fields(choices: FilterChoices, query: CustomersQuery) -> html.Div:
    asked, currency = query.filters, choices.tenant.currency
    countries = [
        (one.country, f"{one.country} ({formats.integer(one.customers)})") for one in choices.customer_countries
    ]
    midnight = _midnight(choices.tenant.now, choices.tenant.time_zone)
    since = [(_ago(midnight, days), f"in the last {days} days") for days in DAYS]
    before = [(_ago(midnight, days), f"none for {days} days") for days in DAYS]
    return html.Div(
        [
            select("Country", "country", [("", "Any"), *countries], asked.get("country", "")),
            text_filter(f"Spent at least, {currency}", "spentGte", asked.get("spentGte", ""), "100", scale=MINOR_UNITS),
            text_filter(f"Spent at most, {currency}", "spentLte", asked.get("spentLte", ""), "1000", scale=MINOR_UNITS),
            text_filter("Orders at least", "ordersGte", asked.get("ordersGte", ""), "2"),
            text_filter("Orders at most", "ordersLte", asked.get("ordersLte", ""), "10"),
            select("Ordered", "lastOrderGte", [("", "At any time"), *since], asked.get("lastOrderGte", "")),
            select("Last order long ago", "lastOrderLt", [("", "Or not"), *before], asked.get("lastOrderLt", "")),
            select("First seen", "firstSeenGte", [("", "At any time"), *since], asked.get("firstSeenGte", "")),
        ],
        className="filter-grid",
    )


def chips(
    query: CustomersQuery, zone: str, currency: str, segments: Mapping[str, str] = words.UNNAMED
) -> list[Component]:
    found: Sequence[Component] = [
        chip(f"{text[:1].upper()}{text[1:]}", names) for names, text in words.chips(query, zone, currency, segments)
    ]
    return list(found)


def _midnight(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def _ago(midnight: datetime, days: int) -> str:
    """The same for a whole day, so that an address means the same in an hour."""
    local = midnight.replace(tzinfo=None) - timedelta(days=days)
    return local.replace(tzinfo=midnight.tzinfo).isoformat()

"""What a query of customers asks, in words: for chips, panels and headings."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from ui import formats
from ui.formats import MINOR_UNITS
from ui.pages.customers import behind
from ui.pages.customers.query import CustomersQuery

ONE_DAY = timedelta(hours=25)
"""When clocks are put back."""
UNNAMED: Mapping[str, str] = {}
ACTED = {
    "ORDER": "ordered",
    "CANCELLATION": "cancelled an order",
    "EVENT": "had an event",
    "CONVERSATION": "opened a conversation",
    "REPLY": "got a first reply",
    "RATING": "gave a rating",
    "CONVERSION": "entered the stage purchase",
}


def described(query: CustomersQuery, zone: str, currency: str, names: Mapping[str, str] = UNNAMED) -> str:
    parts = [text for _, text in chips(query, zone, currency, names)]
    searched = [f"begins with “{query.search}”"] if query.search else []
    joined = "; ".join([*parts, *searched])
    return f"{joined[:1].upper()}{joined[1:]} · {zone}" if joined else f"Everybody · {zone}"


def chips(
    query: CustomersQuery, zone: str, currency: str, names: Mapping[str, str] = UNNAMED
) -> list[tuple[tuple[str, ...], str]]:
    """Each filter that is set: the names it consists of in the address, and its words. `names` are of segments."""
    asked = query.filters
    found: list[tuple[tuple[str, ...], str]] = []
    if "country" in asked:
        found.append((("country",), f"from {' or '.join(asked['country'].split(','))}"))
    if money := _numbers(query, "spent", lambda minor: formats.money(minor, currency, cents=minor % MINOR_UNITS != 0)):
        found.append((("spentGte", "spentLte"), f"total spent {money}"))
    if orders := _numbers(query, "orders", formats.integer):
        found.append((("ordersGte", "ordersLte"), f"orders {orders}"))
    if last := _span(query, "lastOrder", zone):
        found.append((("lastOrderGte", "lastOrderLt"), f"last order {last}"))
    if seen := _span(query, "firstSeen", zone):
        found.append((("firstSeenGte", "firstSeenLt"), f"first seen {seen}"))
    if "acted" in asked:
        did = " or ".join(ACTED[act] for act in asked["acted"].split(","))
        found.append((("acted", "actedGte", "actedLt"), f"{did} {_span(query, 'acted', zone)}".strip()))
    return found + behind.chips(asked, names, zone, currency)


def _numbers(query: CustomersQuery, name: str, write: Callable[[int], str]) -> str:
    low, high = query.filters.get(f"{name}Gte"), query.filters.get(f"{name}Lte")
    if low is not None and high is not None:
        return f"{write(int(low))}" if low == high else f"{write(int(low))} to {write(int(high))}"
    if low is not None:
        return f"at least {write(int(low))}"
    return "" if high is None else f"at most {write(int(high))}"


def _span(query: CustomersQuery, name: str, zone: str) -> str:
    low, high = query.filters.get(f"{name}Gte"), query.filters.get(f"{name}Lt")
    if low is not None and high is not None:
        start, end = datetime.fromisoformat(low), datetime.fromisoformat(high)
        one_day = end - start <= ONE_DAY and {formats.clock(start, zone), formats.clock(end, zone)} == {"00:00"}
        return formats.date(start, zone) if one_day else formats.span(start, end, zone)
    if low is not None:
        return f"since {_moment(datetime.fromisoformat(low), zone)}"
    return "" if high is None else f"before {_moment(datetime.fromisoformat(high), zone)}"


def _moment(moment: datetime, zone: str) -> str:
    midnight = formats.clock(moment, zone) == "00:00"
    return formats.date(moment, zone) if midnight else formats.date_time(moment, zone)

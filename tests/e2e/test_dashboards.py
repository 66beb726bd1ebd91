"""Every KPI card of every page is the API's number, and a page asks for its data once."""

import time
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import ApiUser, Product
from tests.e2e.walking import PAGES, settle
from ui import comparison, formats

RANGES: Final = {
    "1h": {"preset": "LAST_HOUR"},
    "24h": {"preset": "LAST_24_HOURS"},
    "7d": {"preset": "LAST_7_DAYS"},
    "30d": {"preset": "LAST_30_DAYS"},
    "90d": {"preset": "LAST_90_DAYS"},
}
WITH_CARDS: Final = {
    **{f"/?range={name}": asked for name, asked in RANGES.items()},
    **{f"/live-metrics?range={name}": RANGES[name] for name in ("1h", "24h", "7d", "30d")},
}
SERIES: Final = """
query Series($range: RangeInput!) {
  %s
  open: openConversations { count }
}
"""
ONE: Final = """metricSeries(metric: "%s", range: $range) {
  metric { unit good aggregation } currency total previousTotal figure { n absent low high parts { name value } }
}"""
CARDS: Final = """
() => Array.from(document.querySelectorAll(".kpi"), (card) => {
  const slug = card.id.replace("kpi-", "");
  const text = (part) => (document.getElementById(`kpi-${slug}-${part}`) || {}).textContent;
  return {slug, missing: card.classList.contains("kpi-missing"), whole: card.textContent,
    value: text("value"), change: text("change"), origin: text("origin"), interval: text("interval")};
})
"""


def settled_cards(page: Page) -> list[dict[str, Any]]:
    settle(page)
    expect(page.locator(".kpi .skeleton")).to_have_count(0)
    found: list[dict[str, Any]] = page.evaluate(CARDS)
    return found


def of_api(user: ApiUser, slugs: list[str], asked: dict[str, str]) -> dict[str, Any]:
    fields = "\n".join(f"{slug}: {ONE % slug}" for slug in slugs)
    found: dict[str, Any] = user.data(SERIES % fields, {"range": asked})
    return found


@pytest.mark.parametrize("path", WITH_CARDS)
def test_every_card_is_the_apis_number_with_its_change_and_what_it_was_taken_from(
    product: Product, browser: Browser, admin: ApiUser, path: str
) -> None:
    """Read again when they differ: a range may have moved on by a minute in between."""
    with visiting(browser, product) as page:
        log_in(page, "viewer", path=path)
        for _ in range(3):
            cards = settled_cards(page)
            slugs = [card["slug"] for card in cards]
            known = of_api(admin, [slug for slug in slugs if slug not in ("open", "")], WITH_CARDS[path])
            expected = [card_of(card["slug"], known) if card["slug"] else None for card in cards]
            if expected == [shown(card, one) for card, one in zip(cards, expected, strict=True)]:
                break
            page.reload()
    assert {"revenue", "orders", "events"} <= set(slugs) or {"open", "conversations"} <= set(slugs)
    assert expected == [shown(card, one) for card, one in zip(cards, expected, strict=True)]


def shown(card: dict[str, Any], expected: Any) -> Any:
    """What the card says, in the shape of what is expected of it."""
    if expected is None:
        return None if "0 received" in card["whole"] else card["whole"]
    if isinstance(expected, str):
        return expected if expected in card["whole"] else card["whole"]
    return card["value"], card["change"], card["origin"], card["interval"] or ""


def card_of(slug: str, known: dict[str, Any]) -> Any:
    """Why there is no value; or the value, its change, where it came from, and what stands beside it."""
    if slug == "open":
        return formats.integer(known["open"]["count"])
    series, figure, metric = known[slug], known[slug]["figure"], known[slug]["metric"]
    total, money, unit = series["total"], series["currency"], metric["unit"]
    if total is None:
        return figure["absent"]
    delta = comparison.compare(total, series["previousTotal"], metric["good"], money, unit)
    counted = metric["aggregation"] in ("ADDITIVE", "DISTINCT") and figure["low"] is None
    p95 = next((part["value"] for part in figure["parts"] if part["name"] == "p95"), None)
    beside = formats.beside(None if counted else figure["n"], figure["low"], figure["high"], p95, unit)
    return formats.quantity(total, money, unit), delta.change, delta.origin, beside or ""


def test_no_other_page_has_cards_that_nobody_compares(product: Product, browser: Browser) -> None:
    compared = {path.partition("?")[0] for path in WITH_CARDS}
    with visiting(browser, product) as page:
        log_in(page, "admin")
        found = set()
        for path in dict.fromkeys(path.partition("?")[0] for path in PAGES):
            page.goto(path)
            settle(page)
            if page.locator(".kpi-value").count():
                found.add(path)
    assert found == compared


SHELL_SECONDS: Final = 30
SHELL_ASKS: Final = 2
"""What a tenant's people share, and who is asking: apart, so that the first is kept once for all of them."""
# Of each page, the shell's own operations apart.
ASKED: Final = {
    "/": 1,
    "/live-metrics": 1,
    "/journeys": 1,
    "/predictive": 2,  # the list of actions weighs all of them for everybody, and holds nothing up
    "/segments": 1,  # and with a version the members and what is recommended, of the segment that is chosen
    "/customers": 3,  # its filters and saved views stand apart from the list that they change
    "/system-health": 1,  # and then its subscription
}


def queries(product: Product) -> int:
    """GraphQL queries that the server has answered."""
    lines = httpx.get(f"{product.url}/metrics").text.splitlines()
    counted = (line for line in lines if line.startswith('cip_graphql_operation_seconds_count{kind="query"'))
    return round(sum(float(line.rpartition(" ")[2]) for line in counted))


def data_queries(product: Product, path: str) -> int:
    """Another test of this product may have made a version of segments."""
    user = ApiUser(product.url, "viewer")
    versions = user.data("{ segmentations(first: 1, method: RFM) { nodes { state } } }")["segmentations"]["nodes"]
    user.close()
    return ASKED[path] + (2 if path == "/segments" and versions == [{"state": "READY"}] else 0)


@pytest.mark.parametrize("path", ASKED)
def test_a_page_load_asks_for_its_data_and_the_shell_once_each(product: Product, browser: Browser, path: str) -> None:
    """The shell asks again every half minute; a slow machine may get there."""
    expected = data_queries(product, path)
    with visiting(browser, product) as page:
        log_in(page, "viewer", path="/settings?tab=account")
        settle(page)
        page.goto("about:blank")
        before, begun = queries(product), time.monotonic()
        page.goto(path)
        settle(page)
        asked = queries(product) - before - expected
        again = int((time.monotonic() - begun) // SHELL_SECONDS)
    assert asked in range(SHELL_ASKS, SHELL_ASKS * (1 + again) + 1)

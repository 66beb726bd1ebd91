"""Every KPI card of every page is the API's number, and a page asks for its data once."""

import re
import time
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Browser, Page, Request, expect

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
  metric { unit good } currency total previousTotal figure { n absent low high parts { name value } }
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
    with visiting(browser, product) as page:
        log_in(page, "viewer", path=path)
        cards = settled_cards(page)
    slugs = [card["slug"] for card in cards if card["slug"] not in ("open", "")]
    known = of_api(admin, slugs, WITH_CARDS[path])
    assert {"revenue", "orders", "events"} <= set(slugs) or {"open", "conversations"} <= {one["slug"] for one in cards}
    for card in cards:
        slug = card["slug"]
        if slug == "open":
            assert card["value"] == formats.integer(known["open"]["count"])
        elif slug == "":
            assert "0 received" in card["whole"]
        elif card["missing"]:
            assert known[slug]["total"] is None
            assert known[slug]["figure"]["absent"] in card["whole"]
        else:
            series, figure = known[slug], known[slug]["figure"]
            unit, money = series["metric"]["unit"], series["currency"]
            total, before = series["total"], series["previousTotal"]
            assert card["value"] == formats.quantity(total, money, unit), slug
            delta = comparison.compare(total, before, series["metric"]["good"], money, unit)
            assert (card["change"], card["origin"]) == (delta.change, delta.origin), slug
            if card["interval"] is not None and figure["low"] is not None:
                assert card["interval"].startswith(formats.interval(figure["n"], figure["low"], figure["high"], unit))


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


# Of each page, the shell's own operation apart.
ASKED: Final = {
    "/": 1,
    "/live-metrics": 1,
    "/journeys": 1,
    "/predictive": 2,  # the list of actions weighs all of them for everybody, and holds nothing up
    "/segments": 1,
    "/customers": 1,
    "/system-health": 0,  # its subscription brings the whole
}


def queries(product: Product) -> int:
    """GraphQL queries that the server has answered."""
    lines = httpx.get(f"{product.url}/metrics").text.splitlines()
    counted = (line for line in lines if line.startswith('cip_graphql_operation_seconds_count{kind="query"'))
    return round(sum(float(line.rpartition(" ")[2]) for line in counted))


@pytest.mark.parametrize("path", ASKED)
def test_a_page_load_asks_for_its_data_once_and_the_shell_once(product: Product, browser: Browser, path: str) -> None:
    """The shell asks again every half minute; a slow machine may get there, so its requests are counted too."""
    with visiting(browser, product) as page:
        log_in(page, "viewer", path="/settings?tab=account")
        settle(page)
        shells: list[Request] = []
        page.on("request", lambda request: shells.append(request) if _of_the_shell(request) else None)
        page.goto("about:blank")
        before = queries(product)
        page.goto(path)
        settle(page)
        deadline = time.monotonic() + 30
        while (asked := queries(product) - before - len(shells)) != ASKED[path] and time.monotonic() < deadline:
            page.wait_for_timeout(200)
    assert (asked, len(shells) > 0) == (ASKED[path], True)


def _of_the_shell(request: Request) -> bool:
    return request.url.endswith("/_dash-update-component") and bool(
        re.search(r'"output":"[^"]*tenant-box', request.post_data or "")
    )

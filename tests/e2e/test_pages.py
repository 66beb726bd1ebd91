"""Each role logs in and sees the same numbers as the API says."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import ApiUser, Product

KPIS = """
query Kpis($preset: RangePreset!) {
  revenue: metricSeries(metric: "revenue", range: {preset: $preset}) { total previousTotal }
  orders: metricSeries(metric: "orders", range: {preset: $preset}) { total previousTotal }
  active_customers: metricSeries(metric: "active_customers", range: {preset: $preset}) { total previousTotal }
  events: metricSeries(metric: "events", range: {preset: $preset}) { total previousTotal }
  conversations: metricSeries(metric: "conversations", range: {preset: $preset}) { total previousTotal }
}
"""
RANGES = {"1h": "LAST_HOUR", "24h": "LAST_24_HOURS", "7d": "LAST_7_DAYS", "30d": "LAST_30_DAYS", "90d": "LAST_90_DAYS"}


def shown_number(page: Page, metric: str) -> float:
    text = page.inner_text(f"#kpi-{metric}-value")
    return float(re.sub(r"[^\d.\u2212]", "", text).replace("\u2212", "-"))


@pytest.mark.parametrize("role", ["admin", "analyst", "viewer"])
def test_each_role_sees_the_numbers_of_the_api(product: Product, browser: Browser, admin: ApiUser, role: str) -> None:
    with visiting(browser, product) as page:
        log_in(page, role)
        expect(page.locator("#user-box")).to_contain_text(role.capitalize())
        expect(page.locator("#kpi-revenue-value")).to_be_visible()
        expect(page.locator("#live-word")).to_have_text("Live")
        for metric, series in admin.data(KPIS, {"preset": RANGES["7d"]}).items():
            expected = float(str(series["total"])) / (100 if metric == "revenue" else 1)
            assert shown_number(page, metric) == pytest.approx(expected, abs=0.5), metric


@pytest.mark.parametrize("name", list(RANGES))
def test_each_range_by_its_address(product: Product, browser: Browser, admin: ApiUser, name: str) -> None:
    with visiting(browser, product) as page:
        log_in(page, "viewer", path=f"/?range={name}")
        expect(page.locator("#kpi-events-value")).to_be_visible()
        series = admin.data(KPIS, {"preset": RANGES[name]})["events"]
        assert shown_number(page, "events") == series["total"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_is_quiet_and_fits_its_window(product: Product, browser: Browser, theme: str, width: int) -> None:
    with visiting(browser, product, width=width, theme=theme) as page:
        page.goto("/login")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        log_in(page, "viewer")
        expect(page.locator("#kpi-revenue-value")).to_be_visible()
        assert page.get_attribute("html", "data-bs-theme") == theme
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.goto("/customers")
        link = page.locator("a[href^='/customers/']").first
        expect(link).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.goto(link.get_attribute("href") or "")
        expect(page.locator("h1")).to_contain_text("acmecanary customer")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_customers_are_searched_sorted_and_paged(product: Product, browser: Browser, admin: ApiUser) -> None:
    found: Any = admin.data("{ customers(first: 1) { totalCount { value } } }")
    others = found["customers"]["totalCount"]["value"] - 25  # other tests bring customers in
    with visiting(browser, product) as page:
        log_in(page, "viewer", path="/customers")
        rows = page.locator("tbody tr")
        expect(rows).to_have_count(25)
        expect(rows.first).to_contain_text("acmecanary customer 000")
        page.get_by_role("button", name="Next").click()
        expect(rows).to_have_count(others)
        page.get_by_role("button", name="Previous").click()
        expect(rows).to_have_count(25)
        page.fill("#customers-search", "acmecanary customer 007")
        expect(rows).to_have_count(1)
        expect(page).to_have_url(re.compile("q=acmecanary"))
        rows.first.locator("a").first.click()
        expect(page.locator("h1")).to_contain_text("acmecanary customer 007")
        expect(page.get_by_text("acmecanary question").first).to_be_visible()


def test_the_customers_page_works_by_keyboard(product: Product, browser: Browser) -> None:
    with visiting(browser, product) as page:
        log_in(page, "viewer", path="/customers")
        expect(page.locator("tbody tr")).to_have_count(25)
        page.keyboard.press("/")
        # With pauses as people make them: the list is asked for in between, and nothing typed is lost.
        for part in ("acme", "canary ", "customer", " 011"):
            page.keyboard.type(part, delay=60)
            page.wait_for_timeout(330)
        expect(page.locator("#customers-search")).to_have_value("acmecanary customer 011")
        expect(page.locator("tbody tr")).to_have_count(1)
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.getAttribute('href') || ''").startswith("/customers/"):
                break
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_contain_text("acmecanary customer 011")


def test_another_tenants_customer_is_as_unknown_as_any(product: Product, browser: Browser) -> None:
    foreign = ApiUser(product.url, "admin", tenant="globex")
    query = "{ customers(first: 1) { nodes { id } } }"
    nodes = foreign.data(query)["customers"]["nodes"]
    assert isinstance(nodes, list)
    foreign.close()
    with visiting(browser, product) as page:
        log_in(page, "admin", path=f"/customers/{nodes[0]['id']}")
        expect(page.get_by_text("globexcanary")).to_have_count(0)
        expect(page.locator("#main")).to_contain_text("No customer")


def test_a_tenant_without_data_says_so(product: Product, browser: Browser) -> None:
    with visiting(browser, product) as page:
        log_in(page, "admin", tenant="empty")
        expect(page.get_by_text("Not available yet")).to_be_visible()
        expect(page.locator("#kpi-revenue-value")).to_have_count(0)
        page.goto("/customers")
        expect(page.locator("#main")).to_contain_text("No customers yet")


def test_logging_out_ends_the_page_and_wrong_passwords_say_so(product: Product, browser: Browser) -> None:
    with visiting(browser, product) as page:
        log_in(page, "viewer")
        page.get_by_role("button", name="Log out").click()
        page.wait_for_url("**/login*")
        page.goto("/customers")
        page.wait_for_url("**/login?next=*")
        page.fill("[name=tenant]", "acme")
        page.fill("[name=username]", "viewer")
        page.fill("[name=password]", "wrong")
        page.click("button[type=submit]")
        expect(page.locator("[role=alert]")).to_contain_text("not right")

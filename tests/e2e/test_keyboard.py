"""The main tasks without a mouse: what lies over the page keeps the focus, and Escape closes it and gives it back."""

from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import Product


def focused(page: Page) -> str:
    """What has the focus: the nearest id or label."""
    found: str = page.evaluate(
        "() => [document.activeElement].map((one) => one.getAttribute('aria-label') || one.id || one.textContent)[0]"
    )
    return found


def test_the_skip_link_comes_first_and_leads_past_the_rail(product: Product, browser: Browser) -> None:
    with visiting(browser, product) as page:
        log_in(page, "viewer", path="/customers")
        page.reload()
        page.wait_for_selector("#customers-search")
        page.keyboard.press("Tab")
        expect(page.locator(".skip-link")).to_be_focused()
        expect(page.locator(".skip-link")).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()


def test_a_panel_keeps_the_focus_until_escape_closes_it(product: Product, browser: Browser) -> None:
    with visiting(browser, product) as page:
        log_in(page, "viewer", path="/?range=30d&metrics=orders&table=trends")
        row = page.locator("[data-chart=trends] .chart-twin tbody tr").nth(2).locator(".drill")
        row.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".drill-title")).to_be_focused()
        for _ in range(page.locator("#drill-panel a, #drill-panel button").count() + 2):
            page.keyboard.press("Tab")
            assert page.evaluate("document.getElementById('drill-panel').contains(document.activeElement)")
        page.locator("#drill-panel a, #drill-panel button").first.focus()
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("document.getElementById('drill-panel').contains(document.activeElement)")
        page.keyboard.press("Escape")
        expect(page.locator("#drill-panel")).to_be_hidden()
        expect(row).to_be_focused()


def test_a_menu_closes_by_escape_and_gives_the_focus_back(product: Product, browser: Browser) -> None:
    with visiting(browser, product) as page:
        log_in(page, "analyst", path="/?range=30d&metrics=orders")
        opener = page.get_by_label("Trends: export")
        opener.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert focused(page).startswith("CSV")
        page.keyboard.press("Escape")
        expect(page.locator("details[open]")).to_have_count(0)
        expect(opener).to_be_focused()


def test_on_a_phone_the_menu_keeps_the_focus_and_escape_closes_it(product: Product, browser: Browser) -> None:
    with visiting(browser, product, width=390, height=844) as page:
        log_in(page, "viewer", path="/customers")
        opener = page.locator("#menu-button")
        opener.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#rail")).to_be_visible()
        page.keyboard.press("Tab")
        assert page.evaluate("document.getElementById('rail').contains(document.activeElement)")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Shift+Tab")
        expect(page.get_by_role("button", name="Log out")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.locator("#rail")).to_be_hidden()
        expect(opener).to_be_focused()

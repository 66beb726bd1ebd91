"""Pages with nothing to show, and pages without Redis: they say so, and nothing fails."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import Product
from tests.e2e.walking import settle

PAGES = ("/", "/live-metrics", "/segments", "/journeys", "/predictive", "/customers", "/system-health")
FAILED = ("could not be loaded", "Something in this page failed", "NaN", "undefined")


def failing(page: Page) -> dict[str, list[str]]:
    """The pages that show a failure, or what no person should read."""
    found = {}
    for path in PAGES:
        page.goto(path)
        settle(page)
        shown = page.locator("#main").inner_text()
        if wrong := [word for word in FAILED if word in shown]:
            found[path] = wrong
    return found


@pytest.mark.parametrize("role", ["viewer", "admin"])
def test_a_tenant_without_data_has_every_page(product: Product, browser: Browser, role: str) -> None:
    with visiting(browser, product) as page:
        log_in(page, role, tenant="empty")
        assert failing(page) == {}
        page.goto("/customers/Q3VzdG9tZXI6MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAw")
        expect(page.locator("#main")).to_contain_text("No customer")


def test_without_redis_every_page_shows_its_figures_and_says_what_is_off(product: Product, browser: Browser) -> None:
    with visiting(browser, product, expect_complaints=True) as page:
        log_in(page, "viewer")
        product.valkey.stop()
        try:
            # The hub notices at its next try.
            page.reload()
            expect(page.locator("#banner")).to_contain_text("Redis")
            assert failing(page) == {}
            page.goto("/customers")
            expect(page.locator("tbody tr")).to_have_count(25)
            expect(page.locator("#banner")).to_contain_text("Redis")
        finally:
            product.valkey.start()

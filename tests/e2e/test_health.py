"""The System Health page in a browser: it moves by itself, and says what is down."""

import os
import signal

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import Product


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_live_and_fits(browser: Browser, product: Product, width: int, theme: str) -> None:
    with visiting(browser, product, width=width, theme=theme) as page:
        log_in(page, "admin", path="/system-health")
        expect(page.locator(".health-checks tbody tr")).to_have_count(5)
        expect(page.locator("#live-word")).to_have_text("Live")
        measured = page.locator("#health-asof").inner_text()
        expect(page.locator("#health-asof")).not_to_have_text(measured)
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_a_frozen_redis_is_named_and_its_return_too(browser: Browser, product: Product) -> None:
    with visiting(browser, product) as page:
        log_in(page, "viewer", path="/system-health")
        expect(page.locator("#health-summary")).to_be_visible()
        os.kill(product.valkey.pid, signal.SIGSTOP)
        try:
            expect(page.locator("#health-summary")).to_contain_text("Redis does not answer.")
            expect(page.locator(".happened")).to_contain_text("Redis stopped answering")
        finally:
            os.kill(product.valkey.pid, signal.SIGCONT)
        expect(page.locator("#health-summary")).not_to_contain_text("Redis does not answer.")
        expect(page.locator(".happened")).to_contain_text("Redis answers again")
        expect(page.get_by_text("Capacity", exact=True)).to_have_count(0)

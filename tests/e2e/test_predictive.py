"""Predictive Insights in a browser: what is missing is said, controls are for those who may use them."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import Product


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_without_enough_data_the_page_says_what_is_needed_and_fits(
    browser: Browser, product: Product, width: int, theme: str
) -> None:
    with visiting(browser, product, width=width, theme=theme) as page:
        log_in(page, "viewer", path="/predictive?kind=value&days=60")
        expect(page.locator("#predictive-need")).to_contain_text("0 of 1, 1 to go")
        expect(page.get_by_text("Training needs scoring:manage (analyst or admin).")).to_be_visible()
        expect(page.locator("#model-train")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_an_analyst_asks_for_a_model_and_is_told_what_is_missing(browser: Browser, product: Product) -> None:
    with visiting(browser, product) as page:
        log_in(page, "analyst", path="/predictive?kind=churn&days=90")
        page.click("#model-train")
        expect(page.locator("#predictive-need")).to_contain_text("of 270")
        expect(page.locator(".versions")).to_contain_text("Too little data")


def test_kind_and_horizon_stand_in_the_address(browser: Browser, product: Product) -> None:
    with visiting(browser, product) as page:
        log_in(page, "viewer", path="/predictive")
        page.get_by_role("link", name="Value", exact=True).click()
        expect(page.locator(".predictive-body .card-title").first).to_have_text("Value in 30 d")
        page.get_by_role("link", name="60 days", exact=True).click()
        expect(page.locator(".predictive-body .card-title").first).to_have_text("Value in 60 d")
        assert page.url.endswith("/predictive?kind=value&days=60")

"""The Customer Segmentation page in a browser: a run to its end, a rule from form to members, and why."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import Product


def test_an_analyst_runs_the_method_and_lists_a_segment(browser: Browser, product: Product) -> None:
    with visiting(browser, product) as page:
        log_in(page, "analyst", path="/segments")
        page.get_by_text("Run again", exact=True).click()
        page.locator("#segmentation-run").click()
        expect(page.locator("#segmentation-progress .notice-good")).to_contain_text("30 customers are in 11 segments.")
        expect(page.locator(".sizes-table tbody tr")).to_have_count(11)
        expect(page.locator("#segmentation-members tbody tr").first).to_be_visible()
        page.locator("#segmentation-members button").first.click()
        expect(page.locator("#segmentation-explanation")).to_contain_text("Its fifths are those of")


def test_an_analyst_makes_a_rule_and_a_wrong_one_is_told_where(browser: Browser, product: Product) -> None:
    with visiting(browser, product) as page:
        log_in(page, "analyst", path="/segments?method=rules")
        page.fill("#rule-name", "Everybody who bought")
        page.fill("#rule-text", '{"metric": "orders"}')
        page.locator("#rule-make").click()
        expect(page.locator("#rule-problem")).to_have_text("definition needs atLeast or atMost, or both.")
        page.fill("#rule-text", '{"metric": "orders", "atLeast": 1}')
        page.locator("#rule-make").click()
        expect(page.locator("#segmentation-progress .notice-good")).to_contain_text("30 customers are in it.")
        expect(page.locator("#segmentation-members-title")).to_contain_text("Everybody who bought: 30 customers")


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("method", ["rfm", "kmeans", "rules"])
def test_a_viewer_sees_no_control_that_would_be_refused_and_the_page_fits(
    browser: Browser, product: Product, method: str, width: int
) -> None:
    with visiting(browser, product, width=width, theme="dark") as page:
        log_in(page, "viewer", path=f"/segments?method={method}")
        expect(page.locator("#segmentation-body .card").first).to_be_visible()
        expect(page.locator(".may-segment:visible")).to_have_count(0)
        assert page.evaluate("document.documentElement.scrollWidth") == width

"""A page on paper."""

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import Product


def test_paper_is_light_and_says_whose_figures_by_which_filters(product: Product, browser: Browser) -> None:
    with visiting(browser, product, theme="dark") as page:
        log_in(page, "viewer", path="/customers?spentGte=2020")
        expect(page.locator(".chip")).to_have_text("Total spent at least £20.20")
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        head = page.locator(".print-head")
        expect(head).to_contain_text("acmecanary Ltd · Customers")
        expect(head).to_contain_text("Total spent at least £20.20")
        assert page.get_attribute("html", "data-bs-theme") == "light"
        for hidden in ("#rail", ".page-tools", ".chip", ".pager button"):
            expect(page.locator(hidden).first).to_be_hidden()
        expect(page.locator("tbody tr").first).to_be_visible()
        expect(page.locator(".pager-text")).to_be_visible()
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        expect(head).to_have_count(0)
        assert page.get_attribute("html", "data-bs-theme") == "dark"

"""The API explorer in a browser: it runs what is written, as whoever is logged in, and says what it costs."""

from playwright.sync_api import Browser, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import Product


def test_an_example_is_run_and_its_cost_is_shown(product: Product, browser: Browser) -> None:
    with visiting(browser, product, expect_complaints=True) as page:
        log_in(page, "viewer")
        page.locator("#nav-explorer").click()
        expect(page.locator(".graphiql-query-editor")).to_contain_text("WhoAmI")
        page.get_by_label("Example").select_option(label="The customers who spend most, with their last orders")
        expect(page.locator(".graphiql-query-editor")).to_contain_text("BestCustomers")
        expect(page.locator("#cost")).to_have_text("At most 56 points.")
        page.locator(".graphiql-execute-button").click()
        expect(page.locator(".result-window")).to_contain_text("totalSpent")
        expect(page.locator("#cost")).to_contain_text("points, at most 56. Left: ")

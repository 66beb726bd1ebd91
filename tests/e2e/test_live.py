"""What the browser shows moves with what is ingested, through restarts and without Redis."""

import itertools
import time

from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import ApiUser, Product

NUMBERS = itertools.count(1)
LAST_POINT = "document.querySelector('#trend-orders .js-plotly-plot').data[1].y.slice(-1)[0]"


def orders(page: Page) -> int:
    return int(page.inner_text("#kpi-orders-value").replace(",", ""))


def open_live(page: Page) -> None:
    log_in(page, "viewer")
    expect(page.locator("#live-word")).to_have_text("Live")
    expect(page.locator("#trend-orders .js-plotly-plot")).to_be_visible()


def order_and_see(page: Page, admin: ApiUser) -> None:
    """One more order is shown, without a reload: in the number and at the end of the chart."""
    expect(page.locator("#trend-orders .js-plotly-plot .trace").first).to_be_attached()
    before, point = orders(page), page.evaluate(LAST_POINT)
    admin.order(next(NUMBERS), 1_250)
    expect(page.locator("#kpi-orders-value")).to_have_text(f"{before + 1:,}", timeout=60_000)
    deadline = time.monotonic() + 60
    while page.evaluate(LAST_POINT) != point + 1:
        assert time.monotonic() < deadline, (page.evaluate(LAST_POINT), point)
        page.wait_for_timeout(50)


def test_an_ingested_event_moves_the_chart_without_a_reload(product: Product, browser: Browser, admin: ApiUser) -> None:
    with visiting(browser, product) as page:
        open_live(page)
        page.evaluate("window.notReloaded = true")
        order_and_see(page, admin)
        expect(page.locator("#newest-body tbody tr").first).to_contain_text("Order completed")
        assert page.evaluate("window.notReloaded") is True


def test_the_socket_comes_back_after_a_restart(product: Product, browser: Browser) -> None:
    with visiting(browser, product, expect_complaints=True) as page:
        open_live(page)
        product.stop()
        expect(page.locator("#live-word")).not_to_have_text("Live", timeout=60_000)
        product.start()
        expect(page.locator("#live-word")).to_have_text("Live", timeout=60_000)
        after = ApiUser(product.url, "admin")
        order_and_see(page, after)
        after.close()


def test_without_redis_the_pages_work_and_move_and_say_so(product: Product, browser: Browser, admin: ApiUser) -> None:
    try:
        with visiting(browser, product) as page:
            open_live(page)
            product.valkey.stop()
            order_and_see(page, admin)
            page.reload()
            expect(page.locator("#banner")).to_contain_text("Redis is not answering")
            expect(page.locator("#live-word")).to_have_text("Live")
            order_and_see(page, admin)
            page.goto("/customers")
            expect(page.locator("tbody tr")).to_have_count(25)
    finally:
        product.valkey.start()
    with visiting(browser, product) as page:
        log_in(page, "viewer")
        expect(page.locator("#live-word")).to_have_text("Live")


def test_a_session_that_ends_elsewhere_closes_the_socket_and_leads_to_the_login(
    product: Product, browser: Browser
) -> None:
    with visiting(browser, product) as page:
        open_live(page)
        other = page.context.new_page()
        other.goto("/customers")
        other.get_by_role("button", name="Log out").click()
        page.wait_for_url("**/login*", timeout=60_000)

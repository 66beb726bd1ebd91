"""The Journey page in a browser: its figures are the API's, and the address leads to who stands behind them."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import ApiUser, Product

JOURNEY = "{ journey(range: {preset: LAST_90_DAYS}) { customers stages { stage { name } entered customers here } } }"


def test_figures_customers_and_one_way(product: Product, browser: Browser, admin: ApiUser) -> None:
    stages = admin.data(JOURNEY)["journey"]["stages"]
    assert isinstance(stages, list)
    [purchase] = [one for one in stages if one["stage"]["name"] == "Purchase"]
    with visiting(browser, product) as page:
        log_in(page, "viewer", path="/journeys")
        row = page.locator(".journey-stages tbody tr", has_text="Purchase")
        expect(row.locator("td").first).to_have_text(str(purchase["entered"]))
        expect(page.locator("#journey-funnel .js-plotly-plot")).to_be_visible()
        expect(page.locator("#journey-flow .sankey-node").first).to_be_visible()
        row.get_by_role("link", name="Purchase").click()
        expect(page).to_have_url(re.compile("stage=purchase"))
        expect(page.locator("#journey-panel")).to_contain_text(f"{purchase['entered']} entries")
        page.locator("#journey-panel tbody a").first.click()
        expect(page).to_have_url(re.compile("customer="))
        expect(page.locator("#journey-panel")).to_contain_text("The way so far")
        page.reload()
        expect(page.locator("#journey-panel")).to_contain_text("The way so far")
        page.go_back()
        expect(page.locator("#journey-panel")).to_contain_text("entries in this range")


def test_tables_hold_what_the_charts_show_and_a_row_leads_to_its_customers(
    product: Product, browser: Browser, admin: ApiUser
) -> None:
    stages = admin.data(JOURNEY)["journey"]["stages"]
    assert isinstance(stages, list)
    [purchase] = [one for one in stages if one["stage"]["name"] == "Purchase"]
    with visiting(browser, product) as page:
        log_in(page, "analyst", path="/journeys")
        page.get_by_role("link", name="Show as tables").click()
        expect(page).to_have_url(re.compile("table=funnel,"))
        row = page.locator("[data-chart=funnel] .chart-twin tbody tr", has_text="Purchase")
        expect(row.locator("td").first).to_have_text(str(purchase["entered"]))
        page.get_by_label("Funnel: export").click()
        with page.expect_download() as download:
            page.locator("[data-chart=funnel]").get_by_role("button", name=re.compile("^CSV")).click()
        assert re.fullmatch(r"acme-funnel-[\w-]+\.csv", download.value.suggested_filename)
        row.locator(".drill").click()
        expect(page.locator(".drill-title")).to_have_text(f"{purchase['customers']} customers")
        page.keyboard.press("Escape")
        page.get_by_role("link", name="Show as charts").click()
        expect(page.locator("#journey-funnel .js-plotly-plot")).to_be_visible()
        expect(page).to_have_url(re.compile("/journeys$"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_is_quiet_and_fits_its_window(product: Product, browser: Browser, theme: str, width: int) -> None:
    with visiting(browser, product, width=width, theme=theme) as page:
        log_in(page, "viewer", path="/journeys")
        expect(page.locator("#journey-flow .sankey-node").first).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_tenant_without_data_says_so(product: Product, browser: Browser) -> None:
    with visiting(browser, product) as page:
        log_in(page, "admin", tenant="empty", path="/journeys")
        expect(page.locator("#main")).to_contain_text("No journeys yet")

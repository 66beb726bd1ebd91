"""What every chart offers: its table, its files, its comparison, and the customers behind a point."""

import csv
import re
from io import StringIO
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import ApiUser, Product

ORDERED = """
query Ordered($where: CustomerWhere) { customers(first: 100, where: $where) { totalCount { value } nodes { name } } }
"""


def open_trends(page: Page, role: str, path: str = "/") -> None:
    log_in(page, role, path=path)
    expect(page.locator("#trend-revenue .js-plotly-plot")).to_be_visible()


def test_the_file_holds_what_the_table_shows_and_the_address_keeps_the_table(
    product: Product, browser: Browser
) -> None:
    with visiting(browser, product) as page:
        open_trends(page, "analyst", "/?range=30d")
        page.get_by_role("button", name="Trends: show as a table").click()
        expect(page).to_have_url(re.compile("table=trends"))
        rows = page.locator("[data-chart=trends] .chart-twin tbody tr")
        expect(rows).to_have_count(30)
        shown = [
            row.split("\t") for row in page.locator("[data-chart=trends] .chart-twin table").inner_text().splitlines()
        ]
        page.get_by_label("Trends: export").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="CSV, 30 rows").click()
        assert re.fullmatch(r"acme-trends-[\w-]+\.csv", download.value.suggested_filename)
        held = list(csv.reader(StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))
        assert len(held) == 31
        orders = held[0].index("Orders")
        assert [row[orders] for row in held[1:]] == [row[orders] for row in shown[1:]]
        page.reload()
        expect(rows).to_have_count(30)


def test_a_chart_leaves_as_a_picture(product: Product, browser: Browser) -> None:
    with visiting(browser, product) as page:
        open_trends(page, "analyst")
        page.get_by_label("Trends: export").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="PNG picture").click()
        assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")


def test_a_viewer_sees_no_export_and_no_page_that_would_be_refused(product: Product, browser: Browser) -> None:
    with visiting(browser, product) as page:
        open_trends(page, "viewer")
        expect(page.get_by_label("Trends: export")).to_be_hidden()
        expect(page.get_by_role("link", name="Settings")).to_be_hidden()
        page.goto("/settings")
        expect(page.locator("#main")).to_contain_text("You need the role admin")


def test_the_comparison_can_be_left_out_and_the_address_says_so(product: Product, browser: Browser) -> None:
    with visiting(browser, product) as page:
        open_trends(page, "viewer")
        expect(page.locator("#legend-previous")).to_be_visible()
        page.get_by_role("button", name="Previous period").click()
        expect(page).to_have_url(re.compile("cmp=none"))
        expect(page.locator("#legend-previous")).to_have_count(0)


def test_a_row_leads_to_its_customers_by_an_address_that_can_be_shared(
    product: Product, browser: Browser, admin: ApiUser
) -> None:
    with visiting(browser, product) as page:
        log_in(page, "viewer", path="/?range=30d&metrics=orders&table=trends")
        page.locator("[data-chart=trends] .chart-twin tbody tr").nth(2).locator(".drill").click()
        title = page.locator(".drill-title")
        expect(title).to_contain_text("customer")
        expect(title).to_be_focused()
        shared, counted = page.url, title.inner_text()
        page.keyboard.press("Escape")
        expect(page.locator("#drill-panel")).to_be_hidden()
        page.goto(shared)
        expect(title).to_have_text(counted)
        page.get_by_role("link", name="Open in Customers").click()
        expect(page.locator("#customers-count")).to_contain_text(counted)
        expect(page.locator(".chip")).to_have_count(1)
        page.locator(".chip").click()
        everybody = admin.data(ORDERED, {})["customers"]["totalCount"]
        assert isinstance(everybody, dict)
        expect(page.locator("#customers-count")).to_have_text(f"{everybody['value']} customers")

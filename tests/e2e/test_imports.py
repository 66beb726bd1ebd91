"""A file through the browser: chosen, mapped, tried, imported, watched, undone; and a list that leaves as a file."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import Product

ORDERS = """Order No,Order Date,Client Id,Article,Qty,Price
e2e-1,31/3/2025 10:00,e2e-c1,a,1,1.50
e2e-1,31/3/2025 10:00,e2e-c1,b,2,2.00
e2e-2,30/3/2025 10:00,e2e-c2,a,oops,1.50
"""


def choose(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.click("#import-choose")
    chooser.value.set_files(path)
    expect(page.locator(".import-table")).to_be_visible()


def counts(page: Page) -> list[str]:
    return page.locator(".import-counts dd").all_inner_texts()


def test_a_file_is_tried_imported_and_undone(product: Product, browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS)
    with visiting(browser, product) as page:
        log_in(page, "admin", path="/imports")
        choose(page, path)
        expect(page.locator("#import-kind")).to_contain_text("Orders")
        page.click("#import-dry")
        expect(page.locator(".import-result")).to_contain_text("Dry run done")
        assert counts(page) == ["2", "0", "0", "1"]
        with page.expect_download() as download:
            page.get_by_role("link", name="Rows with errors").click()
        assert "NOT_A_NUMBER" in download.value.path().read_text()
        page.click("#import-go")
        expect(page.locator(".import-result .badge-good")).to_have_text("Imported")
        assert counts(page) == ["2", "0", "0", "1"]
        page.locator(".import-result .menu-holder summary").click()
        page.locator(".import-result .import-confirm button").click()
        expect(page.locator(".import-result")).to_contain_text("Undone")
        expect(page.locator("#imports-body tbody tr").first).to_contain_text("Undone")


def test_who_is_no_admin_sees_no_way_to_import(product: Product, browser: Browser) -> None:
    with visiting(browser, product) as page:
        log_in(page, "analyst", path="/imports")
        expect(page.locator("#main")).to_contain_text("You need the admin role")
        expect(page.locator("#import-choose")).to_be_hidden()
        expect(page.locator("#nav-imports")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_mapping_fits_a_phone(product: Product, browser: Browser, tmp_path: Path, theme: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(ORDERS)
    with visiting(browser, product, width=390, theme=theme) as page:
        log_in(page, "admin", path="/imports")
        choose(page, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_customers_leave_as_they_are_searched(product: Product, browser: Browser) -> None:
    with visiting(browser, product) as page:
        log_in(page, "analyst", path="/customers?q=acmecanary+customer+00&sort=-spent")
        expect(page.locator("tbody tr")).to_have_count(10)
        shown = page.locator("tbody tr th").all_inner_texts()
        page.locator("#customers-export summary").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV").click()
        lines = download.value.path().read_text().splitlines()
        assert [line.split(",")[2] for line in lines[1:]] == shown

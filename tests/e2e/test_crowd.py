"""A tenant with 100,000 customers: the pages answer, with its real figures."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, expect

from models.database import Database
from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import Product, real_now
from tests.support import services
from tests.support.crowd import crowd
from tests.support.world import make_tenant

CUSTOMERS = 100_000


@pytest.fixture(scope="module")
def many(product: Product) -> str:
    """Filled by a thread of its own: the browser's loop leaves no room for another in this one."""

    async def made() -> None:
        database = Database.connect(services.application_url(product.database), pool_size=2)
        try:
            tenant = await make_tenant(database, "crowd", "crowdcanary")
            await crowd(database, tenant, CUSTOMERS, real_now())
        finally:
            await database.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, made()).result()
    return "crowd"


def test_pages_of_a_hundred_thousand_customers_answer(product: Product, many: str, browser: Browser) -> None:
    with visiting(browser, product) as page:
        log_in(page, "viewer", tenant=many)
        expect(page.locator("#kpi-revenue-value")).to_be_visible()
        page.goto("/customers")
        expect(page.locator("tbody tr")).to_have_count(25)
        expect(page.locator("#customers-count")).to_contain_text("10,000")
        page.get_by_role("button", name="Next").click()
        expect(page.locator("tbody tr").first).to_contain_text("crowdcanary customer 000026")
        page.goto("/customers?q=crowdcanary%20customer%20099999&sort=-spent")
        expect(page.locator("tbody tr")).to_have_count(1)
        page.goto("/customers?country=Wales&sort=-last")
        expect(page.locator("tbody tr")).to_have_count(25)
        page.goto("/segments")
        expect(page.locator(".skeletons")).to_have_count(0)
        expect(page.locator("#main")).not_to_contain_text("could not be loaded")
        page.goto("/live-metrics?range=7d")
        expect(page.locator(".skeletons")).to_have_count(0)
        expect(page.locator("#main")).not_to_contain_text("could not be loaded")

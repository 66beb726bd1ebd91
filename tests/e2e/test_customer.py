"""One customer's page in a browser: what is known of a customer, and deciding on what to do next."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import SHOP, ApiUser, Product

BEST = "{ nextBestActions(first: 1) { nodes { customer { id name } action { code } } } }"
DECISIONS = "{ actionDecisions(first: 5) { nodes { action decided customer { id } } } }"


@pytest.fixture
def shop_admin(product: Product) -> Iterator[ApiUser]:
    user = ApiUser(product.url, "admin", SHOP)
    yield user
    user.close()


def best(user: ApiUser) -> tuple[str, str]:
    """A customer with an open action, and its code."""
    found: Any = user.data(BEST)["nextBestActions"]["nodes"]
    return found[0]["customer"]["id"], found[0]["action"]["code"]


def test_an_analyst_accepts_an_action_and_sees_it_come_true(
    browser: Browser, product: Product, shop_admin: ApiUser
) -> None:
    customer, code = best(shop_admin)
    assert code == "retention"
    with visiting(browser, product) as page:
        log_in(page, "analyst", tenant=SHOP, path=f"/customers/{customer}")
        page.get_by_role("button", name="Accept: Retention").click()
        expect(page.locator("#customer-actions .notice")).to_have_text("Accepted: Retention.")
        expect(page.get_by_role("button", name="Accept: Retention")).to_have_count(0)
        expect(page.locator("#customer-actions details")).to_contain_text("accepted not long ago")
        expect(page.locator("#timeline")).to_contain_text("Retention accepted")
    decisions = shop_admin.data(DECISIONS)["actionDecisions"]["nodes"]
    assert decisions == [{"action": "retention", "decided": "ACCEPT", "customer": {"id": customer}}]


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_viewer_sees_every_panel_and_no_button(
    browser: Browser, product: Product, shop_admin: ApiUser, width: int, theme: str
) -> None:
    customer, _ = best(shop_admin)
    with visiting(browser, product, width=width, theme=theme) as page:
        log_in(page, "viewer", tenant=SHOP, path=f"/customers/{customer}")
        expect(page.locator("#customer-actions")).to_contain_text("33% chance of staying")
        expect(page.locator("#customer-actions button")).to_have_count(0)
        for title in ("Next best actions", "Journey", "Predictions", "RFM", "Segments", "Timeline"):
            expect(page.get_by_role("heading", name=title, exact=True, level=2)).to_be_visible()
        expect(page.locator("#prediction-churn")).to_contain_text("Full explanation")
        assert page.evaluate("document.documentElement.scrollWidth") == width

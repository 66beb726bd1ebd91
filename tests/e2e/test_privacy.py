"""Consent, export and erasure of one customer, from the customer's own page."""

import json
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import ApiUser, Product

INGEST: Final = "mutation ($input: EventsIngestInput!) { eventsIngest(input: $input) { verdicts { status } } }"
FIND: Final = "query ($where: CustomerWhere) { customers(first: 2, where: $where) { nodes { id email } } }"


def find(user: ApiUser, external_id: str) -> list[Any]:
    found: Any = user.data(FIND, {"where": {"externalId": {"eq": external_id}}})["customers"]
    nodes: list[Any] = found["nodes"]
    return nodes


@pytest.fixture
def somebody(admin: ApiUser) -> tuple[str, str]:
    """A customer of this test's own: (id, external id)."""
    name = f"somebody-{uuid4().hex[:8]}"
    customer = {"externalId": name, "name": "Ada Somebody", "email": "ada@somebody.example"}
    event = {
        "messageId": name,
        "name": "page_viewed",
        "occurredAt": datetime.now(UTC).isoformat(),
        "customer": customer,
    }
    admin.data(INGEST, {"input": {"events": [event]}})
    return str(find(admin, name)[0]["id"]), name


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_a_viewer_sees_what_was_said_and_a_masked_address(
    browser: Browser, product: Product, somebody: tuple[str, str], width: int, theme: str
) -> None:
    with visiting(browser, product, width=width, theme=theme) as page:
        log_in(page, "viewer", path=f"/customers/{somebody[0]}")
        card = page.locator("#customer-privacy")
        expect(card.get_by_role("heading", name="Privacy")).to_be_visible()
        expect(card.locator("button")).to_have_count(0)
        expect(page.locator(".page-meta").first).to_contain_text("a***@somebody.example")
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_an_admin_enters_consent_exports_and_erases(
    browser: Browser, product: Product, admin: ApiUser, somebody: tuple[str, str]
) -> None:
    with visiting(browser, product) as page:
        log_in(page, "admin", path=f"/customers/{somebody[0]}")
        expect(page.locator(".page-meta").first).to_contain_text("ada@somebody.example")
        card, told = page.locator("#customer-privacy"), page.locator("#customer-privacy-told")
        card.get_by_role("button", name="Enter that Ada Somebody refuses: Marketing").click()
        expect(card.locator("li", has_text="Marketing").locator(".badge")).to_have_text("Refuses")
        card.get_by_role("button", name="Export").click()
        expect(told.get_by_role("heading", name="Receipt")).to_be_visible()
        with page.expect_download() as download:
            told.get_by_role("link", name="Download").click()
        held = json.loads(download.value.path().read_text(encoding="utf-8"))
        assert held["customer"] == somebody[1]
        confirm, erase = card.locator("input"), card.get_by_role("button", name="Erase")
        confirm.fill("somebody else")
        erase.click()
        expect(told).to_contain_text("This is not the customer's external id.")
        confirm.fill(somebody[1])
        erase.click()
        expect(told).to_contain_text("The customer is erased.")
        expect(told.locator("dl")).to_contain_text("customer")
    assert find(admin, somebody[1]) == []

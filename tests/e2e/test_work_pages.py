"""Live Metrics, the filters of Customers, and Settings, as people use them."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import ApiUser, Product

LIVE = """
{
  conversations: metricSeries(metric: "conversations", range: {preset: LAST_7_DAYS}) { total }
  openConversations { count }
}
"""
TALK = """
mutation($e: [EventInput!]!) { eventsIngest(input: {events: $e}) { verdicts { status } } }
"""
PAGES = [
    "/",
    "/live-metrics",
    "/customers",
    "/system-health",
    "/settings",
    "/settings?tab=audit",
    "/settings?tab=people",
]


def conversations(admin: ApiUser) -> tuple[int, int]:
    """Opened within a week, and open now."""
    found = admin.data(LIVE)
    return round(float(str(found["conversations"]["total"]))), int(str(found["openConversations"]["count"]))


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_every_page_of_an_admin_is_quiet_and_fits(product: Product, browser: Browser, theme: str, width: int) -> None:
    with visiting(browser, product, width=width, theme=theme) as page:
        log_in(page, "admin")
        for path in PAGES:
            page.goto(path)
            expect(page.locator(".skeletons")).to_have_count(0)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_live_metrics_show_the_apis_numbers_and_move(product: Product, browser: Browser, admin: ApiUser) -> None:
    with visiting(browser, product) as page:
        log_in(page, "viewer", path="/live-metrics?range=7d")
        opened, open_now = conversations(admin)
        expect(page.locator("#kpi-conversations-value")).to_have_text(f"{opened}")
        expect(page.locator("#kpi-open-value")).to_have_text(f"{open_now}")
        expect(page.locator("#live-word")).to_have_text("Live")
        talk = {"messageId": "talk-live", "name": "conversation_opened", "customer": {"externalId": "live"},
                "properties": {"conversationId": "live", "channel": "chat", "subject": "Now"}}  # fmt: skip
        admin.data(TALK, {"e": [talk]})
        expect(page.locator("#kpi-conversations-value")).to_have_text(f"{opened + 1}")
        expect(page.locator("#kpi-open-value")).to_have_text(f"{open_now + 1}")
        assert conversations(admin) == (opened + 1, open_now + 1)
        page.get_by_role("button", name="24 hours").click()
        expect(page).to_have_url(re.compile(r"/live-metrics$"))
        page.go_back()
        expect(page.get_by_role("button", name="7 days")).to_have_attribute("aria-pressed", "true")


def test_customers_are_narrowed_down_and_the_address_shows_the_same(product: Product, browser: Browser) -> None:
    with visiting(browser, product) as page:
        log_in(page, "viewer", path="/customers")
        expect(page.locator("tbody tr")).to_have_count(25)
        page.locator("summary", has_text="Filter").click()
        page.get_by_label("Spent at least").fill("20.20")
        page.get_by_label("Spent at least").press("Enter")
        expect(page.locator(".chip")).to_have_text("Total spent at least £20.20")
        expect(page).to_have_url(re.compile("spentGte=2020"))
        counted = page.locator("#customers-count").inner_text()
        page.reload()
        expect(page.locator("#customers-count")).to_have_text(counted)


def test_an_admin_invites_somebody_who_sets_a_password_and_logs_in(product: Product, browser: Browser) -> None:
    with visiting(browser, product) as page:
        log_in(page, "admin", path="/settings?tab=people")
        page.get_by_label("User name").fill("grace")
        page.get_by_label("Full name").fill("Grace Invited")
        page.get_by_role("button", name="Invite").click()
        link = page.locator(".settings-secret").inner_text()
        expect(page.locator("tbody tr", has_text="Grace Invited")).to_contain_text("Invited")
        page.goto("/settings?tab=audit&action=account.invite")
        expect(page.locator("tbody tr")).to_have_count(1)
    with visiting(browser, product) as page:
        page.goto(link)
        page.fill("[name=password]", "graces own long password")
        page.click("button[type=submit]")
        page.wait_for_url("**/login")
        page.fill("[name=tenant]", "acme")
        page.fill("[name=username]", "grace")
        page.fill("[name=password]", "graces own long password")
        page.click("button[type=submit]")
        expect(page.locator("#user-box")).to_contain_text("Grace Invited")
        expect(page.locator("#user-box")).to_contain_text("Viewer")

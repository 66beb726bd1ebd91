"""Single sign-on as people meet it: set up on the Settings page, used from the log-in page, in a real browser."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import Product, real_now
from tests.support.identity_provider import CLIENT, SECRET, IdentityProvider, providing


@pytest.fixture
def provider(product: Product) -> Iterator[IdentityProvider]:
    """In a thread of its own, for the browser's loop has this one."""
    ready: Future[IdentityProvider] = Future()
    over = threading.Event()

    async def serve() -> None:
        async with providing() as provider:
            provider.now = real_now
            provider.redirect_uri = f"{product.url}/sign-in/callback"
            ready.set_result(provider)
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    yield ready.result(60)
    over.set()
    thread.join()


def _save(page: Page, provider: IdentityProvider) -> None:
    for label, value in (("Issuer", provider.issuer), ("Client id", CLIENT), ("E-mail domains", "acme.example")):
        page.get_by_label(label).fill(value)
    page.get_by_label("Client secret").fill(SECRET)
    page.get_by_label("Viewer").check()
    page.get_by_role("button", name="Save").click()


def test_an_admin_sets_it_up_and_a_person_comes_in_by_it(
    browser: Browser, product: Product, provider: IdentityProvider
) -> None:
    with visiting(browser, product) as page:
        log_in(page, "admin")
        page.goto("/settings?tab=sign-in")
        expect(page.get_by_text(f"{product.url}/sign-in/callback")).to_be_visible()
        _save(page, provider)
        expect(page.get_by_text("Saved. The provider answers.")).to_be_visible()
        expect(page.get_by_text("Last changed")).to_be_visible()
    # The browser goes to another host and comes back, which `visiting` would not have.
    context = browser.new_context(base_url=product.url)
    page = context.new_page()
    page.goto("/login?next=/settings?tab=account")
    page.get_by_label("Tenant").fill("acme")
    page.get_by_role("button", name="Single sign-on").click()
    page.wait_for_url(f"{product.url}/settings?tab=account")
    expect(page.get_by_text("ann@acme.example").first).to_be_visible()
    context.close()


def test_whoever_the_tenant_does_not_know_is_told_so_on_the_log_in_page(
    browser: Browser, product: Product, provider: IdentityProvider
) -> None:
    with visiting(browser, product) as page:
        page.goto("/login")
        page.get_by_label("Tenant").fill("globex")
        page.get_by_role("button", name="Single sign-on").click()
        expect(page.get_by_role("alert")).to_contain_text("This tenant has no single sign-on")


def test_a_limit_is_set_and_shown(browser: Browser, product: Product) -> None:
    with visiting(browser, product) as page:
        log_in(page, "admin")
        page.goto("/settings?tab=limits")
        page.get_by_label("Users").fill("many")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert")).to_contain_text("Users: give a whole number")
        page.get_by_label("Users").fill("5000")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved. It counts within seconds.")).to_be_visible()
        page.reload()
        expect(page.get_by_label("Users")).to_have_value("5000")

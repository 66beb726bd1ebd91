"""A browser against the running product. Whatever a page complains about, or asks of another host, fails the test."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e.product import TENANT, ApiUser, Product
from tests.support.world import PASSWORD

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


# Machines are noisy: this is how long something may take, not how long it should.
expect.set_options(timeout=60_000)


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    product = Product(tmp_path_factory.mktemp("product"))
    product.prepare()
    product.start()
    yield product
    product.remove()


@pytest.fixture(scope="session")
def browser(product: Product) -> Iterator[Browser]:
    """Opened after the product and closed before it: its loop leaves no room for another."""
    path = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    assert path, "no Chromium: install it or set CHROMIUM_PATH"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Watch:
    """What the pages of a context complained about."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.complaints: list[str] = []
        self.foreign: list[str] = []
        self._own = url
        context.on("page", self._follow)
        context.on("request", lambda request: self._check(request.url))

    def _follow(self, page: Page) -> None:
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(f"{kind}: {text}")

    def _check(self, url: str) -> None:
        if not url.startswith((self._own, "data:", "blob:", self._own.replace("http", "ws", 1))):
            self.foreign.append(url)


@contextmanager
def visiting(
    browser: Browser,
    product: Product,
    *,
    width: int = 1440,
    height: int = 1000,
    theme: str = "light",
    expect_complaints: bool = False,
) -> Iterator[Page]:
    """A new visitor who has not logged in."""
    scheme: object = theme
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,  # type: ignore[arg-type]
        base_url=product.url,
    )
    watch = Watch(context, product.url)
    page = context.new_page()
    try:
        yield page
        assert watch.foreign == []
        assert expect_complaints or watch.complaints == [], "\n".join(watch.complaints)
    finally:
        context.close()


def log_in(page: Page, username: str, *, tenant: str = TENANT, path: str = "/") -> None:
    page.goto(path)
    page.fill("[name=tenant]", tenant)
    page.fill("[name=username]", username)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector("#user-box :text('of ')", state="attached")


@pytest.fixture
def admin(product: Product) -> Iterator[ApiUser]:
    """Signed in by the API."""
    user = ApiUser(product.url, "admin")
    yield user
    user.close()

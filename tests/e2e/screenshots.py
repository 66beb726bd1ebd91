"""Pictures of every page of a fresh demo, for people to look at: `make screenshots`."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.conftest import FLAGS
from tests.e2e.product import free_port

VISITORS: Final = (("retail", "viewer"), ("saas", "admin"))
WINDOWS: Final = ((1440, 1000), (390, 844), (768, 1024), (1920, 1080))
START_SECONDS: Final = 300.0
OTHERS: Final = {
    "/?table=trends": "realtime-table",
    "/?drill=acted%3DORDER": "drill",
    "/live-metrics?range=7d": "live",
    "/segments": "segments",
    "/segments?method=kmeans": "segments-kmeans",
    "/segments?method=rules": "segments-rules",
    "/journeys": "journeys",
    "/predictive": "predictive-churn",
    "/predictive?kind=conversion": "predictive-conversion",
    "/predictive?kind=value": "predictive-value",
    "/customers?spentGte=100000&sort=-spent": "customers-narrowed",
    "/customers?q=nobody": "customers-no-match",
    "/system-health": "health",
    "/imports": "imports",
    "/settings": "settings",
    **{
        f"/settings?tab={tab}": f"settings-{tab}"
        for tab in ("people", "sessions", "journey", "api", "keys", "webhooks", "schemas", "letters", "audit")
    },
    "/settings?tab=account": "settings-account",
    "/nowhere": "not-found",
}
ONLY_ADMINS: Final = ("/imports", "/settings")


@contextmanager
def fresh_demo() -> Iterator[str]:
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).with_name("cip")), "demo", "--data-dir", folder]
        process = subprocess.Popen(command, env={**os.environ, "PORT": str(port)})
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > deadline:
                    sys.exit("the demo did not start")
                time.sleep(0.2)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(20)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://localhost:{port}/health/ready", timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def visit(browser: Browser, url: str, folder: Path) -> None:
    """Each page is opened once and shown in every window."""
    for tenant, user in VISITORS:
        for theme in ("light", "dark"):
            scheme: object = theme
            context = browser.new_context(
                color_scheme=scheme,  # type: ignore[arg-type]
                base_url=url,
            )
            page = context.new_page()
            for name in _pages(page, tenant, user):
                for width, height in WINDOWS:
                    _picture(page, folder / f"{name}-{tenant}-{theme}-{width}.png", width, height)
                page.set_viewport_size({"width": 1440, "height": 1000})
            context.close()


def _picture(page: Page, path: Path, width: int, height: int) -> None:
    """The whole page in a window as high as it, so that what sticks to the window reaches to its end."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(300)
    whole = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, int(whole))})
    page.wait_for_timeout(200)
    page.screenshot(path=path, full_page=True)


def _pages(page: Page, tenant: str, user: str) -> Iterator[str]:
    page.goto("/login")
    yield "login"
    page.fill("[name=tenant]", tenant)
    page.fill("[name=username]", user)
    page.fill("[name=password]", f"{user}123")
    page.click("button[type=submit]")
    page.wait_for_selector("#trend-revenue .js-plotly-plot")
    page.wait_for_timeout(2_000)
    yield "realtime"
    page.goto("/customers?sort=-spent")
    page.wait_for_selector("tbody a[href^='/customers/']")
    yield "customers"
    page.goto(page.locator("tbody a[href^='/customers/']").first.get_attribute("href") or "/")
    page.wait_for_selector(".timeline, #timeline, h1")
    page.wait_for_timeout(1_000)
    yield "customer"
    for path, name in OTHERS.items():
        if path.startswith(ONLY_ADMINS) and "account" not in path and user != "admin":
            continue
        page.goto(path)
        page.wait_for_selector("#main :not(:empty)")
        page.locator(".skeletons").first.wait_for(state="detached")
        page.wait_for_timeout(1_000)
        yield name


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with fresh_demo() as url, sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM_PATH") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        visit(browser, url, folder)
        browser.close()
    sys.stdout.write(f"wrote {len(list(folder.glob('*.png')))} pictures to {folder}\n")


if __name__ == "__main__":
    main()

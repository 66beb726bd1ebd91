"""axe on every page in both themes: no serious finding. It is not shipped; CIP_AXE names its axe.min.js."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import Product

SCRIPT = os.environ.get("CIP_AXE")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = [
    "/",
    "/?table=trends",
    "/?drill=acted%3DORDER",
    "/live-metrics?range=7d",
    "/customers?spentGte=1000",
    "/imports",
    "/system-health",
    *(f"/settings?tab={tab}" for tab in ("general", "people", "sessions", "audit", "keys", "schemas", "letters")),
]
RUN = """
async (tags) => {
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}
"""


def findings(page: Page) -> list[str]:
    assert SCRIPT is not None
    page.evaluate(Path(SCRIPT).read_text(encoding="utf-8"))
    found: Any = page.evaluate(RUN, TAGS)
    return list(found)


@pytest.mark.skipif(SCRIPT is None, reason="CIP_AXE names no axe.min.js")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_has_a_serious_finding(product: Product, browser: Browser, theme: str) -> None:
    wrong: dict[str, list[str]] = {}
    with visiting(browser, product, theme=theme) as page:
        log_in(page, "admin")
        for path in PAGES:
            page.goto(path)
            expect(page.locator(".skeletons")).to_have_count(0)
            if found := findings(page):
                wrong[path] = found
    assert wrong == {}

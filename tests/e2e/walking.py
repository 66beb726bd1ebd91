"""One person's way through every page, and what is noted on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import Page, expect

SIZES: Final = ((390, 844), (768, 1024), (1920, 1080))
WINDOW: Final = {"width": 1280, "height": 900}
TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SETTINGS: Final = (
    "general", "people", "sessions", "sign-in", "limits", "journey", "api", "keys", "webhooks", "schemas", "letters",
    "audit", "account",
)  # fmt: skip
PAGES: Final[Mapping[str, str]] = {
    "/": "Real-time analytics",
    "/?table=trends": "Real-time analytics",
    "/?drill=acted%3DORDER": "Real-time analytics",
    "/live-metrics?range=7d": "Live metrics",
    "/segments": "Customer segmentation",
    "/segments?method=rules": "Customer segmentation",
    "/journeys": "Journey mapping",
    "/predictive": "Predictive insights",
    "/customers?spentGte=1000": "Customers",
    "/imports": "Imports",
    "/system-health": "System health",
    **{f"/settings?tab={tab}": "Settings" for tab in SETTINGS},
    "/nowhere": "Page not found",
}
"""Each page with its heading. That of one customer is found on the way."""

# What can be pressed or followed, is shown, and does more than to look: its id's type or its id, or its class.
CONTROLS: Final = """
() => {
  const shown = (one) => one.checkVisibility({visibilityProperty: true});
  const found = new Set();
  for (const one of document.querySelectorAll("button[id], input[id], textarea[id]")) {
    if (!shown(one) || one.disabled || one.id.startsWith("input-")) continue;
    const id = one.id.startsWith("{") ? JSON.parse(one.id) : {type: one.id};
    found.add(id.do ? `${id.type} ${id.do}` : id.type);
  }
  for (const one of document.querySelectorAll(".may-export, .may-segment, .admin-only")) {
    if (shown(one)) for (const name of one.classList) if (/^may-|-only$/.test(name)) found.add("." + name);
  }
  return [...found].sort();
}
"""
FINDINGS: Final = """
async (tags) => {
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
  return found.violations.filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}
"""
# Not wait_for_function, which evaluates strings: the pages' own policy forbids that.
FITS: Final = """
() => new Promise((done) => {
  const begun = performance.now();
  const check = () => {
    if (document.documentElement.scrollWidth <= innerWidth) done(true);
    else if (performance.now() - begun > 5000) done(false);
    else requestAnimationFrame(check);
  };
  check();
})
"""


@dataclass(slots=True)
class Seen:
    """`wide` are the widths that a page did not fit, `findings` what axe calls serious or critical, by theme."""

    heading: str
    text: str
    controls: Sequence[str]
    themes: list[str] = field(default_factory=list)
    wide: list[int] = field(default_factory=list)
    findings: dict[str, list[str]] = field(default_factory=dict)


def walk(page: Page, paths: Sequence[str], *, sizes: bool, axe: str | None) -> dict[str, Seen]:
    """To these, and to one customer."""
    page.goto("/customers")
    link = page.locator("tbody a[href^='/customers/']").first.get_attribute("href")
    assert link is not None
    seen = {}
    for path in (*paths, link):
        seen["/customers/…" if path == link else path] = look(page, path, sizes=sizes, axe=axe)
    return seen


def look(page: Page, path: str, *, sizes: bool, axe: str | None) -> Seen:
    """In the theme that the page before was left in, and then in the other."""
    page.goto(path)
    settle(page)
    found = Seen(page.locator("h1").first.inner_text(), page.locator("#main").inner_text(), page.evaluate(CONTROLS))
    for again in (False, True):
        if again:
            page.locator("#theme-button").click()
            expect(page.locator("html")).not_to_have_attribute("data-bs-theme", found.themes[0])
            settle(page)
        theme = page.get_attribute("html", "data-bs-theme") or ""
        found.themes.append(theme)
        if axe is not None:
            page.evaluate(axe)
            if complaints := page.evaluate(FINDINGS, TAGS):
                found.findings[theme] = complaints
    for width, height in SIZES if sizes else ():
        page.set_viewport_size({"width": width, "height": height})
        if not fits(page):
            found.wide.append(width)
    window: Any = WINDOW
    page.set_viewport_size(window)
    if not fits(page):
        found.wide.append(WINDOW["width"])
    return found


def settle(page: Page) -> None:
    expect(page.locator("h1").first).to_be_attached()
    expect(page.locator("#user-box")).not_to_be_empty()
    expect(page.locator(".skeletons")).to_have_count(0)


def fits(page: Page) -> bool:
    """Charts take a moment to follow the window."""
    return bool(page.evaluate(FITS))

"""Every page, as each role, in both themes: what it shows, what it offers, whether it fits, and what axe says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from tests.clients import node
from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import ApiUser, Product
from tests.e2e.walking import PAGES, WINDOW, Seen, walk

HERE: Final = Path(__file__).parent
ROLES: Final = ("viewer", "analyst", "admin")
ONLY_ADMINS: Final = {path for path in PAGES if path.startswith(("/settings", "/imports"))} - {"/settings?tab=account"}
READABLE: Final = ("account", "general", "journey", "webhooks")
OTHERS: Final = [path for path in PAGES if path.partition("?tab=")[2] in ("", *READABLE)]
"""Tabs of the settings that others may read something of elsewhere, one that they may not, and their own."""
PERSON: Final = ""
"""Stands for what everybody who is logged in may do."""
NEEDS: Final[Mapping[str, str]] = {
    ".admin-only": "settings:manage",
    ".may-export": "customers:export",
    ".may-segment": "segments:manage",
    "customer-consent": "customers:update",
    "customer-decide": "scoring:manage",
    "customer-privacy-ask": "privacy:manage",
    "segmentation-run": "scoring:manage",
    "model-train": "scoring:manage",
    "predictive-decide": "scoring:manage",
    "rule-make": "segments:manage",
    **dict.fromkeys(("import-choose", "import-dry", "import-go", "import-cancel"), "customers:create"),
    **{
        f"settings-act {action}": permission
        for action, permission in {
            "api": "api_keys:manage",
            "hook": "integrations:manage",
            "hook-dry": "integrations:manage",
            "hook-send": "integrations:manage",
            "idp": "roles:manage",
            "invite": "users:manage",
            "journey": "settings:manage",
            "key": "api_keys:manage",
            "limits": "settings:manage",
            "password": PERSON,
            "profile": "settings:manage",
            "schema": "settings:manage",
        }.items()
    },
    **{
        f"settings-edit {action}": "settings:manage"
        for action in ("preview", "rule-add", "rule-gone", "stage-add", "stage-gone", "stage-up")
    },
}
"""What a control does needs this. A control that is neither here nor harmless fails the test, until somebody says."""
HARMLESS: Final = frozenset(
    {
        "segmentation-pick",
        "segmentation-why",
        "theme-button",
        "customer-erase-confirm",
        "customer-why",
        "customers-next",
        "customers-previous",
        "customers-search",
        "customers-sort",
        "predictive-actions-next",
        "predictive-actions-previous",
        "realtime-compare",
        "realtime-metric",
        "realtime-range",
        "rule-name",
        "rule-template",
        "rule-text",
        "segmentation-days",
        "segmentation-method",
        "settings-field",
        "timeline-more",
    }
)
"""Changes what is shown, and nothing that is kept; or is a field, whose button stands beside it."""


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str | None:
    """The script of the npm package axe-core; None without npm."""
    if node.NPM is None or node.NODE is None:
        return None
    folder = tmp_path_factory.getbasetemp().parent / f"axe-{node.digest(HERE)}"
    node.install(folder, HERE)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=ROLES)
def walked(
    request: pytest.FixtureRequest, product: Product, browser: Browser, axe: str | None
) -> tuple[str, Mapping[str, Seen]]:
    """One context for all pages of a role, and no complaint in its console on the whole way."""
    role: str = request.param
    with visiting(browser, product, width=WINDOW["width"], height=WINDOW["height"]) as page:
        # Or axe would judge colours on their way from one theme to the other.
        page.emulate_media(reduced_motion="reduce")
        log_in(page, role)
        is_admin = role == "admin"
        return role, walk(page, list(PAGES) if is_admin else OTHERS, sizes=is_admin, axe=axe if is_admin else None)


def test_a_page_shows_its_heading_in_both_themes_or_says_which_role_it_needs(
    walked: tuple[str, Mapping[str, Seen]],
) -> None:
    role, seen = walked
    refused = ONLY_ADMINS & set(OTHERS) if role != "admin" else set()
    assert {path for path, one in seen.items() if "Ask an admin of your" in one.text} == refused
    headings = {path: one.heading for path, one in seen.items() if path in PAGES}
    assert headings == {path: PAGES[path] for path in headings}
    assert "acmecanary customer" in seen["/customers/…"].heading
    assert all(sorted(one.themes) == ["dark", "light"] for one in seen.values())


def test_no_control_is_shown_that_would_be_refused(walked: tuple[str, Mapping[str, Seen]], product: Product) -> None:
    role, seen = walked
    user = ApiUser(product.url, role)
    granted = {PERSON, *user.data("{ me { permissions } }")["me"]["permissions"]}  # type: ignore[misc]
    user.close()
    shown = {control for one in seen.values() for control in one.controls}
    assert sorted(shown - NEEDS.keys() - HARMLESS) == [], "say in NEEDS or HARMLESS what these do"
    assert {control for control in shown - HARMLESS if NEEDS[control] not in granted} == set()


def test_no_page_scrolls_sideways(walked: tuple[str, Mapping[str, Seen]]) -> None:
    _, seen = walked
    assert {path: one.wide for path, one in seen.items() if one.wide} == {}


def test_axe_finds_nothing_serious(walked: tuple[str, Mapping[str, Seen]], axe: str | None) -> None:
    role, seen = walked
    if axe is None:
        pytest.skip("npm is missing: install node 20 or newer")
    assert {path: one.findings for path, one in seen.items() if one.findings} == {}, role

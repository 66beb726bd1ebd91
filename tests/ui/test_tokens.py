"""The palette's promises, checked on the style sheet that is served."""

import re
from pathlib import Path

import pytest

from ui.comparison import ICONS
from ui.theme import Theme, theme, themes

UI = Path(__file__).parents[2] / "ui"
THEMES = list(themes().values())
TEXT = ("c-fg", "c-fg-2", "c-fg-3", "c-link")
SURFACES = ("c-surface", "c-bg", "c-hover")
STATUSES = ("good", "warn", "bad", "info")
COLOUR = re.compile(r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})\b")


def luminance(colour: str) -> float:
    channels = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("look", THEMES, ids=lambda look: str(look.name))
def test_text_is_readable_on_every_surface(look: Theme) -> None:
    low = {(text, on): contrast(look[text], look[on]) for text in TEXT for on in SURFACES}
    assert {pair for pair, ratio in low.items() if ratio < 4.5} == set()
    assert contrast(look["c-on-accent"], look["c-accent"]) >= 4.5


@pytest.mark.parametrize("look", THEMES, ids=lambda look: str(look.name))
@pytest.mark.parametrize("status", STATUSES)
def test_statuses_are_readable_on_the_card_and_on_their_tint(look: Theme, status: str) -> None:
    assert contrast(look[f"c-{status}"], look["c-surface"]) >= 4.5
    assert contrast(look[f"c-{status}"], look[f"c-{status}-soft"]) >= 4.5


@pytest.mark.parametrize("look", THEMES, ids=lambda look: str(look.name))
def test_series_and_controls_stand_out_from_the_card(look: Theme) -> None:
    marks = [f"c-{slot}" for slot in range(1, 9)] + ["c-control", "c-accent"]
    assert {mark for mark in marks if contrast(look[mark], look["c-surface"]) < 3} == set()


def test_no_colour_is_written_outside_the_tokens() -> None:
    files = [*UI.rglob("*.py"), *(UI / "assets").glob("*.css"), *(UI / "assets").glob("*.js")]
    stray = {
        path.name: COLOUR.findall(path.read_text(encoding="utf-8")) for path in files if path.name != "00-tokens.css"
    }
    assert {name: found for name, found in stray.items() if found} == {}


def test_every_token_in_use_exists() -> None:
    used = {
        name
        for path in (UI / "assets").glob("*.css")
        for name in re.findall(r"var\(--([\w-]+)\)", path.read_text(encoding="utf-8"))
    }
    declared = set(re.findall(r"--([\w-]+):", (UI / "assets" / "00-tokens.css").read_text(encoding="utf-8")))
    assert used - declared == set()


def test_every_icon_in_use_exists() -> None:
    sheet = (UI / "assets" / "vendor" / "bootstrap-icons.min.css").read_text(encoding="utf-8")
    known = set(re.findall(r"\.bi-([\w-]+)::before", sheet))
    sources = "".join(path.read_text(encoding="utf-8") for path in UI.rglob("*.py"))
    used = set(re.findall(r'icon\(\s*"([\w-]+)"', sources)) | set(re.findall(r'bi-([a-z][\w-]+)"', sources))
    used |= set(re.findall(r'\bstate\(\s*"([\w-]+)"', sources)) | set(ICONS.values())
    live = (UI / "assets" / "30-live.js").read_text(encoding="utf-8")
    used |= set(re.findall(r'\["(?:good|neutral|warn|info|bad)", "([\w-]+)"', live))
    assert len(used) > 10
    assert used - known == set()


def test_an_unknown_theme_is_the_light_one() -> None:
    assert theme("dark").name == "dark"
    assert [theme(name).name for name in ("light", None, "<script>", 3)] == ["light"] * 4

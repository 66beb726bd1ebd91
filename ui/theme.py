"""The design tokens, read once from the style sheet that defines them, so that figures and CSS cannot differ."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

ThemeName = Literal["light", "dark"]
TOKENS_FILE = Path(__file__).parent / "assets" / "00-tokens.css"
FONT = '"Inter Variable", system-ui, sans-serif'


@dataclass(frozen=True, slots=True)
class Theme:
    name: ThemeName
    tokens: Mapping[str, str]

    def __getitem__(self, token: str) -> str:
        return self.tokens[token]


@cache
def themes() -> Mapping[ThemeName, Theme]:
    text = re.sub(r"/\*.*?\*/", "", TOKENS_FILE.read_text(encoding="utf-8"), flags=re.DOTALL)
    light = _declarations(text, r":root,\[data-bs-theme=light\]")
    dark = light | _declarations(text, r"\[data-bs-theme=dark\]")
    return {"light": Theme("light", light), "dark": Theme("dark", dark)}


def theme(name: object) -> Theme:
    """Gives the theme a browser asked for; anything unknown is light."""
    known = name if name in get_args(ThemeName) else "light"
    return themes()["dark" if known == "dark" else "light"]


def _declarations(text: str, selector: str) -> dict[str, str]:
    block = re.search(selector + r"\{(.*?)\}", text, flags=re.DOTALL)
    if block is None:
        raise ValueError(f"{TOKENS_FILE.name}: no block for {selector}")
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", block[1]))

"""What of an address a page does not know, said to the person: a mistyped filter must not look like an answer."""

from collections.abc import Callable, Mapping
from typing import Final

from dash import html
from dash.development.base_component import Component

from ui.components.icon import icon

EVERYWHERE: Final = frozenset({"table", "drill"})
MOST: Final = 5
LONGEST: Final = 40

Keys = Mapping[str, Callable[[object], bool] | None]
"""What a page takes from its address; a check says whether a value is possible, None that any is."""


def notice(given: Mapping[str, object], keys: Keys) -> Component | None:
    unknown = [name for name in given if name not in keys and name not in EVERYWHERE]
    wrong = [name for name, value in given.items() if (check := keys.get(name)) is not None and not check(value)]
    said = []
    if unknown:
        said.append(f"Not known here, and left out: {_listed(unknown)}.")
    if wrong:
        said.append(f"Not possible, so the default is shown: {_listed([f'{name}={given[name]}' for name in wrong])}.")
    if not said:
        return None
    return html.Div(
        [icon("info-circle"), html.Span(f"In the address. {' '.join(said)}")],
        className="notice notice-warn address-notice",
        role="status",
    )


def with_notice(page: html.Div, given: Mapping[str, object], keys: Keys) -> html.Div:
    """The page with the notice below its header."""
    found = notice(given, keys)
    if found is None:
        return page
    children = list(page.children)
    place = next((at + 1 for at, one in enumerate(children) if isinstance(one, html.Header)), 0)
    page.children = [*children[:place], found, *children[place:]]
    return page


def one_of(allowed: Mapping[str, object]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in allowed


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"“{name[:LONGEST]}”" for name in names[:MOST])
    more = len(names) - MOST
    return f"{shown} and {more} more" if more > 0 else shown

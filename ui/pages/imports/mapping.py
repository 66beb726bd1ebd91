"""The form that says which column becomes which field: its choices, and what it is read back as. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from ui.pages.imports.data import Field

NONE = ""
FIXED = "fixed"
COLUMN = "column:"
TEMPLATE = "template:"
FORMATS = (
    ("iso", "2026-03-31 14:05 (ISO 8601)"),
    ("%d/%m/%Y %H:%M", "31/3/2026 14:05"),
    ("%m/%d/%Y %H:%M", "3/31/2026 14:05"),
    ("%d/%m/%Y %H:%M:%S", "31/3/2026 14:05:59"),
    ("%m/%d/%Y %H:%M:%S", "3/31/2026 14:05:59"),
    ("%d/%m/%Y", "31/3/2026"),
    ("%m/%d/%Y", "3/31/2026"),
    ("%d.%m.%Y %H:%M", "31.3.2026 14:05"),
    ("%d.%m.%Y", "31.3.2026"),
)


def choice_of(mapping: Mapping[str, Any], name: str) -> tuple[str, str]:
    """The option that is chosen at first, and the text of a fixed value."""
    source: Mapping[str, str] = mapping.get("fields", {}).get(name, {})
    if "column" in source:
        return f"{COLUMN}{source['column']}", ""
    if "template" in source:
        return f"{TEMPLATE}{source['template']}", ""
    return (FIXED, source["constant"]) if "constant" in source else (NONE, "")


def options(mapping: Mapping[str, Any], field: Field, columns: Sequence[str]) -> list[dict[str, str]]:
    chosen, _ = choice_of(mapping, field.name)
    made = [{"label": chosen.removeprefix(TEMPLATE), "value": chosen}] if chosen.startswith(TEMPLATE) else []
    return [
        {"label": "Not in the file", "value": NONE},
        {"label": "A fixed value", "value": FIXED},
        *({"label": column, "value": f"{COLUMN}{column}"} for column in columns if column),
        *made,
    ]


def format_options(mapping: Mapping[str, Any]) -> list[dict[str, str]]:
    chosen = first_format(mapping)
    extra = [] if chosen in dict(FORMATS) else [{"label": chosen, "value": chosen}]
    return [*({"label": label, "value": value} for value, label in FORMATS), *extra]


def first_format(mapping: Mapping[str, Any]) -> str:
    return str(mapping.get("dateFormats", ["iso"])[0])


def to_mapping(
    guess: Mapping[str, Any],
    chosen: Mapping[str, str | None],
    fixed: Mapping[str, str | None],
    date_format: str | None,
    zone: str | None,
) -> dict[str, Any]:
    """The guess with what people changed; its rules stay as they are."""
    fields: dict[str, dict[str, str]] = {}
    for name, option in chosen.items():
        if not option:
            continue
        if option == FIXED:
            if fixed.get(name):
                fields[name] = {"constant": str(fixed[name])}
        elif option.startswith(COLUMN):
            fields[name] = {"column": option.removeprefix(COLUMN)}
        else:
            fields[name] = {"template": option.removeprefix(TEMPLATE)}
    used = {source["column"] for source in fields.values() if "column" in source}
    properties = {
        name: source for name, source in (guess.get("properties") or {}).items() if source.get("column") not in used
    }
    formats = guess.get("dateFormats", ["iso"])
    if date_format and date_format not in formats:
        formats = [date_format]
    found = {**guess, "fields": fields, "properties": properties, "dateFormats": formats}
    return {**found, "timeZone": zone} if zone else found

"""Attributes whose names are no Python identifiers."""

from typing import Any


def aria(**values: str) -> dict[str, Any]:
    return {f"aria-{name.rstrip('_').replace('_', '-')}": value for name, value in values.items()}


def data(**values: str) -> dict[str, Any]:
    return {f"data-{name.replace('_', '-')}": value for name, value in values.items()}

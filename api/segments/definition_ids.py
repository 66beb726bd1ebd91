"""The ids of segments inside a rule: opaque to clients, plain inside."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from api.errors import BadInputError
from api.graphql.ids import global_id, key_of


def shown(definition: Any) -> Any:
    """With global ids."""
    return _each(definition, lambda key: str(global_id("Segment", UUID(key))))


def given(definition: Any) -> Any:
    """With plain ids. What is no id of a segment stays as it is, and is refused when the rule is read."""

    def plain(text: str) -> str:
        try:
            return str(key_of("Segment", text) or text)
        except BadInputError:
            return text

    return _each(definition, plain)


def _each(node: Any, change: Callable[[str], str], depth: int = 0) -> Any:
    if depth > 100:  # noqa: PLR2004  (far deeper than a rule may be; it is refused when it is read)
        return node
    if isinstance(node, list):
        return [_each(part, change, depth + 1) for part in node]
    if isinstance(node, dict):
        return {
            name: change(part) if name == "segment" and isinstance(part, str) else _each(part, change, depth + 1)
            for name, part in node.items()
        }
    return node

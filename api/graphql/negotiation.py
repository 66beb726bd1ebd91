"""Which media type an answer has, and which status: GraphQL over HTTP."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"
"""Its status tells how it went; with plain JSON every well-formed request is answered 200."""
STATUSES: Final = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403, "THROTTLED": 429, "UNAVAILABLE": 503}
BAD_REQUEST: Final = 400
OK: Final = 200


@lru_cache(maxsize=256)
def media_type(accept: str) -> str | None:
    """The one the client likes best of those we speak; plain JSON when it has no wish. None when it takes neither."""
    found, best = None, 0.0
    for part in accept.split(",") if accept.strip() else ["*/*"]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = _quality(parameters)
        if name in {JSON, GRAPHQL, "*/*", "application/*"} and quality > best:
            found, best = GRAPHQL if name == GRAPHQL else JSON, quality
    return found


def _quality(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter.removeprefix("q="))
            except ValueError:
                return 0.0
    return 1.0


def status_of(answer: Mapping[str, Any]) -> int:
    """Of an answer in GraphQL's own media type: one with data went well, whatever errors it has beside it."""
    if answer.get("data") is not None:
        return OK
    codes = [error.get("extensions", {}).get("code") for error in answer.get("errors") or ()]
    known = [STATUSES[code] for code in codes if code in STATUSES]
    if known:
        return known[0]
    return OK if "data" in answer else BAD_REQUEST

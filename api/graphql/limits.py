"""How large a request may be. What is too large is refused before it costs anything."""

from collections.abc import Mapping
from typing import Any, Final

from graphql import DocumentNode

from api.errors import QueryTooComplexError
from api.graphql.measuring import Size, measure

BODY_LIMIT: Final = 256 * 1024
"""Bytes of a request's body."""
FRAME_LIMIT: Final = 64 * 1024
"""Bytes of a client's message on a socket."""
DOCUMENT_LIMIT: Final = 64 * 1024
"""Characters of a document: reading a long text costs as much as executing a small one."""
MAXIMUM_TOKENS: Final = 2_000
MAXIMUM_DEPTH: Final = 12
MAXIMUM_INTROSPECTION_DEPTH: Final = 20
"""The standard introspection query of graphql-js is 15 deep."""
MAXIMUM_FIELDS: Final = 800
MAXIMUM_REPETITIONS: Final = 50
"""Validation compares each of the fields that answer under one name with each other one."""
MAXIMUM_ALIASES: Final = 30
MAXIMUM_DIRECTIVES: Final = 50
MAXIMUM_FRAGMENTS: Final = 50
MAXIMUM_SPREADS: Final = 100
MAXIMUM_ROOT_FIELDS: Final = 20
MAXIMUM_OBJECTS: Final = 20_000
"""Objects an answer may have when every page is full: about a second of work."""
MAXIMUM_VALIDATION_ERRORS: Final = 10


def check_length(query: str) -> None:
    if len(query) > DOCUMENT_LIMIT:
        raise QueryTooComplexError(
            f"This document has {len(query):,} characters; {DOCUMENT_LIMIT:,} are allowed.",
            hint="Pass long values as variables.",
        )


def check_size(document: DocumentNode, variables: Mapping[str, Any], operation_name: str | None = None) -> Size:
    """How large the operation is that is asked for; all of the document's must be within the limits."""
    measured = measure(document, variables)
    for count, most, what in (
        (measured.fragments, MAXIMUM_FRAGMENTS, "fragments"),
        (measured.fields, MAXIMUM_FIELDS, "fields"),
        (measured.aliases, MAXIMUM_ALIASES, "aliases"),
        (measured.directives, MAXIMUM_DIRECTIVES, "directives"),
        (measured.spreads, MAXIMUM_SPREADS, "uses of fragments"),
        (measured.repetitions, MAXIMUM_REPETITIONS, "fields more under a name that is there already"),
    ):
        if count > most:
            raise QueryTooComplexError(f"This document has {count} {what}; {most} are allowed.")
    for size in measured.operations.values():
        _check_operation(size)
    return measured.size_of(operation_name)


def _check_operation(size: Size) -> None:
    if size.root_fields > MAXIMUM_ROOT_FIELDS:
        raise QueryTooComplexError(
            f"This operation has {size.root_fields} root fields; {MAXIMUM_ROOT_FIELDS} are allowed."
        )
    allowed = MAXIMUM_INTROSPECTION_DEPTH if size.introspects else MAXIMUM_DEPTH
    if size.depth > allowed:
        raise QueryTooComplexError(f"This operation is {size.depth} levels deep; {allowed} are allowed.")
    if size.objects > MAXIMUM_OBJECTS:
        raise QueryTooComplexError(
            f"This operation can give {size.objects:,} objects; {MAXIMUM_OBJECTS:,} are allowed.",
            hint="Ask for smaller pages, or for fewer lists within lists.",
        )

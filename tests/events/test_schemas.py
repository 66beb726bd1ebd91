"""JSON Schemas of events: what is refused as one, what one says of properties, and that no check takes long."""

from typing import Any, Final

import pytest

from api.errors import BadInputError
from api.events.contracts import SchemaWarning
from api.events.schemas import MAXIMUM_DEPTH, MAXIMUM_STEPS, TOO_COSTLY, CompiledSchema, check


def _nested(levels: int) -> dict[str, Any]:
    return {"type": "object"} if levels == 0 else {"properties": {"a": _nested(levels - 1)}}


DOUBLING: Final[dict[str, Any]] = {
    "$defs": {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * 2} for n in range(20)} | {"d20": {"type": "object"}},
    "$ref": "#/$defs/d0",
}
REFUSED: Final[dict[str, tuple[object, tuple[str, ...]]]] = {
    "no object": ([], ("schema",)),
    "text": ("{}", ("schema",)),
    "an unknown type": ({"type": "strin"}, ("schema", "type")),
    "a limit that is text": (
        {"properties": {"a": {"minimum": "3"}}},
        ("schema", "properties", "a", "minimum"),
    ),
    "another dialect": ({"$schema": "http://json-schema.org/draft-07/schema#"}, ("schema", "$schema")),
    "a reference elsewhere": ({"$ref": "https://example.org/s.json"}, ("schema", "$ref")),
    "a reference to a file": ({"items": {"$ref": "file:///etc/passwd"}}, ("schema", "items", "$ref")),
    "a reference to the root": ({"properties": {"a": {"$ref": "#"}}}, ("schema", "properties", "a", "$ref")),
    "a circle": (
        {"$defs": {"a": {"items": {"$ref": "#/$defs/b"}}, "b": {"$ref": "#/$defs/a"}}},
        ("schema", "$defs"),
    ),
    "a reference to nothing": ({"$ref": "#/$defs/none"}, ("schema", "$defs")),
    "an id of its own": ({"$id": "https://example.org/s"}, ("schema", "$id")),
    "a dynamic reference": ({"$dynamicRef": "#a"}, ("schema", "$dynamicRef")),
    "patterns for names": ({"patternProperties": {"^a": True}}, ("schema", "patternProperties")),
    "a pattern that looks ahead": ({"pattern": "(?=a)b"}, ("schema", "pattern")),
    "a pattern that refers back": ({"pattern": r"(a)\1"}, ("schema", "pattern")),
    "a pattern that is none": ({"items": {"pattern": "("}}, ("schema", "items", "pattern")),
    "a pattern that grows": ({"pattern": r"(\w{1,60}){1,60}"}, ("schema", "pattern")),
    "a long pattern": ({"pattern": "a" * 501}, ("schema", "pattern")),
    "a NUL": ({"description": "\0"}, ("schema",)),
    "too large": ({"description": "x" * 40_000}, ("schema",)),
    "a number of 70 bits": ({"minimum": 2**70}, ("schema",)),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_schema_or_could_reach_out_is_refused_with_its_place(case: str) -> None:
    document, path = REFUSED[case]
    with pytest.raises(BadInputError) as refused:
        check(document)
    assert refused.value.path[: len(path)] == path


def test_a_schema_has_a_largest_depth() -> None:
    check(_nested(MAXIMUM_DEPTH // 2 - 1))
    with pytest.raises(BadInputError, match="levels deep"):
        check(_nested(MAXIMUM_DEPTH // 2 + 1))


SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["plan"],
    "properties": {
        "plan": {"enum": ["free", "pro", 1]},
        "seats": {"$ref": "#/$defs/count"},
        "email": {"type": "string", "pattern": "^[^@ ]+@[^@ ]+$"},
        "tags": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        "pattern": {"type": "string"},
        "$id": {"type": "string"},
    },
    "additionalProperties": False,
    "$defs": {"count": {"type": "integer", "minimum": 1}},
}
SECRET: Final = "ann@example.org"


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"plan": "pro", "seats": 3, "email": SECRET, "tags": ["a", "b"], "pattern": "x", "$id": "y"}, []),
        ({"plan": 1.0}, []),
        ({}, [((), "plan is missing.")]),
        ({"plan": SECRET}, [(("plan",), "Is none of the values that the schema allows.")]),
        ({"plan": "pro", "seats": 0}, [(("seats",), "Does not meet minimum 1.")]),
        ({"plan": "pro", "seats": SECRET}, [(("seats",), "Must be of type integer.")]),
        ({"plan": "pro", "email": f"{SECRET} {SECRET}"}, [(("email",), "Does not meet pattern ^[^@ ]+@[^@ ]+$.")]),
        ({"plan": "pro", "tags": [SECRET, SECRET]}, [(("tags",), "Does not meet uniqueItems True.")]),
        ({"plan": "pro", "tags": ["a", 2]}, [(("tags", "1"), "Must be of type string.")]),
        ({"plan": "pro", "more": SECRET}, [((), "Holds a property that the schema does not name.")]),
    ],
)
def test_departures_are_named_with_their_place_and_never_with_the_value(
    properties: dict[str, Any], expected: list[tuple[tuple[str, ...], str]]
) -> None:
    check(SCHEMA)
    found = CompiledSchema(SCHEMA).faults(properties)
    assert found == tuple(SchemaWarning(("properties", *path), message) for path, message in expected)
    assert SECRET not in repr(found)


COSTLY: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "references that double": (DOUBLING, {"a": 1}),
    "each item against many": (
        {"properties": {"a": {"items": {"allOf": [{"type": "integer"}] * 500}}}},
        {"a": [1] * 999},
    ),
    "each item against a long list": (
        {"properties": {"a": {"items": {"enum": list(range(3_000))}}}},
        {"a": list(range(3_000))},
    ),
}


@pytest.mark.parametrize("case", COSTLY)
def test_a_check_that_would_take_long_is_given_up(case: str) -> None:
    document, properties = COSTLY[case]
    check(document)
    assert CompiledSchema(document).faults(properties) == (TOO_COSTLY,)


def test_giving_up_once_does_not_spoil_the_next_check() -> None:
    compiled = CompiledSchema({"properties": {"a": {"items": {"type": "integer"}}}})
    assert compiled.faults({"a": [1] * (MAXIMUM_STEPS + 1)}) == (TOO_COSTLY,)
    assert compiled.faults({"a": [1]}) == ()
    assert compiled.faults({"a": ["x"]}) == (SchemaWarning(("properties", "a", "0"), "Must be of type integer."),)

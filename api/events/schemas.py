"""JSON Schema (Draft 2020-12) of an event's properties: what may be asked for, and whether an event meets it.

A schema comes from one tenant and runs in the server of all, so whatever could take long is refused or counted:
patterns run in an engine of linear time, references stay inside and make no circle, and each check has a budget.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, Final, cast

import orjson
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import extend
from pydantic_core import SchemaError as PatternError
from pydantic_core import SchemaValidator, core_schema
from pydantic_core import ValidationError as NoMatchError

from api.errors import BadInputError
from api.events.contracts import SchemaWarning

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MAXIMUM_BYTES: Final = 32 * 1024
MAXIMUM_DEPTH: Final = 32
MAXIMUM_PATTERN: Final = 500
MAXIMUM_STEPS: Final = 20_000
"""Keywords that are looked at for one event, large ones counted for more: some 0.2 s of work at the very most."""
MAXIMUM_FAULTS: Final = 10
REFUSED: Final = frozenset(
    {"$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "$recursiveRef", "patternProperties"}
)
REFERENCE: Final = re.compile(r"#/\$defs/([A-Za-z0-9_.-]+)")
TOO_COSTLY: Final = SchemaWarning(("properties",), "This takes too long to check against its schema.")
Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]


class _TooCostlyError(Exception):
    """The budget of one check is used up."""


def check(document: object) -> None:
    """Refuses what is no schema, or one that could reach out or take long."""
    if not isinstance(document, dict):
        raise BadInputError("A schema is an object.", path=("schema",))
    try:
        size = len(orjson.dumps(document))
    except TypeError:
        raise _bad("This schema is nested too deeply, or holds a number of more than 64 bits.") from None
    if size > MAXIMUM_BYTES:
        raise _bad(f"A schema has at most {MAXIMUM_BYTES // 1024} kB, not {size // 1024}.")
    _walk(document, ())
    if document.get("$schema", DIALECT) != DIALECT:
        raise _bad(f"The only dialect is {DIALECT}.", "$schema")
    _refuse_circles(document)
    try:
        Draft202012Validator.check_schema(document)
    except SchemaError as error:
        raise _bad(f"This is no JSON Schema: {error.message[:300]}", *map(str, error.absolute_path)) from error


class CompiledSchema:
    """A checked schema, ready for use."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._left = 0
        keywords = {**Draft202012Validator.VALIDATORS, **OWN_KEYWORDS}
        counted = {name: self._counted(keyword) for name, keyword in keywords.items()}
        self._validator: Any = extend(Draft202012Validator, counted)(dict(document))  # type: ignore[no-untyped-call]

    def faults(self, properties: Mapping[str, Any]) -> tuple[SchemaWarning, ...]:
        """Where the properties depart from it; the messages quote the schema and never a value."""
        self._left = MAXIMUM_STEPS
        try:
            found = islice(self._validator.iter_errors(properties), MAXIMUM_FAULTS)
            return tuple(SchemaWarning(_path(error), _message(error)) for error in found)
        except (_TooCostlyError, RecursionError):
            return (TOO_COSTLY,)

    def _counted(self, keyword: Keyword) -> Keyword:
        def check_keyword(validator: Any, value: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
            self._left -= 1 + _size(value) // 10 + _size(instance) // 100
            if self._left < 0:
                raise _TooCostlyError
            yield from keyword(validator, value, instance, schema) or ()

        return check_keyword


def _size(value: object) -> int:
    return len(value) if isinstance(value, str | list | dict) else 1


def _bad(message: str, *path: str) -> BadInputError:
    return BadInputError(message, path=("schema", *path))


def _walk(value: object, path: tuple[str, ...]) -> None:
    if len(path) > MAXIMUM_DEPTH:
        raise _bad(f"A schema is at most {MAXIMUM_DEPTH} levels deep.", *path)
    if isinstance(value, list):
        for index, part in enumerate(value):
            _walk(part, (*path, str(index)))
    if not isinstance(value, dict):
        return
    for key, part in value.items():
        # A property may have any name; its schema is then an object or a boolean.
        if key in REFUSED and not (path and path[-1] in ("properties", "$defs")):
            raise _bad(f"{key} is not supported.", *path, key)
        if "\0" in key or (isinstance(part, str) and "\0" in part):
            raise _bad("A schema holds no NUL character.", *path)
        if key == "$ref" and not (isinstance(part, str) and REFERENCE.fullmatch(part)):
            raise _bad("$ref leads to #/$defs/… of this schema and nowhere else.", *path, key)
        if key == "pattern" and isinstance(part, str):
            _check_pattern(part, path)
        _walk(part, (*path, key))


def _check_pattern(pattern: str, path: tuple[str, ...]) -> None:
    if len(pattern) > MAXIMUM_PATTERN:
        raise _bad(f"A pattern has at most {MAXIMUM_PATTERN} characters.", *path, "pattern")
    try:
        _pattern(pattern)
    except PatternError as error:
        text = "This pattern is not supported: it is false, looks around, refers back, or grows too large."
        raise _bad(text, *path, "pattern") from error


def _refuse_circles(document: Mapping[str, Any]) -> None:
    """A circle of references would never end."""
    definitions = document.get("$defs")
    leads_to = {
        name: set(_references(part)) for name, part in (definitions.items() if isinstance(definitions, dict) else ())
    }
    done: set[str] = set()

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise _bad(f"$defs/{name} refers to itself.", "$defs", name)
        if name not in leads_to:
            raise _bad(f"There is no $defs/{name}.", "$defs")
        if name not in done:
            for other in leads_to[name]:
                visit(other, (*above, name))
            done.add(name)

    for name in {*leads_to, *_references(document)}:
        visit(name, ())


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(reference := value.get("$ref"), str):
            yield reference.removeprefix("#/$defs/")
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> SchemaValidator:
    """Rust's engine, which runs in linear time; Python's can take exponential."""
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


def _match(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str):
        try:
            _pattern(pattern).validate_python(instance)
        except NoMatchError:
            yield ValidationError("")


def _unique_items(validator: Any, wanted: bool, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """jsonschema's own compares each with each."""
    if wanted and isinstance(instance, list):
        seen = {orjson.dumps(_plain(item), option=orjson.OPT_SORT_KEYS) for item in instance}
        if len(seen) < len(instance):
            yield ValidationError("")


def _enum(validator: Any, allowed: Sequence[Any], instance: Any, schema: Any) -> Iterator[ValidationError]:
    given = orjson.dumps(_plain(instance), option=orjson.OPT_SORT_KEYS)
    if not any(orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS) == given for value in allowed):
        yield ValidationError("")


def _plain(value: Any) -> Any:
    """1.0 and 1 are one number in JSON Schema."""
    if isinstance(value, float) and value.is_integer():
        return int(value) if abs(value) < 2**53 else value
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return {key: _plain(part) for key, part in value.items()} if isinstance(value, dict) else value


OWN_KEYWORDS: Final[dict[str, Keyword]] = {"pattern": _match, "uniqueItems": _unique_items, "enum": _enum}


def _path(error: ValidationError) -> tuple[str, ...]:
    return ("properties", *(str(part)[:200] for part in error.absolute_path))


def _message(error: ValidationError) -> str:
    keyword, wanted = str(error.validator), cast(Any, error.validator_value)
    if keyword == "required":
        names = [name for name in wanted if error.message.startswith(f"{name!r} ")]
        return f"{names[0]} is missing." if names else "A required property is missing."
    if keyword == "type":
        return f"Must be of type {' or '.join(wanted) if isinstance(wanted, list) else wanted}."
    if keyword in ("additionalProperties", "unevaluatedProperties") and wanted is False:
        return "Holds a property that the schema does not name."
    if keyword == "enum":
        return "Is none of the values that the schema allows."
    if isinstance(wanted, str | int | float):
        return f"Does not meet {keyword} {str(wanted)[:200]}."
    return f"Does not meet {keyword} of the schema."

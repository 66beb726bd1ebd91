"""How the columns of a file become fields, as it is given by people and checked against the file."""

import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from api.errors import BadInputError
from api.imports.contracts import Kind
from api.imports.fields import FIELDS, KEYS, Value
from api.imports.values import CellError, text

PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
DIGITS_AND_ZERO: Final = re.compile(r"(\d+)\.0+")
Getter = Callable[[Sequence[Any]], str]
Text = Annotated[str, Field(min_length=1, max_length=200)]


class Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid")


class Source(Model):
    """Where a field's value comes from: one of the three. A template's columns stand in braces."""

    column: Text | None = None
    constant: Text | None = None
    template: Text | None = None

    @model_validator(mode="after")
    def _one(self) -> "Source":
        if sum(part is not None for part in (self.column, self.constant, self.template)) != 1:
            raise ValueError("give one of column, constant and template")
        return self


class Property(Model):
    """A column that becomes a property of an event."""

    column: Text
    value: Literal["text", "number", "boolean", "json"] = "text"


class Rules(Model):
    """What holds for the rows of some files. A prefix is the beginning of an order id."""

    cancellation_prefix: Text | None = None
    ignored_prefix: Text | None = None
    drop_duplicates: bool = False
    message_id_prefix: str | None = None


class Mapping(Model):
    """`source` is which system the records come from: ids are unique within it. `date_formats` are strptime's, or
    "iso"; `time_zone` is that of times without one (the tenant's when left out)."""

    source: Text | None = None
    fields: dict[str, Source]
    properties: dict[Text, Property] = Field(default_factory=dict)
    date_formats: tuple[Text, ...] = ("iso",)
    time_zone: str | None = None
    decimal_comma: bool = False
    rounding: Literal["half_even"] | None = None
    rules: Rules = Rules()


def parse(given: MappingOf[str, Any]) -> Mapping:
    try:
        return Mapping.model_validate(given)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        path = ("mapping", *(str(part) for part in fault["loc"]))
        raise BadInputError(f"{'.'.join(path)}: {fault['msg']}.", path=path) from None


def to_json(mapping: Mapping) -> dict[str, Any]:
    return mapping.model_dump(mode="json", by_alias=True, exclude_none=True)


@dataclass(frozen=True, slots=True)
class Binding:
    """A mapping bound to the columns of one file."""

    kind: Kind
    mapping: Mapping
    columns: tuple[str, ...]
    source: str
    zone: ZoneInfo
    properties: MappingOf[str, tuple[int, str]]
    """By name: the column's position and what its cells are."""
    _getters: MappingOf[str, Getter]
    _columns: MappingOf[str, str]

    def cell(self, field: str, cells: Sequence[Any]) -> str:
        """The field's text; empty when it is not mapped or the row has none."""
        getter = self._getters.get(field)
        return "" if getter is None else getter(cells)

    def required(self, field: str, cells: Sequence[Any]) -> str:
        value = self.cell(field, cells)
        if not value:
            raise CellError("MISSING_VALUE", "This must not be empty.")
        return value

    def column_of(self, field: str) -> str | None:
        """The first column that the field is made of."""
        return self._columns.get(field)

    @property
    def column_of_key(self) -> str | None:
        key = KEYS.get(self.kind)
        return None if key is None else self.column_of(key)


def bind(kind: Kind, mapping: Mapping, columns: Sequence[str], *, source: str, time_zone: str) -> Binding:
    """Raises BadInputError when the mapping does not fit the kind or the file."""
    known = {field.name: field for field in FIELDS[kind]}
    index = {name: position for position, name in enumerate(columns)}
    for name in mapping.fields:
        if name not in known:
            hint = f"There are: {', '.join(known)}."
            raise BadInputError(f"{kind.value} have no field {name!r}.", hint=hint, path=("mapping", "fields", name))
    for field in known.values():
        if field.required and field.name not in mapping.fields:
            message = f"{field.label} ({field.name}) must be mapped."
            raise BadInputError(message, path=("mapping", "fields", field.name))
    if mapping.properties and kind is not Kind.EVENTS:
        raise BadInputError("Only events have properties.", path=("mapping", "properties"))
    properties = {
        name: (_position(part.column, index, ("mapping", "properties", name)), part.value)
        for name, part in mapping.properties.items()
    }
    zone = mapping.time_zone or time_zone
    if zone not in available_timezones():
        raise BadInputError(f"There is no time zone {zone!r}.", path=("mapping", "timeZone"))
    parts = {name: _parts(name, given, index) for name, given in mapping.fields.items()}
    first = {name: next((part for part in pieces if isinstance(part, int)), None) for name, pieces in parts.items()}
    key = KEYS.get(kind)
    if key is not None and first[key] is None:
        raise BadInputError("This must come from a column.", path=("mapping", "fields", key))
    getters = {name: _getter(pieces, is_id=known[name].value is Value.ID) for name, pieces in parts.items()}
    named = {name: columns[position] for name, position in first.items() if position is not None}
    origin = mapping.source or source
    return Binding(kind, mapping, tuple(columns), origin, ZoneInfo(zone), properties, getters, named)


def _getter(parts: tuple[str | int, ...], *, is_id: bool) -> Getter:
    """What the fields of a row are read by, hundreds of thousands of times: each form as short as it can be."""

    def of_column(cells: Sequence[Any]) -> str:
        cell = cells[position]
        return cell.strip() if type(cell) is str else text(cell)

    def of_id(cells: Sequence[Any]) -> str:
        """A spreadsheet's 17850.0 is 17850."""
        value = of_column(cells)
        found = DIGITS_AND_ZERO.fullmatch(value) if value.endswith("0") else None
        return found.group(1) if found else value

    def of_parts(cells: Sequence[Any]) -> str:
        values = [part if isinstance(part, str) else text(cells[part]) for part in parts]
        return "".join(values) if all(values) else ""

    if len(parts) == 1 and isinstance(parts[0], int):
        position = parts[0]
        return of_id if is_id else of_column
    return of_parts


def _parts(name: str, given: Source, index: MappingOf[str, int]) -> tuple[str | int, ...]:
    if given.constant is not None:
        return (given.constant,)
    path = ("mapping", "fields", name)
    if given.column is not None:
        return (_position(given.column, index, path),)
    assert given.template is not None
    pieces = PLACEHOLDER.split(given.template)
    parts = [_position(piece, index, path) if odd % 2 else piece for odd, piece in enumerate(pieces)]
    return tuple(part for part in parts if part != "")


def _position(column: str, index: MappingOf[str, int], path: tuple[str, ...]) -> int:
    if column not in index:
        raise BadInputError(
            f"The file has no column {column!r}.", hint=f"It has: {', '.join(list(index)[:50])}.", path=path
        )
    return index[column]

"""Fields that only read an attribute, completed without graphql-core's machinery for each of them.

graphql-core makes a path, an info and five calls for every leaf, about 11 µs; nearly all of a large answer is leaves.
Here the plain part of a selection is put together once an operation, and then costs a tenth. Whatever is not plain, or
goes wrong, is left to graphql-core: it says what is wrong, where, and what becomes null.
"""

import operator
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, cast

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    get_named_type,
    is_leaf_type,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField

from api.graphql.leaves import Complete, NotPlainError, leaf

READY: Final = "ready"
"""In a field's metadata: takes the source and the context, and gives what its resolver would. Raises NotReadyError when
something has to be loaded first; it is then called once more."""
SHOWN: Final = "shown"


class NotReadyError(Exception):
    """`load` reads what is missing, once for all who wait."""

    def __init__(self, load: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self.load = load


@dataclass(frozen=True, slots=True)
class Plan:
    """Of one selection on one type: how each plain field is shown, and whether there are others."""

    plain: tuple[tuple[str, Complete], ...]
    others: dict[str, Any]


class PlainExecutor(StrawberryGraphQLCoreExecutionContext):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plans: dict[int, tuple[Any, Plan]] = {}
        if self.middleware_manager is not None and not self.middleware_manager.middlewares:
            self.middleware_manager = None

    def build_per_event_executor(self, payload: Any) -> Any:
        """Each event of a subscription collects its fields anew; what is kept of one would never be used again."""
        executor: Any = super().build_per_event_executor(payload)
        executor._plans, executor._relevant_sub_fields = {}, {}
        return executor

    def execute_fields(
        self, parent_type: Any, source_value: Any, path: Any, grouped_field_set: Any, position_context: Any
    ) -> Any:
        return self._fields(parent_type, source_value, path, grouped_field_set, position_context, may_wait=True)

    def _fields(self, parent_type: Any, source: Any, path: Any, grouped: Any, position: Any, *, may_wait: bool) -> Any:
        plan = self._plan(parent_type, grouped)
        if not plan.plain:
            return super().execute_fields(parent_type, source, path, grouped, position)
        done: dict[str, Any] = {}
        others = plan.others
        for name, show in plan.plain:
            try:
                done[name] = show(source)
            except NotReadyError as missing:
                if may_wait:
                    return self._after(missing.load, parent_type, source, path, grouped, position)
                others = grouped
            except Exception:  # noqa: BLE001  (graphql-core meets it again, and reports it)
                others = grouped
        if others is grouped:  # in their order, since the first that fails may end the others
            others = {name: details for name, details in grouped.items() if name not in done}
        if not others:
            return done
        rest: Any = super().execute_fields(parent_type, source, path, others, position)
        if self.is_awaitable(rest):
            return _joined_later(grouped, done, rest)
        return _joined(grouped, done, rest)

    async def _after(
        self,
        load: Callable[[], Awaitable[object]],
        parent_type: Any,
        source: Any,
        path: Any,
        grouped: Any,
        position: Any,
    ) -> Any:
        with suppress(Exception):  # the field's own resolver meets it again, and reports it
            await load()
        fields = self._fields(parent_type, source, path, grouped, position, may_wait=False)
        return await fields if self.is_awaitable(fields) else fields

    def _plan(self, parent_type: GraphQLObjectType, grouped_field_set: Any) -> Plan:
        """A selection is collected once an operation, and stays the same object."""
        known = self._plans.get(id(grouped_field_set))
        if known is None:
            plain, others = [], {}
            for name, details in grouped_field_set.items():
                show = self._show(parent_type, details)
                if show is None:
                    others[name] = details
                else:
                    plain.append((name, show))
            known = self._plans[id(grouped_field_set)] = (grouped_field_set, Plan(tuple(plain), others))
        return known[1]

    def _show(self, parent_type: GraphQLObjectType, details: Any) -> Complete | None:
        """From an object to what is shown of it in one field, or None when that is graphql-core's."""
        name = details[0].node.name.value
        if name == "__typename":
            return lambda _: parent_type.name
        field = parent_type.fields.get(name)
        if field is None or SHOWN in field.extensions:
            return None if field is None else cast(Complete, field.extensions[SHOWN])
        get = self._getter(field)
        complete = None if get is None else self._completion(field.type, details)
        if get is None or complete is None:
            return None
        show = _one_after_the_other(get, complete)
        if is_leaf_type(get_named_type(field.type)) and READY not in _definition(field).metadata:
            field.extensions[SHOWN] = show  # the same for every selection and every context
        return show

    def _getter(self, field: GraphQLField) -> Complete | None:
        if field.args or "strawberry-definition" not in field.extensions or _definition(field).extensions:
            return None
        definition = _definition(field)
        ready = definition.metadata.get(READY)
        if ready is not None:
            return lambda source: ready(source, self.context_value)
        resolver = definition.base_resolver
        if resolver is None:
            return operator.attrgetter(definition.python_name)
        if resolver.is_async or resolver.arguments or list(resolver.signature.parameters) != ["self"]:
            return None
        return cast(Complete, resolver.wrapped_func)

    def _completion(self, wanted: GraphQLOutputType, details: Any) -> Complete | None:
        if isinstance(wanted, GraphQLNonNull):
            return self._value(wanted.of_type, details)
        complete = self._value(wanted, details)
        return None if complete is None else lambda value: None if value is None else complete(value)

    def _value(self, wanted: GraphQLOutputType, details: Any) -> Complete | None:
        """Of a value that is not null."""
        if isinstance(wanted, GraphQLScalarType | GraphQLEnumType):
            return leaf(wanted)
        if isinstance(wanted, GraphQLList):
            item = self._completion(wanted.of_type, details)
            return None if item is None else lambda values: [item(value) for value in _listed(values)]
        if isinstance(wanted, GraphQLObjectType):
            return self._object(wanted, details)
        return None

    def _object(self, wanted: GraphQLObjectType, details: Any) -> Complete | None:
        collected = self.collect_subfields(wanted, details)
        plan = self._plan(wanted, collected.grouped_field_set)
        if plan.others or collected.new_defer_usages:
            return None
        fields = plan.plain
        if wanted.is_type_of is None:
            return lambda source: {name: show(source) for name, show in fields} if source is not None else _refuse()
        is_type_of = wanted.is_type_of

        def checked(source: Any) -> dict[str, Any]:
            if source is None or is_type_of(source, None) is not True:  # type: ignore[arg-type]  # (it takes no info)
                raise NotPlainError
            return {name: show(source) for name, show in fields}

        return checked


def _definition(field: GraphQLField) -> StrawberryField:
    found = field.extensions["strawberry-definition"]
    assert isinstance(found, StrawberryField)
    return found


def _one_after_the_other(get: Complete, complete: Complete) -> Complete:
    return lambda source: complete(get(source))


def _refuse() -> Any:
    raise NotPlainError


def _listed(values: Any) -> Any:
    if type(values) not in (list, tuple):
        raise NotPlainError
    return values


def _joined(order: Mapping[str, Any], done: Mapping[str, Any], rest: Mapping[str, Any]) -> dict[str, Any]:
    """The fields in the order in which they were asked for."""
    return {name: done[name] if name in done else rest[name] for name in order}


async def _joined_later(order: Mapping[str, Any], done: Mapping[str, Any], rest: Any) -> dict[str, Any]:
    return _joined(order, done, await rest)

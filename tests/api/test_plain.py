"""Plain fields are completed by ourselves: the answer is graphql-core's own, errors included, whatever is asked."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final, cast

import pytest
import strawberry
from graphql import GraphQLError, parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext, ExecutionResult

from api.graphql.plain import NotReadyError, PlainExecutor
from api.graphql.scalars import SCALARS, Int64, Json

NOON: Final = datetime(2026, 3, 18, 12, tzinfo=UTC)


class Memory:
    """The context: what a field that is ready without waiting looks into."""

    def __init__(self) -> None:
        self.loaded: str | None = None
        self.loads = 0
        self.fails = False

    async def load(self) -> str:
        self.loads += 1
        await asyncio.sleep(0)
        if self.fails:
            raise ValueError("nothing is loaded")
        self.loaded = "GBP"
        return self.loaded


def _ready(_: object, context: Memory) -> str:
    if context.loaded is None:
        raise NotReadyError(context.load)
    return context.loaded


ready: Callable[[Callable[..., Any]], Any] = strawberry.field(metadata={"ready": _ready})


@strawberry.enum
class Kind(Enum):
    GOOD = "good"
    BAD = "bad"


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Leaf(Named):
    text: str | None
    whole: int
    share: float
    big: Int64 | None
    flag: bool | None
    key: strawberry.ID
    at: datetime
    kind: Kind | None
    anything: Json | None
    words: list[str]
    table: list[list[int | None]] | None

    @strawberry.field
    def shouted(self) -> str:
        return self.name.upper()

    @ready
    async def currency(self, info: strawberry.Info[Memory, None]) -> str:
        return info.context.loaded or await info.context.load()

    @strawberry.field
    async def later(self) -> str:
        await asyncio.sleep(0)
        return self.name

    @strawberry.field
    def times(self, count: int = 2) -> str:
        return self.name * count


@strawberry.type
class Branch:
    title: str
    leaf: Leaf
    maybe: Leaf | None
    leaves: list[Leaf]
    holes: list[Leaf | None] | None
    named: Named

    @strawberry.field
    async def found(self) -> list[Leaf]:
        return self.leaves

    @strawberry.field
    def inner(self) -> list["Leaf"]:
        return self.leaves


@strawberry.type
class Query:
    branch: Branch
    branches: list[Branch] | None


class Quiet(strawberry.Schema):
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """They are compared, not logged."""


def make(executor: type[StrawberryGraphQLCoreExecutionContext]) -> strawberry.Schema:
    config = StrawberryConfig(scalar_map=SCALARS)
    return Quiet(query=Query, types=[Leaf], execution_context_class=executor, config=config)


OURS, REFERENCE = make(PlainExecutor), make(StrawberryGraphQLCoreExecutionContext)
BAD: Final = (
    None,
    "text",
    7,
    2.5,
    float("inf"),
    2**40,
    True,
    ValueError("kept"),
    Kind.BAD,
    NOON,
    [1],
    {"a": 1},
    object,
)


def spoilt(good: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Mostly what belongs there."""
    return st.integers(0, 19).flatmap(lambda chance: st.sampled_from(BAD) if chance == 0 else good)


texts = st.text("ab", max_size=2)
leaves = st.builds(
    lambda **values: filled(Leaf, values),
    name=spoilt(texts),
    text=spoilt(st.none() | texts),
    whole=spoilt(st.integers(-3, 3)),
    share=spoilt(st.floats(-1, 1)),
    big=spoilt(st.none() | st.integers(-(2**60), 2**60)),
    flag=spoilt(st.none() | st.booleans()),
    key=spoilt(texts),
    at=spoilt(st.just(NOON)),
    kind=spoilt(st.none() | st.sampled_from(Kind)),
    anything=spoilt(st.none() | st.just({"a": [1]})),
    words=spoilt(st.lists(spoilt(texts), max_size=2)),
    table=spoilt(st.none() | st.lists(st.lists(st.none() | st.integers(0, 2), max_size=2), max_size=2)),
)
branches = st.builds(
    lambda **values: filled(Branch, values),
    title=spoilt(texts),
    leaf=spoilt(leaves),
    maybe=spoilt(st.none() | leaves),
    leaves=spoilt(st.lists(spoilt(leaves), max_size=3)),
    holes=spoilt(st.none() | st.lists(st.none() | leaves, max_size=3)),
    named=spoilt(leaves),
)


def filled(kind: type[Any], values: dict[str, Any]) -> Any:
    """Also with what its types forbid."""
    made = object.__new__(kind)
    for name, value in values.items():
        setattr(made, name, value)
    return made


LEAF_FIELDS: Final = (
    *("name", "text", "whole", "share", "big", "flag", "key", "at", "kind", "anything", "words", "table", "shouted"),
    *("later", "times", "thrice: times(count: 3)", "currency", "__typename", "other: name", "name @skip(if: $yes)"),
    *("text @include(if: $yes)", "...LeafParts", "... on Leaf { whole renamed: whole }", "... @skip(if: $yes) { at }"),
)
NAMED_FIELDS: Final = ("name", "__typename", "... on Leaf { text }", "...LeafParts")
ALWAYS: Final = "extra: branch { leaf { ...LeafParts } } __typename @include(if: $yes)"
"""So that the fragment and the variable are used, as a valid document must."""
FRAGMENTS: Final = "fragment LeafParts on Leaf { key kind later }"


def picked(fields: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(fields), min_size=1, max_size=6).map(" ".join)


def braced(name: str, inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return inner.map(lambda text: f"{name} {{ {text} }}")


leaf_selections = picked(LEAF_FIELDS)
branch_selections = st.lists(
    st.sampled_from(("title", "__typename"))
    | st.sampled_from(("leaf", "maybe", "leaves", "holes", "found", "inner")).flatmap(
        lambda name: braced(name, leaf_selections)
    )
    | braced("named", picked(NAMED_FIELDS)),
    min_size=1,
    max_size=5,
).map(" ".join)
documents = st.lists(
    st.sampled_from(("branch", "branches", "again: branches")).flatmap(lambda name: braced(name, branch_selections)),
    min_size=1,
    max_size=3,
).map(lambda parts: f"query($yes: Boolean!) {{ {' '.join(parts)} {ALWAYS} }} {FRAGMENTS}")


def answer(schema: strawberry.Schema, document: str, root: Query, *, yes: bool, context: Memory) -> Any:
    """Data with the order of its names, and the errors in the order of their places."""

    async def run() -> ExecutionResult:
        found = await schema.execute(document, {"yes": yes}, context_value=context, root_value=root)
        for _ in range(20):  # after an error graphql-core leaves what it has begun to the loop
            await asyncio.sleep(0)
        return found

    found = asyncio.run(run())
    assert all(error.path is not None for error in found.errors or ()), (document, found.errors)
    errors = sorted((error.formatted for error in found.errors or ()), key=lambda error: str(error.get("path")))
    return ordered(found.data), errors


def ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return [(name, ordered(part)) for name, part in value.items()]
    if isinstance(value, list):
        return [ordered(part) for part in value]
    return type(value), value


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents, spoilt(branches), spoilt(st.none() | st.lists(branches, max_size=2)), st.booleans(), st.booleans())
def test_the_answer_is_graphql_cores_own(document: str, one: Any, many: Any, yes: bool, fails: bool) -> None:
    found = []
    for schema in (OURS, REFERENCE):
        context = Memory()
        context.fails = fails
        root = filled(Query, {"branch": one, "branches": many})
        found.append(answer(schema, document, root, yes=yes, context=context))
    assert found[0] == found[1]


def leaf(**values: Any) -> Any:
    good = {
        "name": "ann", "text": None, "whole": 1, "share": 0.5, "big": 2**40, "flag": True, "key": "k", "at": NOON,
        "kind": Kind.GOOD, "anything": None, "words": ["a"], "table": [[1, None]],
    }  # fmt: skip
    return filled(Leaf, good | values)


def branch(*leaves: Any) -> Query:
    values = {"title": "b", "leaf": leaf(), "maybe": None, "leaves": list(leaves), "holes": None, "named": leaf()}
    return cast(Query, filled(Query, {"branch": filled(Branch, values), "branches": None}))


@pytest.mark.parametrize("field", ["name", "shouted", "kind", "words", "table", "currency"])
def test_plain_fields_are_not_left_to_graphql_core(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the two fields on the way are."""
    seen: list[str] = []
    monkeypatch.setattr(PlainExecutor, "execute_field", _recording(seen, PlainExecutor.execute_field))
    document = f"query($yes: Boolean!) {{ branch {{ found {{ {field} name @skip(if: $yes) }} }} }}"
    data, errors = answer(OURS, document, branch(leaf(), leaf()), yes=False, context=Memory())
    assert (errors, seen) == ([], ["branch", "found"])
    assert len(data[0][1][0][1]) == 2


def _recording(seen: list[str], execute: Callable[..., Any]) -> Callable[..., Any]:
    def record(self: Any, parent: Any, source: Any, details: Any, path: Any, position: Any) -> Any:
        seen.append(details[0].node.name.value)
        return execute(self, parent, source, details, path, position)

    return record


def test_what_is_missing_is_loaded_once_for_a_whole_list() -> None:
    context = Memory()
    document = "query($yes: Boolean!) { branch { inner { currency name @skip(if: $yes) } } }"
    _, errors = answer(OURS, document, branch(*(leaf() for _ in range(20))), yes=True, context=context)
    assert (errors, context.loads) == ([], 1)


def test_a_subscription_keeps_nothing_of_an_event() -> None:
    """Its executor lives as long as the socket."""
    document = parse("{ branch { title leaf { name } } }")
    executor = PlainExecutor.build(OURS._schema, document, context_value=Memory())
    assert isinstance(executor, PlainExecutor)
    for _ in range(3):
        shown = executor.build_per_event_executor(branch()).execute_operation()
        assert shown.data == {"branch": {"title": "b", "leaf": {"name": "ann"}}}
    assert (executor._plans, executor._relevant_sub_fields) == ({}, {})

"""Role by field: what the page of permissions says, what the schema declares and what documents need are the same."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, get_named_type, parse, print_ast

from api.auth.permissions import ROLE_PERMISSIONS, Permission, Role
from api.auth.principal import Principal, SourcePrincipal
from api.cli.permissions_page import page
from api.cli.schema import PERMISSIONS
from api.graphql.permissions import Access, refusal
from api.schema import make_schema
from tests.isolation.crawl import SCHEMA_ROOTS, FieldName
from tests.support.world import NOW

schema = make_schema()
core = schema._schema
NOBODY: Final = UUID(int=0)
COLUMNS: Final = ("anonymous", "viewer", "analyst", "admin", "source key", "API key")
SOURCE: Final = SourcePrincipal(NOBODY, NOBODY, "", "")


def _person(role: Role, granted: frozenset[Permission] | None = None) -> Principal:
    return Principal(NOBODY, NOBODY, NOBODY, "x", "x", role, NOW, granted)


CALLERS: Final = {
    "anonymous": None,
    **{role.value: _person(role) for role in Role},
    "source key": SOURCE,
    "API key": _person(Role.ADMIN, ROLE_PERMISSIONS[Role.ADMIN]),
}


def _written() -> dict[FieldName, tuple[str, dict[str, bool]]]:
    """From the page: what a field needs, and who may."""
    found = {}
    for line in PERMISSIONS.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            type_name, _, field = cells[0].strip("`").partition(".")
            found[type_name, field] = cells[1], dict(zip(COLUMNS, (cell == "yes" for cell in cells[2:]), strict=True))
    return found


def _documents() -> Iterator[tuple[FieldName, list[FieldName], str]]:
    """Each field of each type by the shortest way from a root: (field, the way to it, the document)."""
    ways: dict[str, list[FieldName]] = {name: [] for name in SCHEMA_ROOTS}
    waiting = list(SCHEMA_ROOTS)
    for type_name in waiting:
        named = core.type_map[type_name]
        if isinstance(named, GraphQLInterfaceType):
            for possible in core.get_possible_types(named):
                if possible.name not in ways:
                    ways[possible.name] = [*ways[type_name], (type_name, f"... on {possible.name}")]
                    waiting.append(possible.name)
        assert isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
        for name, field in named.fields.items():
            way = [*ways[type_name], (type_name, name)]
            target = get_named_type(field.type)
            composite = isinstance(target, GraphQLObjectType | GraphQLInterfaceType)
            if composite and target.name not in ways:
                ways[target.name] = way
                waiting.append(target.name)
            steps = [step for _, step in way] + (["__typename"] if composite else [])
            body = " { ".join(steps) + " }" * len(steps)
            yield (type_name, name), way, f"{way[0][0].lower()} {{ {body}"


def test_the_page_lists_what_the_schema_declares() -> None:
    assert PERMISSIONS.read_text() == page(), "run `cip schema`, and look at the difference"


def test_every_field_can_be_reached_and_is_listed() -> None:
    assert {field for field, _, _ in _documents()} == set(_written())


@pytest.mark.parametrize("who", COLUMNS)
def test_a_caller_may_ask_for_what_the_page_allows_and_nothing_else(who: str) -> None:
    """A document needs what every step of its way needs."""
    written = _written()
    for field, way, document in _documents():
        steps = [step for step in way if not step[1].startswith("...")]
        allowed = all(written[step][1][who] for step in steps)
        needs = schema.permissions.compile(parse(document))
        refused = refusal(CALLERS[who], needs)
        assert (refused is None) is allowed, (field, print_ast(parse(document)))


def test_the_page_says_of_roles_what_the_permissions_say() -> None:
    everybody = {*(permission.value for permission in Permission), *(access.value for access in Access)}
    for field, (needs, may) in _written().items():
        parts = set(needs.split(", "))
        assert parts <= everybody, field
        for role in Role:
            granted = {permission.value for permission in ROLE_PERMISSIONS[role]}
            assert may[role.value] is (parts - {access.value for access in Access} <= granted), (field, role)

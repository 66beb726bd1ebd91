"""docs/api/permissions.md: who may ask for which field, from the declarations in the code."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from graphql import GraphQLInterfaceType, GraphQLObjectType

from api.auth.permissions import ROLE_PERMISSIONS, Role
from api.auth.principal import Caller, Principal, SourcePrincipal
from api.graphql.operation import CipSchema
from api.graphql.permissions import Access, refusal
from api.schema import make_schema

HEAD: Final = """# Who may ask for what

Written by `cip schema` from the declarations in the code; a test holds it against what documents really need.

A document needs what each of its fields needs, on the whole way down. `PUBLIC` is open to everybody, `AUTHENTICATED`
to whoever has logged in or has an API key, `PERSON` to people alone. The column of API keys is that of a key with all
scopes of an admin: a key may do what its own scopes say. A source key sends events, and nothing else.

| field | needs | anonymous | viewer | analyst | admin | source key | API key |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
_ID: Final = UUID(int=0)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
CALLERS: Final[tuple[Caller | None, ...]] = (
    None,
    *(Principal(_ID, _ID, _ID, "", "", role, _NEVER) for role in (Role.VIEWER, Role.ANALYST, Role.ADMIN)),
    SourcePrincipal(_ID, _ID, "", ""),
    Principal(_ID, _ID, _ID, "", "", Role.ADMIN, _NEVER, ROLE_PERMISSIONS[Role.ADMIN]),
)


def page() -> str:
    return HEAD + "".join(f"{row}\n" for row in _rows(make_schema()))


def _rows(schema: CipSchema) -> Iterator[str]:
    roots = ("Query", "Mutation", "Subscription")
    names = [name for name in schema._schema.type_map if name not in roots and not name.startswith("__")]
    for name in (*roots, *sorted(names)):
        named = schema._schema.type_map[name]
        if not isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
            continue
        for field in named.fields:
            needs = schema.permissions.needs_of(name, field)
            may = ("yes" if refusal(caller, needs) is None else "" for caller in CALLERS)
            yield (
                " | ".join((f"| `{name}.{field}`", ", ".join(sorted(needs - {Access.PUBLIC}) or [Access.PUBLIC]), *may))
                + " |"
            )

"""Fields that hold something of a person: tagged in the schema, and masked for those who may not take it away.

Whoever may export customers' data sees it as it is. For everybody else contact details are masked, wherever they stand;
what is masked depends on permissions alone, so each kind of caller has kept answers of its own.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any, Final

import strawberry
from strawberry.schema_directive import Location

from api.auth.permissions import Permission
from api.cache.freshness import RECORDS, Freshness
from api.graphql.context import Context, Info
from api.graphql.freshness import FRESHNESS
from api.graphql.masks import masked, masked_id
from api.graphql.plain import READY

SEES: Final = Permission.CUSTOMERS_EXPORT
AS_SHOWN: Final = Freshness(
    RECORDS.tags, RECORDS.seconds, "As the object it is of; whoever may export sees more.", looks_at=frozenset({SEES})
)
PERSONAL: Final = "personal"
"""In a field's metadata: its kind."""


@strawberry.enum(
    description="What a field holds of a person. CONTACT: how to reach them. IDENTITY: by what they are known. TEXT: "
    "what was said or sent. In all of them addresses and telephone numbers are masked without customers:export."
)
class PersonalKind(Enum):
    CONTACT = "CONTACT"
    IDENTITY = "IDENTITY"
    TEXT = "TEXT"


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION], name="personal", description="The field holds something of a person."
)
class Personal:
    kind: PersonalKind


def sees_details(context: Context) -> bool:
    caller = context.maybe_caller
    return caller is not None and SEES in caller.permissions


def personal(kind: PersonalKind, description: str) -> Callable[[Callable[[Any], Any]], Any]:
    """A leaf, given as a function of its object alone."""

    mask = masked_id if kind is PersonalKind.IDENTITY else masked

    def declare(read: Callable[[Any], Any]) -> Any:
        def ready(source: Any, context: Context) -> Any:
            value = read(source)
            return value if value is None or sees_details(context) else mask(value)

        def resolve(self: Any, info: Info) -> Any:
            return ready(self, info.context)

        resolve.__name__ = read.__name__
        resolve.__annotations__ = {"info": Info, "return": read.__annotations__["return"]}
        return strawberry.field(
            resolver=resolve,
            description=description,
            directives=[Personal(kind=kind)],
            metadata={READY: ready, FRESHNESS: AS_SHOWN, PERSONAL: kind},
        )

    return declare

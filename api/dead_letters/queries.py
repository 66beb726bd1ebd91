"""The dead letters of a tenant."""

from enum import Enum

import strawberry

from api.auth.permissions import Permission
from api.dead_letters import repository
from api.dead_letters.types import DeadLetter, DeadLetterKind, DeadLetterState
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Info
from api.graphql.lists import Asked, List, SortDirection
from api.graphql.permissions import field
from api.graphql.where import ALL_GIVEN, Choice, TextWhere, TimeWhere, combined
from models.conditions import given


@strawberry.input(description=ALL_GIVEN)
class DeadLetterWhere:
    AND: list["DeadLetterWhere"] | None = combined("AND")
    OR: list["DeadLetterWhere"] | None = combined("OR")
    NOT: "DeadLetterWhere | None" = combined("NOT")
    kind: Choice[DeadLetterKind] | None = None
    state: Choice[DeadLetterState] | None = None
    origin: TextWhere | None = None
    reference: TextWhere | None = None
    code: TextWhere | None = None
    created_at: TimeWhere | None = None


@strawberry.enum(description="What dead letters can be sorted by.")
class DeadLetterOrderField(Enum):
    CREATED_AT = "created_at"


@strawberry.input(description="One thing to sort by.")
class DeadLetterOrder:
    field: DeadLetterOrderField
    direction: SortDirection = SortDirection.DESC


LETTERS = List("deadLetters", repository.LETTERS, DeadLetter.of)


@strawberry.type
class DeadLetterQuery:
    @field(Permission.SETTINGS_MANAGE, "Rejected events and failed messages, newest first.")
    async def dead_letters(
        self,
        info: Info,
        kind: DeadLetterKind | None = None,
        state: DeadLetterState | None = None,
        where: DeadLetterWhere | None = None,
        order_by: list[DeadLetterOrder] | None = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[DeadLetter]:
        fixed = given(kind=None if kind is None else kind.value, state=None if state is None else state.value)
        return await LETTERS.connect(info.context, Asked(first, after, last, before, where, order_by), fixed)

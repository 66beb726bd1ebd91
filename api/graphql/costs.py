"""What operations cost: of one that ran, of one that is only thought of, and what is left."""

from datetime import datetime, timedelta
from typing import Any, ClassVar

import strawberry
from graphql import GraphQLError, parse

from api.errors import BadInputError, QueryTooComplexError
from api.graphql.context import Context, Info
from api.graphql.limits import MAXIMUM_TOKENS, check_length, check_size
from api.graphql.measuring import measure
from api.graphql.permissions import Access, Requirement, field
from api.graphql.scalars import Json
from api.limits.limiter import Status


@strawberry.type(description="What you may ask for, in points: docs/limits.md says what costs how many.")
class RateLimit:
    __needs__: ClassVar[Requirement] = Access.AUTHENTICATED
    limit: int = strawberry.field(description="The most that can be saved up, in points.")
    cost: int = strawberry.field(description="Points that this operation may cost at most.")
    remaining: int = strawberry.field(description="Points that are left.")
    restore_rate: int = strawberry.field(description="Points that come back each second.")
    reset_at: datetime = strawberry.field(description="When everything will be back, if nothing is spent until then.")


@strawberry.type(description="What a document would cost. It was not run.")
class CostEstimate:
    __needs__: ClassVar[Requirement] = Access.AUTHENTICATED
    cost: int = strawberry.field(description="Points that it may cost at most, were every page full.")
    objects: int = strawberry.field(description="Objects that it can give.")
    depth: int = strawberry.field(description="Levels of its deepest field.")
    fields: int
    aliases: int
    refusal: str | None = strawberry.field(description="Why it would be refused as too large; null when it would not.")


@strawberry.type
class CostQuery:
    @field(Access.AUTHENTICATED, "What is left to you.")
    async def rate_limit(self, info: Info) -> RateLimit:
        context = info.context
        status = status_of(context)
        return RateLimit(
            limit=status.maximum,
            cost=context.size.cost,
            remaining=status.available,
            restore_rate=status.restore_rate,
            reset_at=context.services.now() + timedelta(seconds=status.seconds_to_full),
        )

    @field(Access.AUTHENTICATED, "What a document would cost, without running it.")
    async def cost_estimate(
        self, info: Info, document: str, variables: Json | None = None, operation_name: str | None = None
    ) -> CostEstimate:
        given: Any = variables or {}
        if not isinstance(given, dict):
            raise BadInputError("variables is an object.", path=("variables",))
        refusal = None
        try:
            check_length(document)
            parsed = parse(document, no_location=True, max_tokens=MAXIMUM_TOKENS)
        except (GraphQLError, QueryTooComplexError) as error:
            raise BadInputError(error.message, path=("document",)) from None
        try:
            check_size(parsed, given, operation_name)
        except QueryTooComplexError as error:
            refusal = error.message
        measured = measure(parsed, given)
        if not measured.operations or operation_name not in {None, *measured.operations}:
            raise BadInputError("The document has no such operation.", path=("operationName",))
        size = measured.size_of(operation_name)
        return CostEstimate(
            cost=size.cost,
            objects=size.objects,
            depth=size.depth,
            fields=measured.fields,
            aliases=measured.aliases,
            refusal=refusal,
        )


def status_of(context: Context) -> Status:
    caller = context.caller
    return context.services.limiter.status(caller.tenant_id, caller.spender)


def cost_extension(context: Context) -> dict[str, object] | None:
    """For `extensions` of an answer; null for somebody who has not logged in, whom nothing is charged."""
    if context.maybe_caller is None:
        return None
    status = status_of(context)
    return {
        "requestedQueryCost": context.size.cost,
        "actualQueryCost": context.actual_cost,
        "throttleStatus": {
            "maximumAvailable": status.maximum,
            "currentlyAvailable": status.available,
            "restoreRate": status.restore_rate,
        },
    }

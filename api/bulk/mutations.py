"""Asking for a bulk operation, and for its end."""

from typing import Any, ClassVar

import strawberry
from graphql import specified_rules

from api.auth.permissions import Permission
from api.bulk.asking import Lines, ask
from api.bulk.contracts import ErrorPolicy
from api.bulk.paging import PATH as QUERY
from api.bulk.paging import Paged, paged
from api.bulk.types import BulkErrorPolicy, BulkOperation, operation_by_key
from api.bulk.written import PATH as MUTATION
from api.bulk.written import Written, written
from api.cache.freshness import Tag
from api.errors import BadInputError, CipError, ForbiddenError, NotFoundError
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.limits import check_size
from api.graphql.operation import CipSchema
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation, refusal
from api.graphql.scalars import Json
from api.job_runs.service import cancel

CHANGES = frozenset({Tag.JOBS})


@strawberry.input(description="What is to be read whole.")
class BulkOperationRunQueryInput:
    query: str = strawberry.field(
        description="A query of one list without first, last, after and before, of which nodes are selected."
    )
    variables: Json | None = None


@strawberry.input(description="What is to be run for each line of a file that was sent to /bulk/lines.")
class BulkOperationRunMutationInput:
    mutation: str = strawberry.field(
        description="One of eventsIngest, actionDecide, actionOutcome and customerConsentSet. A line is its variables."
    )
    upload: strawberry.ID = strawberry.field(description="What /bulk/lines answered.")
    error_policy: BulkErrorPolicy = BulkErrorPolicy.REJECT_EVERYTHING


@strawberry.type(description="The bulk operation.")
class BulkOperationPayload:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_EXPORT
    bulk_operation: BulkOperation | None
    user_errors: list[UserError]


@strawberry.type
class BulkMutation:
    @mutation(
        Permission.CUSTOMERS_EXPORT,
        "Answers a query whole, as a file of JSON lines. One at a time for each tenant.",
        changes=CHANGES,
    )
    async def bulk_operation_run_query(
        self,
        info: Info,
        input: BulkOperationRunQueryInput,  # noqa: A002
    ) -> BulkOperationPayload:
        context, services = info.context, info.context.services
        variables: Any = input.variables or {}
        try:
            needs = _check(info, paged(input.query), variables, QUERY)
            key = await ask(
                services.database,
                context.tenant_id,
                input.query,
                variables,
                needs,
                actor=context.principal.actor,
                now=services.now,
            )
        except ForbiddenError:
            raise
        except CipError as error:
            return BulkOperationPayload(bulk_operation=None, user_errors=[user_error(error)])
        await context.renew()
        return BulkOperationPayload(bulk_operation=await operation_by_key(context, key), user_errors=[])

    @mutation(
        Permission.CUSTOMERS_EXPORT,
        "Runs a mutation for each line of a file, as one job. It takes what the mutation takes.",
        changes=CHANGES,
    )
    async def bulk_operation_run_mutation(
        self,
        info: Info,
        input: BulkOperationRunMutationInput,  # noqa: A002
    ) -> BulkOperationPayload:
        context, services = info.context, info.context.services
        try:
            needs = _check(info, written(input.mutation), {}, MUTATION)
            upload = key_of("BulkUpload", input.upload)
            if upload is None:
                raise NotFoundError("There are no such lines.", path=("upload",))
            key = await ask(
                services.database,
                context.tenant_id,
                input.mutation,
                {},
                needs,
                actor=context.principal.actor,
                now=services.now,
                lines=Lines(upload, ErrorPolicy(input.error_policy.value)),
            )
        except ForbiddenError:
            raise
        except CipError as error:
            return BulkOperationPayload(bulk_operation=None, user_errors=[user_error(error)])
        await context.renew()
        return BulkOperationPayload(bulk_operation=await operation_by_key(context, key), user_errors=[])

    @mutation(
        Permission.CUSTOMERS_EXPORT, "Ends a bulk operation. What is written of its file is deleted.", changes=CHANGES
    )
    async def bulk_operation_cancel(self, info: Info, id: strawberry.ID) -> BulkOperationPayload:  # noqa: A002
        context, services = info.context, info.context.services
        key = key_of("BulkOperation", id)
        found = None if key is None else await operation_by_key(context, key)
        if key is None or found is None:
            missing = NotFoundError("There is no such bulk operation.", path=("id",))
            return BulkOperationPayload(bulk_operation=None, user_errors=[user_error(missing)])
        actor = context.principal.actor
        try:
            await cancel(services.database, context.tenant_id, found.job_id, actor=actor, now=services.now)
        except CipError as error:
            return BulkOperationPayload(bulk_operation=None, user_errors=[user_error(error)])
        await context.renew()
        return BulkOperationPayload(bulk_operation=await operation_by_key(context, key), user_errors=[])


def _check(info: Info, query: Paged | Written, variables: Any, path: tuple[str, ...]) -> frozenset[str]:
    """The permissions it takes, which the caller must have."""
    if not isinstance(variables, dict):
        raise BadInputError("variables is an object.", path=("variables",))
    schema = info.schema
    assert isinstance(schema, CipSchema)
    if faults := schema.faults(query.document, (*specified_rules,), hide_suggestions=False):
        raise BadInputError(f"The {path[0]} does not fit the schema: {faults[0].message}", path=path)
    try:
        check_size(query.document, variables)
    except CipError as error:
        raise BadInputError(error.message, hint=error.hint, path=path) from None
    needs = schema.needs(query.text, query.document)
    if (refused := refusal(info.context.caller, needs)) is not None:
        raise refused
    freshness = schema.freshnesses.of(query.text, None).freshness
    looked_at = frozenset() if freshness is None else freshness.looks_at & info.context.principal.permissions
    return looked_at | frozenset(need.value for need in needs if isinstance(need, Permission))

"""Asking for an export of one person's data, and for its erasure."""

from collections.abc import Awaitable, Callable
from typing import ClassVar, Final
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import Tag
from api.errors import CipError
from api.graphql.context import Context, Info
from api.graphql.ids import key_of
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation
from api.privacy.service import Privacy, no_such_customer
from api.privacy.types import PrivacyRequest, request_by_key

CHANGES: Final = frozenset({Tag.JOBS})
"""The job itself makes the rest untrue."""


@strawberry.input(description="Whose data is wanted.")
class CustomerDataExportInput:
    customer_id: strawberry.ID


@strawberry.input(description="Who is to be erased.")
class CustomerEraseInput:
    customer_id: strawberry.ID
    confirm_external_id: str = strawberry.field(
        description="The customer's external id once more: this cannot be taken back."
    )


@strawberry.type(description="The request as it is now.")
class PrivacyRequestPayload:
    __needs__: ClassVar[Requirement] = Permission.PRIVACY_MANAGE
    request: PrivacyRequest | None
    user_errors: list[UserError]


@strawberry.type
class PrivacyMutation:
    @mutation(
        Permission.PRIVACY_MANAGE, "Puts all that is held about one person into a file, as a job.", changes=CHANGES
    )
    async def customer_data_export(
        self,
        info: Info,
        input: CustomerDataExportInput,  # noqa: A002
    ) -> PrivacyRequestPayload:
        async def ask(privacy: Privacy, customer_id: UUID) -> UUID:
            return await privacy.ask_export(info.context.tenant_id, customer_id, actor=info.context.principal.actor)

        return await _asked(info.context, input.customer_id, ask)

    @mutation(
        Permission.PRIVACY_MANAGE,
        "Erases one person everywhere, as a job, for good. What they bought and did still counts, as nobody's. Later "
        "events of theirs are refused with SUBJECT_ERASED and not kept.",
        changes=CHANGES,
    )
    async def customer_erase(self, info: Info, input: CustomerEraseInput) -> PrivacyRequestPayload:  # noqa: A002
        async def ask(privacy: Privacy, customer_id: UUID) -> UUID:
            context = info.context
            return await privacy.ask_erasure(
                context.tenant_id, customer_id, input.confirm_external_id, actor=context.principal.actor
            )

        return await _asked(info.context, input.customer_id, ask)


async def _asked(
    context: Context, given: strawberry.ID, ask: Callable[[Privacy, UUID], Awaitable[UUID]]
) -> PrivacyRequestPayload:
    services = context.services
    try:
        customer_id = key_of("Customer", given)
        if customer_id is None:
            raise no_such_customer()
        request_id = await ask(Privacy(services.database, services.now), customer_id)
    except CipError as error:
        return PrivacyRequestPayload(request=None, user_errors=[user_error(error)])
    await context.renew()
    return PrivacyRequestPayload(request=await request_by_key(context, request_id), user_errors=[])

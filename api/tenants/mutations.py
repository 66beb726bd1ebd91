"""What admins can change of their tenant."""

from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.errors import BadInputError, ConflictError
from api.events.ingest_repository import lock_ingest
from api.graphql.context import Info
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation
from api.tenants.profile_service import ProfileChange, Profiles
from api.tenants.types import Tenant


@strawberry.input(description="What is left out stays as it is.")
class TenantUpdateInput:
    name: str | None = None
    time_zone: str | None = strawberry.field(
        default=None, description="IANA name. It can be changed until the first event has come in."
    )
    currency: str | None = strawberry.field(
        default=None, description="ISO 4217 code. It can be changed until the first event has come in."
    )


@strawberry.type(description="The tenant as it is now.")
class TenantUpdatePayload:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    tenant: Tenant | None
    user_errors: list[UserError]


@strawberry.type
class TenantMutation:
    @mutation(Permission.SETTINGS_MANAGE, "Changes the name, the time zone or the currency of your tenant.")
    async def tenant_update(self, info: Info, input: TenantUpdateInput) -> TenantUpdatePayload:  # noqa: A002
        context = info.context
        change = ProfileChange(input.name, input.time_zone, input.currency)
        profiles = Profiles(context.services.database, context.services.now, lock_ingest)
        try:
            changed = await profiles.change(context.tenant_id, change, actor=context.principal.actor)
        except (BadInputError, ConflictError) as error:
            return TenantUpdatePayload(tenant=None, user_errors=[user_error(error)])
        return TenantUpdatePayload(tenant=Tenant.of(changed, context.services.now()), user_errors=[])

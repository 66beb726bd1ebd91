"""A tenant's own limits in GraphQL."""

from datetime import datetime
from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import Tag
from api.errors import BadInputError
from api.graphql.context import Info
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, field, mutation
from api.tenants import contracts
from api.tenants.limits_repository import find_limits
from api.tenants.limits_service import LimitSettings


@strawberry.type(description="What your tenant allows itself. Null stands for what the installation allows everybody.")
class TenantLimits:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    points_per_second: int | None = strawberry.field(description="What all of the tenant's callers may spend together.")
    members: int | None = strawberry.field(description="Accounts of people, the invited ones included.")
    sockets: int | None = strawberry.field(description="Open sockets in one process.")
    event_days: int | None = strawberry.field(
        description="How long raw events are kept. Older ones are deleted and refused; orders, conversations and the "
        "metrics of the time stay."
    )
    events_kept_from: datetime | None = strawberry.field(description="Events before this have been deleted.")

    @classmethod
    def of(cls, limits: contracts.TenantLimits) -> "TenantLimits":
        return cls(
            points_per_second=limits.points_per_second,
            members=limits.members,
            sockets=limits.sockets,
            event_days=limits.event_days,
            events_kept_from=limits.events_kept_from,
        )


@strawberry.input(description="All of them at once: what is left out is the installation's from now on.")
class TenantLimitsUpdateInput:
    points_per_second: int | None = strawberry.field(default=None, description="100 to 20,000.")
    members: int | None = strawberry.field(default=None, description="1 to 100,000.")
    sockets: int | None = strawberry.field(default=None, description="1 to 200.")
    event_days: int | None = strawberry.field(default=None, description="30 to 36,500.")


@strawberry.type(description="The limits as they are now.")
class TenantLimitsUpdatePayload:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    limits: TenantLimits | None
    user_errors: list[UserError]


@strawberry.type
class LimitsQuery:
    @field(Permission.SETTINGS_MANAGE, "What your tenant allows itself.")
    async def tenant_limits(self, info: Info) -> TenantLimits:
        return TenantLimits.of(await find_limits(info.context.snapshot))


@strawberry.type
class LimitsMutation:
    @mutation(
        Permission.SETTINGS_MANAGE,
        "Sets what your tenant allows itself; it counts everywhere within seconds.",
        changes=frozenset({Tag.TENANT}),
    )
    async def tenant_limits_update(
        self,
        info: Info,
        input: TenantLimitsUpdateInput,  # noqa: A002
    ) -> TenantLimitsUpdatePayload:
        context = info.context
        given = contracts.TenantLimits(input.points_per_second, input.members, input.sockets, input.event_days)
        settings = LimitSettings(context.services.database, context.services.now)
        try:
            limits = await settings.set(context.tenant_id, given, actor=context.principal.actor)
        except BadInputError as error:
            return TenantLimitsUpdatePayload(limits=None, user_errors=[user_error(error)])
        return TenantLimitsUpdatePayload(limits=TenantLimits.of(limits), user_errors=[])

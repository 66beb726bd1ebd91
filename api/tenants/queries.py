"""The tenant, and what of the installation is degraded right now."""

from enum import Enum
from typing import ClassVar
from uuid import UUID

import strawberry

from api.cache.freshness import RECORDS, Freshness
from api.graphql.context import Context, Info
from api.graphql.node import NodeSource
from api.graphql.permissions import Access, Requirement, field
from api.tenants.types import Tenant, tenant_of

WITHOUT_REDIS = "Numbers are read from Postgres and are complete; live updates come a little later."


@strawberry.enum(description="What carries live updates right now.")
class LiveTransport(Enum):
    REDIS = "REDIS"
    POSTGRES = "POSTGRES"


@strawberry.type(description="What of the installation is degraded right now.")
class Status:
    __needs__: ClassVar[Requirement] = Access.AUTHENTICATED
    live: LiveTransport
    message: str | None = strawberry.field(description="A sentence for a banner; null when all is well.")


THIS_PROCESS = Freshness(frozenset(), 3.0, "A banner may come and go so late; pages ask every half minute.", local=True)


@strawberry.type
class TenantQuery:
    @field(Access.AUTHENTICATED, "Your own tenant.", cached=RECORDS)
    async def tenant(self, info: Info) -> Tenant:
        return Tenant.of(await tenant_of(info.context), info.context.services.now())

    @field(Access.AUTHENTICATED, "What of the installation is degraded right now.", cached=THIS_PROCESS)
    async def status(self, info: Info) -> Status:
        hub = info.context.services.hub
        complaint = hub.pulse.complaint
        return Status(
            live=LiveTransport.REDIS if hub.connected else LiveTransport.POSTGRES,
            message=None if complaint is None else f"Redis {complaint}. {WITHOUT_REDIS}",
        )


async def _load(context: Context, key: UUID) -> Tenant | None:
    if key != context.tenant_id:
        return None
    return Tenant.of(await tenant_of(context), context.services.now())


NODES = {"Tenant": NodeSource(Access.AUTHENTICATED, _load)}

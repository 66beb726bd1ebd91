"""The tenant in GraphQL, and money in its currency."""

from datetime import datetime
from enum import Enum
from typing import ClassVar

import strawberry

from api.errors import NotFoundError
from api.graphql.context import Context, Info
from api.graphql.ids import global_id
from api.graphql.node import Node
from api.graphql.permissions import Access, Requirement, resolved
from api.graphql.plain import NotReadyError
from api.graphql.scalars import Int64
from api.tenants.contracts import TenantRecord
from api.tenants.repository import load_tenants


async def tenant_of(context: Context) -> TenantRecord:
    """The principal's tenant, read once an operation."""
    found = await context.loader(load_tenants, type(context.tenant_id)).load(context.tenant_id)
    if found is None:
        raise NotFoundError("This tenant has no profile.", hint="Create tenants by `cip tenant create`.")
    return found


def _currency(_: object, context: Context) -> str:
    """Without a coroutine for each amount of a list."""
    known = context.loaded(load_tenants, context.tenant_id)
    if known is None:
        raise NotReadyError(lambda: tenant_of(context))
    return known.currency


@strawberry.type(description="An amount of money.")
class Money:
    __needs__: ClassVar[Requirement] = Access.AUTHENTICATED
    amount: Int64 = strawberry.field(description="In minor units of the currency, such as pence.")

    @resolved("ISO 4217 code of the tenant's currency.", ready=_currency)
    async def currency(self, info: Info) -> str:
        return (await tenant_of(info.context)).currency


@strawberry.enum(description="Whether a demo tenant's recorded history is still being fed in.")
class ReplayState(Enum):
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"


@strawberry.type(description="A demo tenant's clock: its recorded history is fed in faster than it happened.")
class Replay:
    __needs__: ClassVar[Requirement] = Access.AUTHENTICATED
    speed: int = strawberry.field(description="Seconds of tenant time per second.")
    position: datetime = strawberry.field(description="How far the history has been fed in.")
    ends_at: datetime = strawberry.field(description="Where the recorded history ends.")
    state: ReplayState


@strawberry.type(description="The company whose customers these are.")
class Tenant(Node):
    __needs__: ClassVar[Requirement] = Access.AUTHENTICATED
    slug: str
    name: str
    time_zone: str = strawberry.field(description="IANA name; days begin at its midnight.")
    currency: str = strawberry.field(description="ISO 4217 code.")
    now: datetime = strawberry.field(description="The tenant's clock: in a demo, the replay's position.")
    synthetic: bool = strawberry.field(description="Whether the data was made by a generator.")
    source: str | None = strawberry.field(description="Where demo data comes from.")
    replay: Replay | None = strawberry.field(description="Null for a tenant that is no demo.")

    @classmethod
    def of(cls, record: TenantRecord, real_now: datetime) -> "Tenant":
        return cls(
            id=global_id("Tenant", record.tenant_id),
            slug=record.slug,
            name=record.name,
            time_zone=record.time_zone,
            currency=record.currency,
            now=record.now(real_now),
            synthetic=record.synthetic,
            source=record.source,
            replay=_replay(record),
        )


def _replay(record: TenantRecord) -> Replay | None:
    if record.speed is None or record.position is None or record.ends_at is None:
        return None
    state = ReplayState.FINISHED if record.position >= record.ends_at else ReplayState.RUNNING
    return Replay(speed=record.speed, position=record.position, ends_at=record.ends_at, state=state)

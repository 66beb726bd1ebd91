"""One customer's way in GraphQL, and the visits that a figure is made of."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import RECORDS
from api.customers.loaders import customer_by_key
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Context, Info
from api.graphql.permissions import Requirement, field
from api.graphql.relations import Relation
from api.graphql.scalars import Int64
from api.journeys.contracts import Stage
from api.journeys.customer_repository import STEPS, Step, load_last_spells
from api.journeys.flow_repository import Visit
from api.journeys.freshness import JOURNEYS
from api.journeys.next_stages import Chance, chances, load_models
from api.journeys.reading import load_stages
from api.journeys.types import JourneyShortage, JourneyStage
from api.tenants.types import tenant_of

if TYPE_CHECKING:
    from api.customers.types import Customer

LazyCustomer = Annotated["Customer", strawberry.lazy("api.customers.types")]


async def stages_of(context: Context) -> dict[str, Stage]:
    """The tenant's stages by key, read once an operation."""
    stages = await context.loader(load_stages, UUID).load(context.tenant_id)
    return {stage.key: stage for stage in stages}


@strawberry.type(description="A stay in a stage.")
class JourneyStep:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_READ
    stage: str = strawberry.field(description="Key of the stage.")
    entered_at: datetime
    left_at: datetime | None = strawberry.field(description="Null while it lasts.")
    next_stage: str | None

    @classmethod
    def of(cls, step: Step) -> "JourneyStep":
        return cls(stage=step.stage, entered_at=step.entered_at, left_at=step.left_at, next_stage=step.next_stage)


steps_of_customer = Relation("journey_steps", STEPS, JourneyStep.of)


@strawberry.type(
    description="How likely a customer enters a stage next within so many days, given how long it has been in its "
    "present one, with a 95% interval."
)
class JourneyChance:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    stage: JourneyStage
    horizon_days: int
    probability: float
    low: float
    high: float
    n: Int64 = strawberry.field(description="How many customers were watched that had been there for as long.")

    @classmethod
    def of(cls, chance: Chance, stage: Stage) -> "JourneyChance":
        return cls(
            stage=JourneyStage.of(stage),
            horizon_days=chance.horizon_days,
            probability=chance.estimate.value,
            low=chance.estimate.low,
            high=chance.estimate.high,
            n=Int64(chance.n),
        )


@strawberry.type(description="Where a customer may go next, within 7, 30 and 90 days.")
class JourneyOutlook:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    chances: list[JourneyChance] = strawberry.field(description="The likeliest first, by horizon.")
    shortage: JourneyShortage | None = strawberry.field(description="When too few were ever in this stage.")


@strawberry.type(description="Where a customer is on its way, and how it came there.")
class CustomerJourney:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_READ
    customer_id: strawberry.Private[UUID]
    spell: strawberry.Private[Visit | None]
    stage: JourneyStage | None = strawberry.field(description="Null before the first.")
    since: datetime | None

    @field(Permission.CUSTOMERS_READ, "The stages it was in, newest first.", cached=JOURNEYS)
    async def timeline(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[JourneyStep]:
        return await steps_of_customer.connect(info.context, self.customer_id, first, after, last, before)

    @field(Permission.ANALYTICS_VIEW, "Null for a customer that is in no stage, or has left.", cached=JOURNEYS)
    async def next_stage(self, info: Info) -> JourneyOutlook | None:
        context, spell = info.context, self.spell
        stages = await stages_of(context)
        if spell is None or stages[spell.stage].is_exit:
            return None
        now = (await tenant_of(context)).now(context.services.now())
        found = await context.loader(load_models, str, now).load(spell.stage)
        return JourneyOutlook(
            chances=[JourneyChance.of(one, stages[one.stage]) for one in chances(found, spell, now)],
            shortage=None if found.model is not None else JourneyShortage.of(found.n),
        )


async def journey_of_customer(context: Context, customer_id: UUID) -> CustomerJourney:
    spell = await context.loader(load_last_spells, UUID).load(customer_id)
    stage = None if spell is None else (await stages_of(context))[spell.stage]
    return CustomerJourney(
        customer_id=customer_id,
        spell=spell,
        stage=None if stage is None else JourneyStage.of(stage),
        since=None if spell is None else spell.entered_at,
    )


@strawberry.type(description="One of the stays that a figure of the journey counts.")
class JourneyVisit:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_READ
    customer_id: strawberry.Private[UUID]
    entered_at: datetime
    left_at: datetime | None = strawberry.field(description="Null for who was still there at the end of the range.")
    next_stage: str | None

    @classmethod
    def of(cls, visit: Visit) -> "JourneyVisit":
        return cls(
            customer_id=visit.customer_id,
            entered_at=visit.entered_at,
            left_at=visit.left_at,
            next_stage=visit.next_stage,
        )

    @field(Permission.CUSTOMERS_READ, "Who stayed.", cached=RECORDS)
    async def customer(self, info: Info) -> LazyCustomer:
        found = await customer_by_key(info.context, self.customer_id)
        assert found is not None  # the spells of a customer go with it
        return found

"""Spells are kept by the rules of each tenant, those with properties included."""

from sqlalchemy import delete, select

from api.events.contracts import IncomingEvent
from api.journeys.contracts import Moves, Rule, Stage
from api.journeys.repository import insert_journey
from models import JourneyRule, JourneySpell, JourneyStage
from models.base import table
from models.database import Database
from tests.support.world import NOW, TestTenant, customer_ref, ingest, make_tenant


async def spells(database: Database, tenant: TestTenant) -> list[tuple[str, str | None]]:
    spell = table(JourneySpell)
    async with database.unit_of_work(tenant.id) as session:
        rows = await session.execute(select(spell.c.stage, spell.c.next_stage).order_by(spell.c.entered_at))
        return [(stage, following) for stage, following in rows]


async def test_a_tenants_own_rules_and_their_properties(database: Database) -> None:
    tenant = await make_tenant(database, "own", "owncanary")
    async with database.unit_of_work(tenant.id) as session:
        for model in (JourneyRule, JourneyStage):
            await session.execute(delete(table(model)).where(table(model).c.tenant_id == tenant.id))
        await insert_journey(
            session,
            tenant.id,
            [Stage("looking", "Looking", 0), Stage("purchase", "Bought", 1)],
            [
                Rule("page_viewed", "looking", Moves.FORWARD),
                Rule("page_viewed", "purchase", Moves.ANY, property="page", equals="/thanks"),
            ],
        )
    for number, page in enumerate(["/home", "/thanks", "/home", 7]):
        properties: dict[str, object] = {"page": page}
        who = customer_ref(tenant, 1)
        at = NOW.replace(hour=number)
        await ingest(database, tenant, IncomingEvent(f"m{number}", "page_viewed", "api", at, who, properties))
    assert await spells(database, tenant) == [("looking", "purchase"), ("purchase", None)]


async def test_a_late_event_goes_in_before_those_that_came_sooner(database: Database) -> None:
    tenant = await make_tenant(database, "late", "latecanary")
    for hour, name in ((5, "order_completed"), (2, "trial_started"), (9, "subscription_cancelled"), (3, "page_viewed")):
        event = IncomingEvent(f"m{hour}", name, "api", NOW.replace(hour=hour), customer_ref(tenant, 1))
        if name == "order_completed":
            lines = [{"sku": "a", "quantity": 1, "unitAmount": 1}]
            event = IncomingEvent(
                "m5", name, "api", NOW.replace(hour=hour), customer_ref(tenant, 1), {"orderId": "o", "lines": lines}
            )
        await ingest(database, tenant, event)
    assert await spells(database, tenant) == [("consideration", "purchase"), ("purchase", "lost"), ("lost", None)]

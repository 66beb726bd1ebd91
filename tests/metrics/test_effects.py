"""Who waits to be worked out again, and facts that are made up for after an upgrade."""

from sqlalchemy import delete, select, text

from api.metrics.rebuild_repository import lacks_facts, send_all
from models import ConversationResponse, CustomerSession, JourneySpell, StaleCustomer
from models.base import table
from models.database import Database
from tests.support.world import NOW, TestTenant, ingest, order, settle

FACTS = (ConversationResponse, CustomerSession, JourneySpell)


async def contents(database: Database, tenant: TestTenant) -> list[list[tuple[object, ...]]]:
    async with database.unit_of_work(tenant.id) as session:
        found = [await session.execute(select(table(model))) for model in FACTS]
        return [sorted((tuple(row) for row in rows), key=str) for rows in found]


async def test_who_bought_waits_for_a_segment_and_for_scores_once(database: Database, acme: TestTenant) -> None:
    stale = table(StaleCustomer)
    async with database.unit_of_work(acme.id) as session:
        await session.execute(delete(stale).where(stale.c.tenant_id == acme.id))
    for number in (901, 902):
        await ingest(database, acme, order(acme, number, customer=1, amount=5, at=NOW))
    async with database.unit_of_work(acme.id) as session:
        waiting = (await session.execute(select(stale.c.purpose, stale.c.since).order_by(stale.c.purpose))).all()
    assert [tuple(row) for row in waiting] == [("scores", NOW), ("segments", NOW)]


async def test_facts_that_are_missing_are_made_again(database: Database, acme: TestTenant) -> None:
    before = await contents(database, acme)
    assert all(before)
    async with database.unit_of_work(acme.id) as session:
        assert not await lacks_facts(session, acme.id)
        for model in FACTS:
            await session.execute(delete(table(model)).where(table(model).c.tenant_id == acme.id))
        assert await lacks_facts(session, acme.id)
        await send_all(session, acme.id, NOW)
    await settle(database, acme.id)
    assert await contents(database, acme) == before


async def test_facts_go_with_the_customer_and_the_conversation(database: Database, acme: TestTenant) -> None:
    """An import that is undone removes both; the events and orders go first."""
    async with database.unit_of_work(acme.id) as session:
        for name in ("order_line", "sales_order", "event", "message", "conversation", "customer"):
            await session.execute(text(f"delete from {name}"))
    assert await contents(database, acme) == [[], [], []]

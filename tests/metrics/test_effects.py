"""Who waits to be worked out again, and facts that are made up for after an upgrade."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, text

from api.events.writing import Closing
from api.metrics.conversion import Entries, Entry
from api.metrics.rebuild import rebuild_facts
from api.metrics.rebuild_repository import lacks_facts
from models import Conversation, ConversationResponse, CustomerSession, JourneySpell, StaleCustomer
from models.base import table
from models.database import Database
from tests.support.world import NOW, TestTenant, conversation, ingest, order, settle

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
    sent = await rebuild_facts(database, acme.id, NOW)
    async with database.unit_of_work(acme.id) as session:
        assert (await session.execute(text("select count(*) from outbox_message"))).scalar_one() == sent
        trail = await session.execute(text("select actor from audit_entry where action = 'facts.rebuild'"))
        assert trail.scalars().all() == ["operator"]
    await settle(database, acme.id)
    assert await contents(database, acme) == before


async def test_facts_go_with_the_customer_and_the_conversation(database: Database, acme: TestTenant) -> None:
    """An import that is undone removes both; the events and orders go first."""
    async with database.unit_of_work(acme.id) as session:
        for name in ("order_line", "sales_order", "event", "message", "conversation", "customer"):
            await session.execute(text(f"delete from {name}"))
    assert await contents(database, acme) == [[], [], []]


async def test_a_reply_is_what_follows_the_question_and_the_last_rating_stands(
    database: Database, acme: TestTenant
) -> None:
    """The tenant's people spoke first; it was closed three times, and the closings come in out of order."""
    talk = conversation(acme, 77, customer=1, at=NOW - timedelta(hours=5))
    asked, replied = talk[1], talk[2]
    early = replace(replied, message_id="early", occurred_at=talk[0].occurred_at)
    early = replace(early, properties={**replied.properties, "messageId": "0"})
    closings = [
        replace(talk[3], message_id=f"close-{hours}", occurred_at=NOW - timedelta(hours=hours), properties=properties)
        for hours, properties in (
            (2, {"conversationId": f"{acme.canary}-talk-77", "rating": 2}),
            (1, {"conversationId": f"{acme.canary}-talk-77"}),
            (3, {"conversationId": f"{acme.canary}-talk-77", "rating": 5}),
        )
    ]
    await ingest(database, acme, talk[0], early, asked, replied, *closings[:2])
    await ingest(database, acme, closings[2])
    response, known = table(ConversationResponse), table(Conversation)
    async with database.unit_of_work(acme.id) as session:
        row = await session.execute(
            select(response.c.asked_at, response.c.replied_at, known.c.closed_at, known.c.rating, known.c.rated_at)
            .join(known, known.c.id == response.c.conversation_id)
            .where(known.c.external_id == f"{acme.canary}-talk-77")
        )
        assert tuple(row.one()) == (
            asked.occurred_at,
            replied.occurred_at,
            NOW - timedelta(hours=1),
            2,
            NOW - timedelta(hours=2),
        )


def test_the_closings_of_one_batch_are_taken_by_their_time() -> None:
    later = Closing().then(NOW, 2).then(NOW - timedelta(hours=1), 5)
    assert later == Closing(NOW, 2, NOW)
    assert later.then(NOW + timedelta(hours=1), None) == Closing(NOW + timedelta(hours=1), 2, NOW)


def test_a_customer_counts_once_in_a_cohort_from_its_first_entry() -> None:
    entries = Entries.of(
        [
            Entry(UUID(int=1), NOW + timedelta(hours=6), NOW + timedelta(hours=7), None),
            Entry(UUID(int=1), NOW, None, NOW + timedelta(hours=2)),
        ]
    )
    rate = entries.rate(NOW, NOW + timedelta(hours=24), timedelta(hours=24))
    assert (rate.value, rate.n) == (0.0, 1)

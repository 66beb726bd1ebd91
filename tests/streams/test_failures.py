"""What fails for one message or one tenant leaves the others alone, and nothing that was accepted is lost."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from redis.asyncio import Redis
from sqlalchemy import select

from api.app import Server
from api.metrics.contracts import Change, MetricsChanged
from api.metrics.service import CONSUMER
from api.settings import Settings
from api.streams import keys, outbox
from api.streams.connection import connect
from api.streams.delivery import Delivery
from api.streams.relay import Relay
from api.streams.stream import GROUP, Stream
from api.streams.topics import TOPICS, Topic
from models import DeadLetter
from models.base import new_id, table
from models.database import Database
from tests.support.services import redis_url
from tests.support.waiting import wait_until
from tests.support.world import NOW, TestTenant, make_tenant, order, real_clock


async def test_entries_that_nobody_can_read_do_not_stop_the_worker(
    database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    tenant = await make_tenant(database, "odd", "oddcanary")
    redis = connect(redis_url())
    server = Server(settings, with_worker=True, now=real_clock(NOW))
    async with server.running():
        for shard in range(keys.SHARDS):
            for topic in TOPICS:
                for fields in ({"x": "1"}, {"tenant": "no", "id": "no", "payload": "{"}):
                    await redis.xadd(keys.stream(shard, topic), fields)  # type: ignore[arg-type]
        await server.ingest.ingest(tenant.id, [order(tenant, 1, customer=1, amount=5, at=NOW)], actor="test")

        async def every_message_had_its_effect() -> bool:
            async with database.unit_of_work(tenant.id) as session:
                return await outbox.list_waiting(session, tenant.id) == []

        async def every_entry_is_acknowledged() -> bool:
            names = [keys.stream(shard, topic) for shard in range(keys.SHARDS) for topic in TOPICS]
            return [(await redis.xpending(name, GROUP))["pending"] for name in names] == [0] * len(names)

        await wait_until(every_message_had_its_effect)
        assert server.stopped == []
        await wait_until(every_entry_is_acknowledged)
    await redis.aclose()
    assert "cannot be read" in caplog.text


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
async def nowhere() -> AsyncIterator["Redis"]:
    redis = connect("redis://127.0.0.1:1")
    yield redis
    await redis.aclose()


async def put(database: Database, tenant: TestTenant, *payloads: MetricsChanged) -> list[UUID]:
    async with database.unit_of_work(tenant.id) as session:
        return [await outbox.insert_message(session, tenant.id, payload, NOW) for payload in payloads]


BAD = MetricsChanged((Change("poison", NOW, 1),))
GOOD = MetricsChanged((Change("events", NOW, 1),))


class Handled:
    """Takes down what it handles, and fails at the bad one."""

    def __init__(self, database: Database) -> None:
        self.tenants: list[UUID] = []
        self.tries = 0
        self._database = database

    async def __call__(self, tenant_id: UUID, message_id: UUID, payload: dict[str, Any]) -> None:
        if payload == BAD.to_json():
            self.tries += 1
            raise KeyError("somebody@example.org")
        async with self._database.unit_of_work(tenant_id) as session:
            assert await outbox.claim(session, tenant_id, CONSUMER, message_id, NOW)
        self.tenants.append(tenant_id)


async def test_a_message_that_fails_keeps_neither_its_own_tenant_nor_another_waiting(
    database: Database, acme: TestTenant, globex: TestTenant, nowhere: "Redis", caplog: pytest.LogCaptureFixture
) -> None:
    handled = Handled(database)
    delivery = Delivery(database, {Topic.CUSTOMER_METRICS: handled})
    relay = Relay(database, Stream(nowhere, nowhere, "test"), delivery, Clock())
    await put(database, acme, BAD, GOOD)
    await put(database, globex, GOOD)
    await relay.relay(acme.id)
    await relay.relay(globex.id)
    assert handled.tenants == [acme.id, globex.id]
    assert caplog.text.count("stays in the outbox") == 1


async def test_a_message_is_tried_five_times_with_longer_pauses_and_is_then_a_dead_letter(
    database: Database, acme: TestTenant, nowhere: "Redis"
) -> None:
    handled = Handled(database)
    now = Clock()
    delivery = Delivery(database, {Topic.CUSTOMER_METRICS: handled})
    relay = Relay(database, Stream(nowhere, nowhere, "test"), delivery, now)
    [identity] = await put(database, acme, BAD)
    tried_at = []
    for _ in range(600):
        before = handled.tries
        await relay.relay(acme.id)
        if handled.tries > before:
            tried_at.append((now.now - NOW).total_seconds())
        now.now += timedelta(seconds=1)
    assert tried_at == [0, 2, 10, 40, 160]
    async with database.unit_of_work(acme.id) as session:
        assert await outbox.list_waiting(session, acme.id) == []
        [dead] = (await session.execute(select(table(DeadLetter)))).mappings().all()
    assert (dead["kind"], dead["origin"], dead["reference"]) == ("message", "customer_metrics", str(identity))
    assert (dead["code"], dead["attempts"], dead["state"]) == ("KeyError", 5, "waiting")
    assert dead["payload"] == BAD.to_json()
    assert "example.org" not in dead["message"]


async def test_a_message_that_kills_its_worker_is_counted_and_becomes_a_dead_letter(
    database: Database, acme: TestTenant
) -> None:
    """Nobody lives to count it afterwards, so it is counted before."""
    await put(database, acme, GOOD)
    now = NOW
    for _ in range(outbox.MAXIMUM_ATTEMPTS):
        async with database.unit_of_work(acme.id) as session:
            [taken] = await outbox.take_waiting(session, acme.id, now)
        assert taken.attempts < outbox.MAXIMUM_ATTEMPTS
        now += timedelta(minutes=3)
    async with database.unit_of_work(acme.id) as session:
        [taken] = await outbox.take_waiting(session, acme.id, now)
        assert taken.attempts == outbox.MAXIMUM_ATTEMPTS
        await outbox.bury(session, acme.id, [taken], now)
        [code] = (await session.execute(select(table(DeadLetter).c.code))).scalars()
    assert code == "WORKER_DIED"


async def test_what_was_processed_is_forgotten_after_a_week(database: Database, acme: TestTenant) -> None:
    async def claims(message_id: UUID, at: datetime) -> bool:
        async with database.unit_of_work(acme.id) as session:
            return await outbox.claim(session, acme.id, CONSUMER, message_id, at)

    old, recent = new_id(), new_id()
    assert await claims(old, NOW - timedelta(days=8))
    assert await claims(recent, NOW - timedelta(days=6))
    async with database.unit_of_work(acme.id) as session:
        await outbox.forget_processed(session, acme.id, NOW)
    assert await claims(old, NOW)
    assert not await claims(recent, NOW)

"""What fails for one message or one tenant leaves the others alone, and nothing that was accepted is lost."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from api.app import Server
from api.metrics.contracts import TOPIC
from api.metrics.repository import get_revision
from api.metrics.service import CONSUMER
from api.settings import Settings
from api.streams import keys, outbox
from api.streams.connection import connect
from api.streams.relay import Relay
from api.streams.stream import GROUP, Stream
from models.base import new_id
from models.database import Database
from tests.support.services import redis_url
from tests.support.waiting import wait_until
from tests.support.world import NOW, TestTenant, clock, make_tenant, order, real_clock


async def test_entries_that_nobody_can_read_do_not_stop_the_worker(
    database: Database, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    tenant = await make_tenant(database, "odd", "oddcanary")
    redis = connect(redis_url())
    server = Server(settings, with_worker=True, now=real_clock(NOW))
    async with server.running():
        for shard in range(keys.SHARDS):
            for fields in ({"x": "1"}, {"tenant": "no", "id": "no", "payload": "{"}):
                await redis.xadd(keys.stream(shard, TOPIC), fields)  # type: ignore[arg-type]
        await server.ingest.ingest(tenant.id, [order(tenant, 1, customer=1, amount=5, at=NOW)], actor="test")

        async def counted() -> bool:
            async with database.reading(tenant.id) as snapshot:
                return await get_revision(snapshot) == 1

        await wait_until(counted)
        assert server.stopped == []
        pending = [await redis.xpending(keys.stream(shard, TOPIC), GROUP) for shard in range(keys.SHARDS)]
        assert [entry["pending"] for entry in pending] == [0] * keys.SHARDS
    await redis.aclose()
    assert "had no effect" in caplog.text


async def test_a_message_that_fails_keeps_neither_its_own_tenant_nor_another_waiting(
    database: Database, acme: TestTenant, globex: TestTenant, caplog: pytest.LogCaptureFixture
) -> None:
    handled: list[UUID] = []

    async def handle(tenant_id: UUID, message_id: UUID, payload: dict[str, Any]) -> None:
        if payload.get("bad"):
            raise KeyError("changes")
        handled.append(tenant_id)

    nowhere = connect("redis://127.0.0.1:1")
    relay = Relay(database, Stream(nowhere, nowhere, "test"), {TOPIC: handle}, clock)
    for tenant, payloads in ((acme, ({"bad": True}, {})), (globex, ({},))):
        async with database.unit_of_work(tenant.id) as session:
            for payload in payloads:
                await outbox.insert_message(session, tenant.id, TOPIC, payload, NOW)
    await relay.relay(acme.id)
    await relay.relay(globex.id)
    assert handled == [acme.id, globex.id]
    assert caplog.text.count("stays in the outbox") == 1
    await nowhere.aclose()


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

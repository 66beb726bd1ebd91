"""A Redis that does not answer is asked once a moment, not once a message: it would hold the numbers up."""

from typing import Any

from redis.exceptions import TimeoutError as RedisTimeoutError

from api.consumers import delivery
from api.metrics.contracts import Change, MetricsChanged
from api.streams import outbox
from api.streams.hub import Hub
from api.streams.relay import Relay
from api.streams.stream import Stream
from models.database import Database
from tests.support.world import NOW, TestTenant, clock


class Frozen:
    """Stands for a client whose server does not answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def publish(self, *_: object) -> None:
        self.asked.append("publish")
        raise RedisTimeoutError

    async def xadd(self, *_: object, **__: object) -> None:
        self.asked.append("xadd")
        raise RedisTimeoutError


async def test_a_frozen_redis_is_asked_once_for_many_messages(
    database: Database, acme: TestTenant, globex: TestTenant
) -> None:
    frozen = Frozen()
    redis: Any = frozen
    deliveries = delivery(database, Hub(redis, redis), clock)
    relay = Relay(database, Stream(redis, redis, "test"), deliveries, clock)
    for tenant in (acme, globex):
        async with database.unit_of_work(tenant.id) as session:
            for _ in range(20):
                await outbox.insert_message(session, tenant.id, MetricsChanged((Change("events", NOW, 0),)), NOW)
        await relay.relay(tenant.id)
        async with database.unit_of_work(tenant.id) as session:
            assert await outbox.list_waiting(session, tenant.id) == []
    assert len(frozen.asked) < 10
    assert set(frozen.asked) == {"xadd", "publish"}

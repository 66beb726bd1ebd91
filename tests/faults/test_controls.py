"""Each safeguard is taken out once, in a composition of the tests' own: then the same scenario must lose or double.

Without these controls a test of "nothing is lost" could pass because nothing was ever at risk.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis
from sqlalchemy import delete, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api.consumers import delivery
from api.events.contracts import IncomingEvent, Verdict, VerdictStatus
from api.events.service import Ingest
from api.events.validation import Prepared
from api.metrics.service import MetricsConsumer
from api.streams import keys, outbox
from api.streams.connection import connect, connect_blocking
from api.streams.delivery import Delivery, Handler
from api.streams.hub import Hub
from api.streams.relay import Relay
from api.streams.stream import Stream
from api.streams.topics import Topic
from models.base import new_id
from models.database import Database, is_unreachable
from tests.faults.sums import differences
from tests.support import services
from tests.support.proxy import COMMIT, Cut, Proxy, at, through
from tests.support.services import OwnRedis
from tests.support.waiting import wait_until
from tests.support.world import NOW, TestTenant, clock, make_tenant

ROUNDS: Final = 12
EVENTS: Final = 5
COUNTED: Final = """
select coalesce(sum(value), 0) from metric_bucket where metric = 'events' and bucket = 'minute'
"""
KEY_OF_EVENT: Final = "select conname from pg_constraint where conrelid = 'event'::regclass and contype = 'u'"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class PublishAndForget(Relay):
    """No reconcile loop: what is on the stream counts as done."""

    async def relay(self, tenant_id: UUID) -> None:
        async with self._database.unit_of_work(tenant_id) as session:
            waiting = await outbox.list_waiting(session, tenant_id)
            published = await self._publish(tenant_id, waiting)
            await session.execute(delete(outbox.outbox).where(outbox.outbox.c.id.in_(published)))


def without_processed_row(consumer: MetricsConsumer) -> Handler:
    """Every delivery of a message is taken for the first."""

    async def handle(tenant_id: UUID, message_id: UUID, payload: dict[str, Any]) -> None:
        await consumer.handle(tenant_id, new_id(), payload)

    return handle


class Credulous(Ingest):
    """Asks nobody whether it has a message already."""

    async def _without_duplicates(
        self,
        session: AsyncSession,
        tenant_id: UUID,
        decided: Sequence[Prepared | Verdict],
        verdicts: dict[int, Verdict],
    ) -> tuple[list[Prepared], dict[int, int]]:
        return [item for item in decided if isinstance(item, Prepared)], {}


@dataclass
class Chain:
    """Ingest, outbox, stream and consumer of one tenant, moved by hand."""

    database: Database
    redis: "Redis"
    stream: Stream
    hub: Hub
    clock: Clock
    tenant: TestTenant

    async def ingest(self, number: int) -> None:
        events = [visit(f"{number}-{part}") for part in range(EVENTS)]
        await Ingest(self.database, lambda _: None, self.clock).ingest(self.tenant.id, events, actor="test")

    async def consume(self, deliver: Callable[..., Awaitable[bool]]) -> None:
        """Until the tenant's stream has been read and acknowledged to its end."""
        shard = keys.shard_of(self.tenant.id)
        key = keys.stream(shard, Topic.CUSTOMER_METRICS)
        task = asyncio.create_task(self.stream.consume(shard, deliver))

        async def at_the_end() -> bool:
            if not await self.redis.exists(key):
                return False
            groups = await self.redis.xinfo_groups(key)
            return [(group["lag"], group["pending"]) for group in groups] == [(0, 0)]

        await wait_until(at_the_end)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def counted(self) -> int:
        return await self._number(COUNTED)

    async def kept(self) -> int:
        return await self._number("select count(*) from event")

    async def _number(self, statement: str) -> int:
        async with self.database.reading(self.tenant.id) as snapshot:
            return int(await snapshot.scalar(text(statement)))


def visit(message_id: str) -> IncomingEvent:
    return IncomingEvent(message_id=message_id, name="page_viewed", occurred_at=NOW - timedelta(hours=1))


@pytest.fixture
async def chain(database: Database, own_redis: OwnRedis) -> AsyncIterator[Chain]:
    commands, blocking = connect(own_redis.url), connect_blocking(own_redis.url)
    tenant = await make_tenant(database, "chain", "chaincanary")
    yield Chain(database, commands, Stream(commands, blocking, "test"), Hub(commands, blocking), Clock(), tenant)
    await commands.aclose()
    await blocking.aclose()


async def wiped_every_third_time(chain: Chain, relay: Relay, deliveries: Delivery) -> None:
    for number in range(ROUNDS):
        await chain.ingest(number)
        await relay.relay(chain.tenant.id)
        if number % 3 == 0:
            await chain.redis.flushall()
        else:
            await chain.consume(deliveries.deliver)
    chain.clock.now += timedelta(minutes=1)
    await relay.relay(chain.tenant.id)


async def test_with_the_outbox_a_wiped_redis_loses_nothing(chain: Chain) -> None:
    deliveries = delivery(chain.database, chain.hub, chain.clock)
    relay = Relay(chain.database, chain.stream, deliveries, chain.clock)
    await wiped_every_third_time(chain, relay, deliveries)
    assert await chain.counted() == await chain.kept() == ROUNDS * EVENTS
    assert await differences(chain.database, chain.tenant) == {}


async def test_control_without_the_reconcile_loop_a_wiped_redis_loses_a_third(chain: Chain) -> None:
    deliveries = delivery(chain.database, chain.hub, chain.clock)
    relay = PublishAndForget(chain.database, chain.stream, deliveries, chain.clock)
    await wiped_every_third_time(chain, relay, deliveries)
    assert await chain.kept() == ROUNDS * EVENTS
    assert await chain.counted() == ROUNDS * EVENTS * 2 // 3
    assert list(await differences(chain.database, chain.tenant)) == ["minutes"]


async def delivered_both_ways(chain: Chain, deliveries: Delivery) -> None:
    """By the stream, and by the relay: as when a worker stands still while it has a message."""
    await chain.ingest(0)
    async with chain.database.unit_of_work(chain.tenant.id) as session:
        waiting = await outbox.list_waiting(session, chain.tenant.id)
    [message] = [message for message in waiting if message.topic == Topic.CUSTOMER_METRICS]
    await chain.stream.add(Topic.CUSTOMER_METRICS, chain.tenant.id, message.id, message.payload)
    assert await deliveries.deliver(Topic.CUSTOMER_METRICS, chain.tenant.id, message.id, message.payload)
    await chain.consume(deliveries.deliver)


async def test_a_message_delivered_twice_counts_once(chain: Chain) -> None:
    await delivered_both_ways(chain, delivery(chain.database, chain.hub, chain.clock))
    assert await chain.counted() == EVENTS
    assert await differences(chain.database, chain.tenant) == {}


async def test_control_without_the_processed_row_it_counts_twice(chain: Chain) -> None:
    consumer = MetricsConsumer(chain.database, chain.hub, chain.clock)
    handlers = {Topic.CUSTOMER_METRICS: without_processed_row(consumer)}
    await delivered_both_ways(chain, Delivery(chain.database, handlers))
    assert await chain.counted() == 2 * EVENTS


@pytest.fixture
async def doubtful(database_name: str, postgres_proxy: Proxy, chain: Chain) -> AsyncIterator[Database]:
    database = Database.connect(through(services.application_url(database_name), postgres_proxy), pool_size=2)
    yield database
    await database.close()


async def sent_again(ingest: Ingest, tenant: TestTenant, proxy: Proxy) -> list[Verdict]:
    """After the connection was lost at COMMIT, and the commit had happened."""
    proxy.watch = at(COMMIT, Cut.AFTER)
    with pytest.raises(Exception, match="connection was closed") as lost:
        await ingest.ingest(tenant.id, [visit("once")], actor="test")
    proxy.watch = None
    assert is_unreachable(lost.value)
    return await ingest.ingest(tenant.id, [visit("once")], actor="test")


async def test_an_event_sent_again_after_a_lost_commit_is_a_duplicate(
    doubtful: Database, chain: Chain, postgres_proxy: Proxy
) -> None:
    ingest = Ingest(doubtful, lambda _: None, clock)
    [verdict] = await sent_again(ingest, chain.tenant, postgres_proxy)
    assert (verdict.status, await chain.kept()) == (VerdictStatus.DUPLICATE, 1)


async def test_control_without_the_look_up_the_key_of_the_table_still_refuses_it(
    doubtful: Database, chain: Chain, postgres_proxy: Proxy
) -> None:
    with pytest.raises(IntegrityError):
        await sent_again(Credulous(doubtful, lambda _: None, clock), chain.tenant, postgres_proxy)
    assert await chain.kept() == 1


async def test_control_without_the_message_id_an_event_sent_again_is_there_twice(
    doubtful: Database, chain: Chain, postgres_proxy: Proxy, database_name: str
) -> None:
    admin = await asyncpg.connect(services.admin_url(database_name).replace("+asyncpg", ""))
    name = await admin.fetchval(KEY_OF_EVENT)
    await admin.execute(f'ALTER TABLE event DROP CONSTRAINT "{name}"')
    await admin.close()
    [verdict] = await sent_again(Credulous(doubtful, lambda _: None, clock), chain.tenant, postgres_proxy)
    assert (verdict.status, await chain.kept()) == (VerdictStatus.ACCEPTED, 2)

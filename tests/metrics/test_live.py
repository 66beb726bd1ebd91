"""Whatever happens on the way, folding the updates gives what a fresh query gives."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from api.app import Server
from api.consumers import delivery
from api.events.contracts import IncomingEvent
from api.events.service import Ingest
from api.metrics.buckets import RangePreset, Window, last
from api.metrics.catalogue import METRICS
from api.metrics.contracts import Figure
from api.metrics.live import Follower, Reading, Update, difference, rest_after
from api.settings import Settings
from api.streams import outbox
from api.streams.connection import connect
from api.streams.hub import Hub
from api.streams.topics import Topic
from api.tenants.contracts import TenantRecord
from models import OutboxMessage
from models.base import new_id, table
from models.database import Database
from tests.support.services import redis_client, redis_url
from tests.support.waiting import wait_until
from tests.support.world import NOW, TestTenant, clock, conversation, make_tenant, order, real_clock

ALL = tuple(METRICS.values())


def week(tenant: TenantRecord, now: datetime) -> Window:
    return last(RangePreset.LAST_7_DAYS, None, now, tenant.zone)


@dataclass
class Folded:
    """What a client knows that follows the rule in the schema: put buckets in place, drop those before the range."""

    buckets: dict[str, dict[datetime, Figure]] = field(default_factory=dict)
    totals: dict[str, tuple[Figure, Figure]] = field(default_factory=dict)

    def take(self, update: Update) -> None:
        known = self.buckets.setdefault(update.metric, {})
        known.update(update.buckets)
        self.buckets[update.metric] = {at: value for at, value in known.items() if at >= update.window.start}
        self.totals[update.metric] = (update.total, update.previous_total)


def values(totals: tuple[Figure, Figure]) -> tuple[float | None, float | None]:
    return totals[0].value, totals[1].value


def whole(reading: Reading) -> Folded:
    """What a fresh query would show."""
    window = reading.window
    return Folded(
        {slug: dict(zip(window.buckets, series.values, strict=True)) for slug, series in reading.series.items()},
        {slug: (series.total, series.previous_total) for slug, series in reading.series.items()},
    )


def follower(database: Database, hub: Hub, tenant: TestTenant, now: Callable[[], datetime] = clock) -> Follower:
    return Follower(database, hub, tenant.id, ALL, week, now)


actions = st.lists(
    st.one_of(
        st.tuples(st.just("order"), st.integers(0, 12), st.integers(0, 10 * 24)),
        st.tuples(st.just("cancel"), st.integers(0, 12), st.integers(0, 10 * 24)),
        st.tuples(st.just("talk"), st.integers(0, 6), st.integers(0, 10 * 24)),
        st.tuples(st.just("deliver"), st.integers(0, 5), st.booleans()),
        st.tuples(st.just("read"), st.just(0), st.just(0)),
        st.tuples(st.just("clock"), st.integers(1, 40), st.just(0)),
    ),
    max_size=30,
)


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    redis = connect(redis_url())
    yield Hub(redis, redis)
    await redis.aclose()


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(actions)
async def test_folding_the_updates_gives_what_a_fresh_query_gives(
    database: Database, hub: Hub, steps: list[tuple[str, int, int]]
) -> None:
    """Orders, cancellations and conversations, some of them twice; outbox messages delivered late, out of order and
    twice; readings at any time, as with lost wake-ups; a clock that goes on."""
    tenant = await make_tenant(database, f"t{new_id().hex}"[:40], "foldcanary")
    moved = [NOW]
    followed = follower(database, hub, tenant, lambda: moved[0])
    deliveries = delivery(database, hub, clock)
    ingest = Ingest(database, lambda _: None, clock)
    known: Reading | None = None
    folded = Folded()

    async def read() -> None:
        nonlocal known
        reading = await followed._read_now()
        for metric in ALL:
            update = difference(metric.slug, known, reading)
            if update is not None:
                folded.take(update)
        known = reading

    async def deliver(position: int, twice: bool) -> None:
        async with database.unit_of_work(tenant.id) as session:
            waiting = await outbox.list_waiting(session, tenant.id)
        if waiting:
            message = waiting[position % len(waiting)]
            for _ in range(1 + twice):
                assert await deliveries.deliver(Topic(message.topic), tenant.id, message.id, message.payload)

    for kind, number, parameter in steps:
        at = NOW - timedelta(hours=int(parameter))
        if kind in ("order", "cancel"):
            made = order(tenant, number, customer=number % 4, amount=100, at=at, cancelled=kind == "cancel")
            await ingest.ingest(tenant.id, [made], actor="test")
        elif kind == "talk":
            await ingest.ingest(tenant.id, conversation(tenant, number, customer=number % 4, at=at), actor="test")
        elif kind == "deliver":
            await deliver(number, bool(parameter))
        elif kind == "clock":
            moved[0] += timedelta(hours=number)
        else:
            await read()
    while await _waiting(database, tenant):
        await deliver(1, twice=True)
    await read()
    fresh = await followed._read_now()
    assert folded == whole(fresh)
    by_hand = await _by_hand(database, tenant, fresh)
    assert {slug: values(folded.totals[slug]) for slug in by_hand} == by_hand


async def _waiting(database: Database, tenant: TestTenant) -> int:
    async with database.reading(tenant.id) as snapshot:
        return len(await snapshot.rows(select(table(OutboxMessage).c.id)))


async def _by_hand(
    database: Database, tenant: TestTenant, reading: Reading
) -> dict[str, tuple[float | None, float | None]]:
    """The same totals, straight from the business tables."""
    statement = text(
        """
        select
          (select count(*) from event where occurred_at >= :a and occurred_at < :b),
          (select count(*) from sales_order where kind = 'order' and placed_at >= :a and placed_at < :b),
          (select coalesce(sum(l.total), 0) from order_line l join sales_order o
             on o.tenant_id = l.tenant_id and o.id = l.order_id where placed_at >= :a and placed_at < :b),
          (select count(distinct customer_id) from event where occurred_at >= :a and occurred_at < :b),
          (select count(*) from conversation where opened_at >= :a and opened_at < :b)
        """
    )
    window = reading.window
    parts = []
    async with database.reading(tenant.id) as snapshot:
        for begin, end in ((window.start, window.end), (window.previous_start, window.previous_end)):
            parts.append((await snapshot.rows(statement.bindparams(a=begin, b=end)))[0])
    names = ("events", "orders", "revenue", "active_customers", "conversations")
    return {name: (int(parts[0][at]), int(parts[1][at])) for at, name in enumerate(names)}


@pytest.mark.parametrize("redis", ["answers", "is away", "is wiped all the time"])
async def test_the_whole_chain_reaches_a_follower(database: Database, settings: Settings, redis: str) -> None:
    """Ingest, outbox, relay, stream, consumer, wake-up, reading: with Redis, without it, losing it over and over."""
    tenant = await make_tenant(database, "chain", "chaincanary")
    if redis == "is away":
        settings = settings.model_copy(update={"redis_url": "redis://127.0.0.1:1"})
    server = Server(settings, with_worker=True, now=real_clock(NOW))
    folded = Folded()
    started = asyncio.Event()

    async def follow() -> None:
        async for update in follower(server.database, server.hub, tenant).updates():
            folded.take(update)
            if len(folded.totals) == len(ALL):
                started.set()

    async with server.running():
        task = asyncio.create_task(follow())
        await started.wait()
        wiper = redis_client()
        events: list[IncomingEvent] = []
        for number in range(20):
            events.append(order(tenant, number, customer=number % 3, amount=100, at=NOW - timedelta(minutes=number)))
            await server.ingest.ingest(tenant.id, [*events[-3:]], actor="test")
            if redis == "is wiped all the time":
                await wiper.flushdb()
        await wiper.aclose()

        async def everything_has_arrived() -> bool:
            if await _waiting(database, tenant):
                return False
            fresh = await follower(server.database, server.hub, tenant)._read_now()
            return folded == whole(fresh)

        await wait_until(everything_has_arrived, seconds=40)
        assert values(folded.totals["orders"]) == (20, 0)
        assert values(folded.totals["revenue"]) == (2_000, 0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(("taken", "rest"), [(0.0, 0.25), (0.05, 0.25), (0.5, 2.0), (60.0, 5.0)])
def test_a_reading_that_took_long_is_followed_by_a_longer_rest(taken: float, rest: float) -> None:
    assert rest_after(taken) == rest

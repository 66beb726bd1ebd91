"""Buckets of points: local ones, those in Redis, and the shares that processes take of them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from api.errors import ThrottledError
from api.limits.bucket import Limit, LocalBuckets, Taken, wait_seconds
from api.limits.limiter import CHUNK, Limiter
from api.limits.shared import SharedBuckets
from api.streams import keys
from api.streams.connection import connect_cache
from tests.cache.clock import Clock
from tests.support.services import redis_url

TENANT, ANN, BOB = uuid4(), uuid4(), uuid4()
SLOW = Limit(capacity=1_000, rate=0.001)
"""Gets nothing back while a test lasts."""
WIDE = Limit(capacity=1_000_000, rate=0.001)


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    client = connect_cache(redis_url())
    await client.flushdb()
    yield client
    await client.aclose()


class CountedBuckets(SharedBuckets):
    trips = 0

    async def take(self, *arguments: Any) -> Taken | None:
        self.trips += 1
        return await super().take(*arguments)


class NoBuckets(SharedBuckets):
    """As when Redis is away."""

    async def take(self, *arguments: Any) -> None:
        return None


async def _spend(limiter: Limiter, points: int, *, of: UUID = ANN) -> int:
    """How often so much could be spent."""
    found = 0
    while True:
        try:
            await limiter.charge(TENANT, of, points)
        except ThrottledError:
            return found
        found += 1


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(1, 60)), max_size=60))
def test_a_bucket_never_gives_more_than_it_held_and_got_back(asked: list[tuple[float, float]]) -> None:
    clock, limit = Clock(), Limit(capacity=100, rate=10)
    buckets, passed, granted = LocalBuckets(clock), 0.0, 0.0
    for pause, need in asked:
        clock.pass_(pause)
        passed += pause
        granted += buckets.take({"a": limit}, need).granted
        assert granted <= limit.capacity + passed * limit.rate + 1e-6


def test_what_one_bucket_refuses_is_taken_from_none() -> None:
    buckets = LocalBuckets(Clock())
    small, large = Limit(10, 1), Limit(100, 1)
    assert buckets.take({"small": small, "large": large}, 11).levels == (10, 100)
    assert buckets.take({"large": large}, 100).granted == 100
    assert wait_seconds(11, {"small": small, "large": large}, (10, 0)) == 11


async def test_processes_share_a_bucket_and_together_spend_no_more_than_it_holds(redis: Redis) -> None:
    first, second = (Limiter(SharedBuckets(redis, Clock()), Clock(), caller=SLOW, tenant=WIDE) for _ in range(2))
    spent = await asyncio.gather(_spend(first, 7), _spend(second, 7))
    assert 900 <= sum(spent) * 7 <= 1_000
    assert await _spend(first, 7, of=BOB) > 0


async def test_a_tenants_bucket_holds_all_of_its_users(redis: Redis) -> None:
    limiter = Limiter(SharedBuckets(redis, Clock()), Clock(), caller=SLOW, tenant=Limit(1_500, 0.001))
    assert [await _spend(limiter, 100, of=who) for who in (ANN, BOB)] == [10, 5]


async def test_most_operations_cost_no_round_trip(redis: Redis) -> None:
    shared = CountedBuckets(redis, Clock())
    limiter = Limiter(shared, Clock())
    for _ in range(2 * CHUNK):
        await limiter.charge(TENANT, ANN, 1)
    assert shared.trips == 2


async def test_what_was_charged_too_much_comes_back_and_a_debt_is_paid(redis: Redis) -> None:
    limiter = Limiter(SharedBuckets(redis, Clock()), Clock(), caller=SLOW, tenant=WIDE)
    await limiter.charge(TENANT, ANN, 900)
    limiter.settle(TENANT, ANN, 890)
    assert limiter.status(TENANT, ANN).available == 990
    await limiter.charge(TENANT, ANN, 900)
    limiter.settle(TENANT, ANN, -100)
    assert limiter.status(TENANT, ANN).available == 0
    with pytest.raises(ThrottledError):
        await limiter.charge(TENANT, ANN, 1)


async def test_without_redis_each_process_holds_to_the_limit_by_itself() -> None:
    clock = Clock()
    redis = connect_cache(redis_url())
    limiter = Limiter(NoBuckets(redis, clock), clock, caller=Limit(100, 10), tenant=WIDE)
    assert await _spend(limiter, 10) == 10
    clock.pass_(2)
    assert await _spend(limiter, 10) == 2
    with pytest.raises(ThrottledError) as caught:
        await limiter.charge(TENANT, ANN, 50)
    assert caught.value.retry_after == 5
    await redis.aclose()


async def test_a_share_that_nobody_used_is_no_reserve_for_later(redis: Redis) -> None:
    """Whoever saves up a share and the full bucket could spend more than is allowed at once."""
    clock = Clock()
    limiter = Limiter(NoBuckets(redis, clock), clock, caller=Limit(100, 10), tenant=WIDE)
    await limiter.charge(TENANT, ANN, 100)
    limiter.settle(TENANT, ANN, 100)
    clock.pass_(60)
    assert await _spend(limiter, 10) == 10


async def test_the_buckets_of_tenants_are_apart_and_end_by_themselves(redis: Redis) -> None:
    other = uuid4()
    for tenant in (TENANT, other):
        await Limiter(SharedBuckets(redis, Clock()), Clock(), caller=Limit(100, 10)).charge(tenant, ANN, 60)
    names = [name.decode() for name in await redis.keys("*") if isinstance(name, bytes)]
    assert sorted(names) == sorted(
        keys.bucket(tenant, who) for tenant in (TENANT, other) for who in (ANN.hex, "tenant")
    )
    assert all([0 < await redis.pttl(name) <= 30_000 for name in names])


async def test_limits_may_be_switched_off_for_development() -> None:
    limiter = Limiter(None, Clock(), caller=Limit(1, 1), enabled=False)
    await limiter.charge(TENANT, ANN, 1_000_000)
    assert limiter.status(TENANT, ANN).available == 1

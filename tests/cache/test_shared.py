"""L2 on a real server: shared by processes, never untrue, and cheap when it does not answer."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest
from redis.asyncio import Redis

from api.cache.answers import Answers, Asked, Fresh, Layer
from api.cache.breaker import PAUSE_SECONDS, Breaker
from api.cache.freshness import Freshness, Tag
from api.cache.invalidation import Invalidation
from api.cache.memory import Memory
from api.cache.shared import CHANNEL, Shared
from api.streams import keys
from api.streams.connection import connect_cache
from tests.cache.clock import Clock
from tests.support.services import redis_url
from tests.support.waiting import wait_until

ACME, GLOBEX = UUID(int=1), UUID(int=2)
FRESHNESS = Freshness(frozenset({Tag.RECORDS, Tag.METRICS}), 5.0, "for this test")
ASKED = Asked(ACME, "ann", b"key", FRESHNESS)


class Process:
    """One of several with the same Redis and the same database."""

    def __init__(self, redis: "Redis", clock: Clock) -> None:
        self.clock = clock
        self.shared = Shared(redis, clock)
        self.invalidation = Invalidation(self.shared, clock)
        self.answers = Answers(Memory(clock), self.shared, self.invalidation, clock, clock)

    async def find(self, value: bytes, asked: Asked = ASKED) -> tuple[Layer, bytes]:
        """`value` is what the database says now."""

        async def read() -> Fresh:
            return Fresh(value, complete=True)

        answer = await self.answers.find(asked, read)
        await asyncio.gather(*self.answers._tasks)  # until it is stored, too
        return answer.layer, answer.body

    async def tell(self) -> None:
        assert await self.invalidation._tell()


@pytest.fixture
async def redis() -> AsyncIterator["Redis"]:
    redis = connect_cache(redis_url())
    await redis.flushdb()
    yield redis
    await redis.aclose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def one(redis: "Redis", clock: Clock) -> Process:
    return Process(redis, clock)


@pytest.fixture
def other(redis: "Redis", clock: Clock) -> Process:
    return Process(redis, clock)


async def test_what_one_process_read_another_finds(one: Process, other: Process) -> None:
    assert await one.find(b"a") == (Layer.MISS, b"a")
    assert await other.find(b"b") == (Layer.L2, b"a")
    assert await other.find(b"b") == (Layer.L1, b"a")


async def test_another_tenants_answer_is_found_nowhere(one: Process, other: Process) -> None:
    await one.find(b"a")
    theirs = Asked(GLOBEX, "ann", b"key", FRESHNESS)
    assert await other.find(b"b", theirs) == (Layer.MISS, b"b")


async def test_after_a_write_no_process_finds_the_old_answer_in_redis(one: Process, other: Process) -> None:
    await one.find(b"old")
    one.invalidation.changed(ACME, {Tag.METRICS})
    await one.tell()
    assert await other.find(b"new") == (Layer.MISS, b"new")
    assert await one.find(b"newer") == (Layer.L2, b"new")


async def test_the_writer_does_not_ask_redis_before_it_has_told_it(one: Process, other: Process) -> None:
    await other.find(b"old")
    one.invalidation.changed(ACME, {Tag.RECORDS})
    assert await one.find(b"new") == (Layer.MISS, b"new")
    await one.tell()
    assert await other.find(b"old") == (Layer.L1, b"old")  # it has not heard yet
    other.invalidation.heard(ACME, f"{one.shared.origin} records")
    assert await other.find(b"new") == (Layer.MISS, b"new")


async def test_what_was_read_before_a_write_and_stored_after_it_is_not_found(one: Process, other: Process) -> None:
    async def read() -> Fresh:
        other.invalidation.changed(ACME, {Tag.RECORDS})
        await other.tell()
        return Fresh(b"old", complete=True)

    await one.answers.find(ASKED, read)
    await asyncio.gather(*one.answers._tasks)
    assert await other.find(b"new") == (Layer.MISS, b"new")


async def test_tokens_of_before_a_wipe_fit_nothing_after_it(one: Process, other: Process, redis: "Redis") -> None:
    async def read() -> Fresh:
        await redis.flushdb()
        other.invalidation.changed(ACME, {Tag.RECORDS, Tag.METRICS})
        await other.tell()
        return Fresh(b"old", complete=True)

    await one.answers.find(ASKED, read)
    await asyncio.gather(*one.answers._tasks)
    assert await other.find(b"new") == (Layer.MISS, b"new")


async def test_local_answers_never_leave_the_process(one: Process, other: Process, redis: "Redis") -> None:
    asked = Asked(ACME, "ann", b"key", Freshness(frozenset(), 1.0, "for this test", local=True))
    await one.find(b"a", asked)
    assert await redis.keys("*") == []
    assert await other.find(b"b", asked) == (Layer.MISS, b"b")


async def test_an_answer_from_redis_keeps_its_age_and_ends_with_it(one: Process, other: Process, clock: Clock) -> None:
    await one.find(b"a")
    clock.pass_(3)
    assert await other.find(b"b") == (Layer.L2, b"a")
    clock.pass_(1.9)
    assert await other.find(b"b") == (Layer.L1, b"a")
    clock.pass_(0.1)
    assert (await other.find(b"b"))[0] is not Layer.L1


async def test_everything_in_redis_ends_by_itself(one: Process, redis: "Redis") -> None:
    await one.find(b"a")
    names: list[bytes] = await redis.keys("*")  # type: ignore[assignment]
    lives = {name.decode().split(":")[3]: await redis.pttl(name) for name in names}
    assert sorted(lives) == ["answer", "generation"]
    assert 0 < lives["answer"] <= 5_000
    assert 5_000 < lives["generation"] <= 24 * 3600 * 1000


async def test_an_answer_under_a_wrong_name_is_not_taken(one: Process, other: Process, redis: "Redis") -> None:
    await one.find(b"a")
    stored = await redis.get(keys.cached_answer(ACME, b"key"))
    assert stored is not None
    await redis.set(keys.cached_answer(ACME, b"else"), stored)
    assert await other.find(b"b", Asked(ACME, "ann", b"else", FRESHNESS)) == (Layer.MISS, b"b")


async def test_the_other_processes_are_told_which_tags(one: Process, redis: "Redis") -> None:
    async with redis.pubsub() as pubsub:
        await pubsub.psubscribe(keys.channels_of_all_tenants(CHANNEL))

        async def next_message() -> bytes | None:
            message = await pubsub.get_message(ignore_subscribe_messages=True)
            return None if message is None else message["data"]

        one.invalidation.changed(ACME, {Tag.RECORDS, Tag.METRICS})
        await one.tell()
        data = (await wait_until(next_message)).decode()
    assert data == f"{one.shared.origin} metrics,records"
    before = one.invalidation.take(ACME, (Tag.RECORDS,))
    one.invalidation.heard(ACME, data)
    assert one.invalidation.take(ACME, (Tag.RECORDS,)) == before


async def test_a_refused_redis_costs_nothing_and_what_is_owed_is_told_later(
    clock: Clock, redis: "Redis", other: Process
) -> None:
    nowhere = connect_cache("redis://127.0.0.1:1")
    cut_off = Process(nowhere, clock)
    await other.find(b"old")
    cut_off.invalidation.changed(ACME, {Tag.RECORDS})
    assert await cut_off.find(b"new") == (Layer.MISS, b"new")
    assert not await cut_off.invalidation._tell()
    assert cut_off.invalidation.is_owed(ACME)
    await nowhere.aclose()
    cut_off.shared._redis = redis
    clock.pass_(PAUSE_SECONDS)
    await cut_off.tell()
    assert not cut_off.invalidation.is_owed(ACME)
    third = Process(redis, clock)
    assert await third.find(b"new") == (Layer.MISS, b"new")


async def test_a_redis_that_accepts_and_never_answers_is_asked_once_a_second(clock: Clock) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        frozen = connect_cache(f"redis://127.0.0.1:{silent.getsockname()[1]}")
        process = Process(frozen, clock)
        asked = 0
        execute: Callable[..., Awaitable[object]] = frozen.execute_command

        async def counted(*arguments: object, **options: object) -> object:
            nonlocal asked
            asked += 1
            return await execute(*arguments, **options)

        frozen.execute_command = counted  # type: ignore[method-assign]
        for number in range(20):
            key = b"%d" % number
            assert await process.find(b"x", Asked(ACME, "ann", key, FRESHNESS)) == (Layer.MISS, b"x")
        assert asked == 1
        clock.pass_(PAUSE_SECONDS)
        for number in range(20, 40):
            await process.find(b"x", Asked(ACME, "ann", b"%d" % number, FRESHNESS))
        assert asked == 2
        await frozen.aclose()


def test_an_open_breaker_lets_one_try_a_second(clock: Clock) -> None:
    breaker = Breaker(clock)
    assert [breaker.allows(), breaker.allows()] == [True, True]
    breaker.failed()
    assert not breaker.allows()
    clock.pass_(PAUSE_SECONDS)
    assert [breaker.allows(), breaker.allows()] == [True, False]
    breaker.succeeded()
    assert [breaker.allows(), breaker.allows()] == [True, True]


async def test_a_write_while_redis_is_being_told_is_told_too(clock: Clock, one: Process) -> None:
    replace = one.shared.replace_tokens
    told: list[set[Tag]] = []

    async def slowly(tenant_id: UUID, tags: set[Tag]) -> bool:
        told.append(set(tags))
        if len(told) == 1:
            one.invalidation.changed(ACME, {Tag.RECORDS})
            assert one.invalidation.is_owed(ACME)
        return await replace(tenant_id, tags)

    one.shared.replace_tokens = slowly  # type: ignore[method-assign, assignment]
    one.invalidation.changed(ACME, {Tag.RECORDS})
    await one.tell()
    assert told == [{Tag.RECORDS}, {Tag.RECORDS}]
    assert not one.invalidation.is_owed(ACME)

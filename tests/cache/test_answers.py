"""One reading for all who wait for the same, and nothing kept that may be untrue."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from api.cache import turns
from api.cache.answers import REFRESH_SECONDS, Answers, Asked, Fresh, Layer
from api.cache.freshness import Freshness, Tag
from api.cache.invalidation import STALE_SECONDS, Invalidation
from api.cache.memory import Memory
from api.cache.turns import READS_AT_ONCE
from tests.cache.clock import Clock
from tests.support.waiting import wait_until

ACME = UUID(int=1)
ASKED = Asked(ACME, "ann", b"key", Freshness(frozenset({Tag.RECORDS}), 5.0, "for this test"))


class Database:
    """Counts its readings, which take until they are let go."""

    def __init__(self) -> None:
        self.value = b"old"
        self.readings = 0
        self.may_answer = asyncio.Event()
        self.complete = True

    async def read(self) -> Fresh:
        self.readings += 1
        value = self.value
        await self.may_answer.wait()
        return Fresh(value, self.complete)


class World:
    def __init__(self) -> None:
        self.clock = Clock()
        self.invalidation = Invalidation(None, self.clock)
        self.answers = Answers(Memory(self.clock), None, self.invalidation, self.clock, self.clock)
        self.database = Database()

    async def find(self, asked: Asked = ASKED) -> tuple[Layer, bytes]:
        answer = await self.answers.find(asked, self.database.read)
        return answer.layer, answer.body

    async def begin(self, asked: Asked = ASKED) -> "asyncio.Task[tuple[Layer, bytes]]":
        task = asyncio.create_task(self.find(asked))
        for _ in range(3):
            await asyncio.sleep(0)
        return task


@pytest.fixture
async def world() -> World:
    return World()


async def test_fifty_who_ask_at_once_cost_one_reading(world: World) -> None:
    waiting = [await world.begin() for _ in range(50)]
    world.database.may_answer.set()
    found = await asyncio.gather(*waiting)
    assert world.database.readings == 1
    assert sorted(found) == [(Layer.JOINED, b"old")] * 49 + [(Layer.MISS, b"old")]
    assert await world.find() == (Layer.L1, b"old")


async def test_what_was_read_before_a_write_is_not_found_after_it(world: World) -> None:
    """It is stored after the write, by a reader that began before."""
    early = await world.begin()
    world.database.value = b"new"
    world.invalidation.changed(ACME, {Tag.RECORDS})
    world.database.may_answer.set()
    assert await early == (Layer.MISS, b"old")
    assert await world.find() == (Layer.MISS, b"new")
    assert await world.find() == (Layer.L1, b"new")


async def test_nobody_joins_a_reading_that_began_before_a_write(world: World) -> None:
    early = await world.begin()
    world.database.value = b"new"
    world.invalidation.changed(ACME, {Tag.RECORDS})
    late = await world.begin()
    world.database.may_answer.set()
    assert await early == (Layer.MISS, b"old")
    assert await late == (Layer.MISS, b"new")


async def test_a_reading_that_waits_for_its_turn_may_be_joined_after_a_write(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAITED_SECONDS", 60.0)
    monkeypatch.setattr(turns, "HELD_SECONDS", 60.0)
    busy = [await world.begin(replace(ASKED, key=b"%d" % number)) for number in range(READS_AT_ONCE)]
    waiting = await world.begin()
    assert world.database.readings == READS_AT_ONCE
    world.database.value = b"new"
    world.invalidation.changed(ACME, {Tag.RECORDS})
    late = await world.begin()
    world.database.may_answer.set()
    await asyncio.gather(*busy)
    assert await waiting == (Layer.MISS, b"new")
    assert await late == (Layer.JOINED, b"new")
    assert world.database.readings == READS_AT_ONCE + 1


async def test_a_reading_does_not_wait_long_for_its_turn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAITED_SECONDS", 0.0)
    monkeypatch.setattr(turns, "HELD_SECONDS", 60.0)
    for number in range(READS_AT_ONCE + 3):
        await world.begin(replace(ASKED, key=b"%d" % number))

    async def all_read() -> bool:
        return world.database.readings == READS_AT_ONCE + 3

    await wait_until(all_read)
    world.database.may_answer.set()
    await asyncio.gather(*world.answers._tasks)
    assert world.answers.turns.all_free
    assert await world.find() == (Layer.MISS, b"old")


async def test_who_streamed_a_write_reads_it_at_once_and_the_others_soon(world: World) -> None:
    world.database.may_answer.set()
    bob = replace(ASKED, user="bob")
    world.invalidation.streamed(ACME, {Tag.RECORDS})
    assert await world.find(bob) == (Layer.MISS, b"old")
    world.database.value = b"new"
    world.invalidation.streamed(ACME, {Tag.RECORDS})
    world.invalidation.wrote(ACME, "ann")
    assert await world.find(bob) == (Layer.L1, b"old")
    world.clock.pass_(0.1)
    assert await world.find() == (Layer.MISS, b"new")
    assert await world.find(bob) == (Layer.L1, b"new")
    assert await world.find() == (Layer.L1, b"new")


async def test_what_is_a_moment_behind_a_stream_is_shown_while_it_is_read_anew(world: World) -> None:
    world.database.may_answer.set()
    world.invalidation.streamed(ACME, {Tag.RECORDS})
    await world.find()
    world.database.value = b"new"
    world.clock.pass_(REFRESH_SECONDS)
    world.invalidation.streamed(ACME, {Tag.RECORDS})
    assert await world.find() == (Layer.L1, b"old")
    await asyncio.gather(*world.answers._tasks)
    assert await world.find() == (Layer.L1, b"new")
    assert world.database.readings == 2


async def test_a_reading_beside_the_answered_that_fails_is_logged_and_tried_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> Fresh:
        raise OSError("gone")

    world.database.may_answer.set()
    world.invalidation.streamed(ACME, {Tag.RECORDS})
    await world.find()
    world.clock.pass_(REFRESH_SECONDS)
    world.invalidation.streamed(ACME, {Tag.RECORDS})
    assert (await world.answers.find(ASKED, fail)).body == b"old"
    await asyncio.gather(*world.answers._tasks)
    await asyncio.sleep(0)
    assert caplog.messages == ["an answer could not be read anew: OSError"]
    await world.find()
    await asyncio.gather(*world.answers._tasks)
    assert world.database.readings == 2


async def test_what_is_a_second_behind_a_stream_is_not_shown(world: World) -> None:
    world.database.may_answer.set()
    world.invalidation.streamed(ACME, {Tag.RECORDS})
    await world.find()
    world.database.value = b"new"
    world.invalidation.streamed(ACME, {Tag.RECORDS})
    world.clock.pass_(STALE_SECONDS)
    assert await world.find() == (Layer.MISS, b"new")


async def test_errors_are_not_kept_and_are_each_ones_own(world: World) -> None:
    world.database.complete = False
    waiting = [await world.begin() for _ in range(3)]
    world.database.may_answer.set()
    assert await asyncio.gather(*waiting) == [(Layer.MISS, b"old")] * 3
    assert world.database.readings == 3
    assert await world.find() == (Layer.MISS, b"old")


async def test_a_reading_that_raises_raises_for_all_who_waited_and_is_forgotten(world: World) -> None:
    async def fail() -> Fresh:
        await world.database.may_answer.wait()
        raise OSError("gone")

    waiting = [asyncio.create_task(world.answers.find(ASKED, fail)) for _ in range(2)]
    for _ in range(3):
        await asyncio.sleep(0)
    world.database.may_answer.set()
    for task in waiting:
        with pytest.raises(OSError, match="gone"):
            await task
    assert await world.find() == (Layer.MISS, b"old")


async def test_who_came_first_may_go_away(world: World) -> None:
    first = await world.begin()
    second = await world.begin()
    first.cancel()
    world.database.may_answer.set()
    assert await second == (Layer.JOINED, b"old")
    assert world.database.readings == 1
    assert first.cancelled()


async def test_an_answer_says_how_old_it_is(world: World) -> None:
    world.database.may_answer.set()
    await world.find()
    world.clock.pass_(2.5)
    assert (await world.answers.find(ASKED, world.database.read)).age == 2.5


async def test_closing_ends_what_is_being_read(world: World) -> None:
    waiting = await world.begin()
    await world.answers.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting

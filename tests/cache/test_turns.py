"""Two readings compute at a time; one that only waits gives its turn to the next."""

import asyncio

import pytest

from api.cache import turns
from api.cache.turns import READS_AT_ONCE, Turns
from tests.cache.clock import Clock
from tests.support.waiting import wait_until


class Readings:
    def __init__(self) -> None:
        self.turns = Turns()
        self.begun = 0
        self.may_end = asyncio.Event()

    async def read(self) -> None:
        async with self.turns.one(b"document"):
            self.begun += 1
            await self.may_end.wait()

    async def begin(self, many: int) -> "list[asyncio.Task[None]]":
        tasks = [asyncio.create_task(self.read()) for _ in range(many)]
        for _ in range(5):
            await asyncio.sleep(0)
        return tasks


async def test_no_more_than_two_begin_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "HELD_SECONDS", 60.0)
    monkeypatch.setattr(turns, "WAITED_SECONDS", 60.0)
    readings = Readings()
    tasks = await readings.begin(READS_AT_ONCE + 3)
    assert readings.begun == READS_AT_ONCE
    readings.may_end.set()
    await asyncio.gather(*tasks)
    assert (readings.begun, readings.turns.all_free) == (READS_AT_ONCE + 3, True)


async def test_one_that_takes_long_gives_its_turn_away_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "HELD_SECONDS", 0.0)
    monkeypatch.setattr(turns, "WAITED_SECONDS", 60.0)
    readings = Readings()
    tasks = await readings.begin(READS_AT_ONCE + 3)

    async def all_begun() -> bool:
        return readings.begun == READS_AT_ONCE + 3

    await wait_until(all_begun)
    readings.may_end.set()
    await asyncio.gather(*tasks)
    assert readings.turns.all_free


async def test_one_that_is_cancelled_while_it_waits_takes_no_turn_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "HELD_SECONDS", 60.0)
    monkeypatch.setattr(turns, "WAITED_SECONDS", 60.0)
    readings = Readings()
    tasks = await readings.begin(READS_AT_ONCE + 1)
    tasks[-1].cancel()
    readings.may_end.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert readings.turns.all_free


class Line:
    """Readings that wait for a turn while all are held, and in which order they get one."""

    def __init__(self, took: dict[bytes, float]) -> None:
        self.clock = Clock()
        self.turns = Turns(self.clock)
        self.took = took
        self.order: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def learn(self) -> None:
        for kind, seconds in self.took.items():
            async with self.turns.one(kind):
                self.clock.pass_(seconds)

    async def hold(self, may_end: asyncio.Event) -> None:
        async def hold() -> None:
            async with self.turns.one(b"holding"):
                await may_end.wait()

        self.tasks += [asyncio.create_task(hold()) for _ in range(READS_AT_ONCE)]
        await asyncio.sleep(0)

    async def wait(self, name: str, kind: bytes, people: int) -> None:
        async def read() -> None:
            async with self.turns.one(kind, lambda: people):
                self.order.append(name)

        self.tasks.append(asyncio.create_task(read()))
        await asyncio.sleep(0)


async def test_the_reading_that_most_people_wait_for_goes_first() -> None:
    line, may_end = Line({b"page": 0.01}), asyncio.Event()
    await line.learn()
    await line.hold(may_end)
    for name, people in (("first alone", 1), ("second alone", 1), ("for fifty", 50), ("for three", 3)):
        await line.wait(name, b"page", people)
    may_end.set()
    await asyncio.gather(*line.tasks)
    assert line.order == ["for fifty", "for three", "first alone", "second alone"]


async def test_of_readings_for_as_many_people_the_short_one_goes_first() -> None:
    line, may_end = Line({b"long": 0.1, b"short": 0.001}), asyncio.Event()
    await line.learn()
    await line.hold(may_end)
    await line.wait("long for ten", b"long", 10)
    await line.wait("long for two hundred", b"long", 200)
    await line.wait("short for one", b"short", 1)
    may_end.set()
    await asyncio.gather(*line.tasks)
    assert line.order == ["long for two hundred", "short for one", "long for ten"]

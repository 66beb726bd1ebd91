"""Two readings compute at a time; one that only waits gives its turn to the next."""

import asyncio

import pytest

from api.cache import turns
from api.cache.turns import READS_AT_ONCE, Turns
from tests.support.waiting import wait_until


class Readings:
    def __init__(self) -> None:
        self.turns = Turns()
        self.begun = 0
        self.may_end = asyncio.Event()

    async def read(self) -> None:
        async with self.turns.one():
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

"""Readings at the same moment are one; nobody is given what was read before they came."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from api.app import Server
from api.cache.together import Together
from tests.support.client import Api
from tests.support.statements import counted_statements
from tests.support.world import TestTenant


class Source:
    def __init__(self) -> None:
        self.values = {"a": 1, "b": 2}
        self.asked: list[list[str]] = []
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def find_all(self, keys: Sequence[str]) -> Mapping[str, int]:
        self.asked.append(list(keys))
        found = {key: self.values[key] for key in keys if key in self.values}
        await self.may_answer.wait()
        return found


async def test_what_is_asked_for_at_once_is_read_at_once() -> None:
    source = Source()
    together = Together(source.find_all)
    assert await asyncio.gather(*(together.find(key) for key in "abca")) == [1, 2, None, 1]
    assert source.asked == [["a", "b", "c"]]


async def test_whoever_comes_while_it_is_read_has_a_reading_of_their_own() -> None:
    source = Source()
    together = Together(source.find_all)
    source.may_answer.clear()
    early = asyncio.create_task(together.find("a"))
    while not source.asked:
        await asyncio.sleep(0)
    source.values["a"] = 3
    late = asyncio.create_task(together.find("a"))
    while len(source.asked) == 1:
        await asyncio.sleep(0)
    source.may_answer.set()
    assert (await early, await late) == (1, 3)


async def test_one_who_goes_away_takes_nothing_from_the_others() -> None:
    source = Source()
    together = Together(source.find_all)
    source.may_answer.clear()
    gone, stays = (asyncio.create_task(together.find("a")) for _ in range(2))
    while not source.asked:
        await asyncio.sleep(0)
    gone.cancel()
    source.may_answer.set()
    assert await stays == 1


async def test_a_failure_is_everybodys_and_the_next_try_is_new() -> None:
    fails = True

    async def find_all(keys: Sequence[str]) -> Mapping[str, int]:
        if fails:
            raise OSError("away")
        return dict.fromkeys(keys, 1)

    together = Together(find_all)
    for found in await asyncio.gather(*(together.find(key) for key in "ab"), return_exceptions=True):
        assert isinstance(found, OSError)
    fails = False
    assert await together.find("a") == 1


async def test_sessions_of_a_tenant_that_come_at_once_cost_one_statement(
    api: Api, acme: TestTenant, globex: TestTenant, server: Server
) -> None:
    people = [await api.login(tenant, name) for tenant in ("acme", "globex") for name in ("viewer", "analyst", "admin")]
    with counted_statements(server.database) as seen:
        answers = await asyncio.gather(*(person.data("{ me { name } }") for person in people))
    assert [answer["me"]["name"] for answer in answers] == ["viewer", "analyst", "admin"] * 2
    assert len([statement for statement in seen if "user_session" in statement]) == 2


@pytest.mark.parametrize("many", [1, 3])
async def test_a_session_that_is_not_there_is_nobody(api: Api, acme: TestTenant, many: int) -> None:
    viewer = await api.login("acme", "viewer")
    await viewer.data("mutation { logout { userErrors { code } } }")
    answers = await asyncio.gather(*(viewer.error_code("{ me { name } }") for _ in range(many)))
    assert answers == ["UNAUTHENTICATED"] * many

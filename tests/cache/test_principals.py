"""A session is looked up every two seconds at most, and is dead at once where it was ended."""

import asyncio

import pytest

from api.app import Server
from api.cache.recent import Recent
from api.graphql.credentials import PRINCIPAL_SECONDS
from tests.cache.clock import Clock
from tests.support.client import Api
from tests.support.statements import counted_statements
from tests.support.world import TestTenant

ME = "{ me { name } }"


class Sessions:
    def __init__(self) -> None:
        self.open = {"a": "ann", "b": "bob"}
        self.look_ups = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def find(self, key: str) -> str | None:
        self.look_ups += 1
        found = self.open.get(key)
        await self.may_answer.wait()
        return found


async def test_a_value_is_looked_up_again_when_it_is_too_old() -> None:
    clock, sessions = Clock(), Sessions()
    recent = Recent(sessions.find, seconds=PRINCIPAL_SECONDS, monotonic=clock)
    assert [await recent.get("a") for _ in range(5)] == ["ann"] * 5
    del sessions.open["a"]
    clock.pass_(PRINCIPAL_SECONDS - 0.001)
    assert await recent.get("a") == "ann"
    clock.pass_(0.001)
    assert await recent.get("a") is None
    assert sessions.look_ups == 2


async def test_nothing_is_kept_of_what_is_not_there() -> None:
    sessions = Sessions()
    recent = Recent(sessions.find, seconds=PRINCIPAL_SECONDS, monotonic=Clock())
    assert await recent.get("c") is None
    sessions.open["c"] = "cid"
    assert await recent.get("c") == "cid"


async def test_what_was_being_looked_up_when_it_changed_is_not_kept_and_not_joined() -> None:
    sessions = Sessions()
    recent = Recent(sessions.find, seconds=PRINCIPAL_SECONDS, monotonic=Clock())
    sessions.may_answer.clear()
    early = asyncio.create_task(recent.get("a"))
    while sessions.look_ups == 0:
        await asyncio.sleep(0)
    del sessions.open["a"]
    recent.forget(lambda key: key == "a")
    late = asyncio.create_task(recent.get("a"))
    while sessions.look_ups == 1:
        await asyncio.sleep(0)
    sessions.may_answer.set()
    assert (await early, await late) == ("ann", None)
    assert await recent.get("a") is None


async def test_many_at_once_cost_one_look_up() -> None:
    sessions = Sessions()
    recent = Recent(sessions.find, seconds=PRINCIPAL_SECONDS, monotonic=Clock())
    assert await asyncio.gather(*(recent.get("a") for _ in range(20))) == ["ann"] * 20
    assert sessions.look_ups == 1


async def test_a_look_up_that_fails_fails_for_its_callers_and_is_tried_again() -> None:
    tried = 0

    async def find(key: str) -> str | None:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise OSError("away")
        return key

    recent = Recent(find, seconds=PRINCIPAL_SECONDS, monotonic=Clock())
    with pytest.raises(OSError, match="away"):
        await recent.get("a")
    assert await recent.get("a") == "a"


async def test_a_session_is_known_for_a_while_and_dead_at_once_after_its_logout(
    api: Api, acme: TestTenant, server: Server
) -> None:
    viewer = await api.login("acme", "viewer")
    with counted_statements(server.database) as seen:
        for number in range(3):
            await viewer.data(f"{{ me {{ a{number}: name }} }}")
    assert sum("user_session" in statement for statement in seen) == 1
    await viewer.data("mutation { logout { userErrors { code } } }")
    assert await viewer.error_code(ME) == "UNAUTHENTICATED"


async def test_a_wake_up_that_names_accounts_ends_what_is_known_of_them(
    api: Api, acme: TestTenant, server: Server
) -> None:
    """As another process publishes it when somebody logs out there."""
    viewer = await api.login("acme", "viewer")
    await viewer.data(ME)
    server.cache.invalidation.heard(acme.id, "elsewhere accounts")
    with counted_statements(server.database) as seen:
        await viewer.data("{ me { displayName } }")
    assert sum("user_session" in statement for statement in seen) == 1


async def test_the_times_of_requests_and_of_sockets_stay_below_five_seconds() -> None:
    from api.graphql.sockets.supervision import ROUND_SECONDS, ROUNDS_A_SESSION_CHECK

    assert PRINCIPAL_SECONDS == 2.0
    assert max(PRINCIPAL_SECONDS, ROUND_SECONDS * ROUNDS_A_SESSION_CHECK) < 5.0

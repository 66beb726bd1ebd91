"""One execution and one serialisation for all that may have the same messages; nobody gets another's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from strawberry.types import ExecutionResult

from api.app import Server
from api.graphql.context import NOBODY
from api.graphql.sockets.admission import Caps
from api.graphql.sockets.results import payload
from api.graphql.transport import GraphQLView
from api.telemetry import SHARED_STREAMS, SOCKETS, SUBSCRIPTIONS
from tests.fanout.ticking import ALONE, CHANGES, STATES, Source, ticking
from tests.support.client import Api
from tests.support.frames import Frames, open_socket
from tests.support.waiting import wait_until
from tests.support.world import TestTenant

ONE = "{ one }"
CAPS = Caps(sockets_of_a_user=1_000, sockets_of_a_tenant=1_000)


class World:
    """Sockets of whoever is asked for, on a server with one source of messages."""

    def __init__(
        self, url: str, view: GraphQLView, source: Source, http: httpx.AsyncClient, stack: AsyncExitStack
    ) -> None:
        self.url = url
        self.view = view
        self.source = source
        self._http = http
        self._stack = stack

    async def socket(self, tenant: str = "acme", role: str = "viewer") -> Frames:
        api = await Api(self._http).login(tenant, role)
        frames = await self._stack.enter_async_context(open_socket(f"{self.url}/ticking"))
        await frames.init(api.token)
        return frames

    async def nothing_is_left(self) -> None:
        async def nothing() -> bool:
            return (self.source.open, len(self.view.sockets.streams), len(self.source.wakes)) == (0, 0, 0)

        await wait_until(nothing)


@pytest.fixture
async def world(server: Server, acme: TestTenant, globex: TestTenant) -> AsyncIterator[World]:
    source = Source()
    async with (
        ticking(server, source, CAPS) as (url, view),
        httpx.AsyncClient(base_url=url) as http,
        AsyncExitStack() as stack,
    ):
        yield World(url, view, source, http, stack)


def value(frame: dict[str, Any]) -> str:
    found = next(iter(frame["payload"]["data"].values()))
    return str(found[0] if isinstance(found, list) else found).strip()


async def leave(client: Frames, key: str) -> None:
    """Returns when the server has seen it; what was on its way is passed over."""
    await client.send({"id": key, "type": "complete"})
    marker = await client.begin(ONE)
    while (await client.receive())["id"] != marker:
        pass
    assert await client.receive() == {"id": marker, "type": "complete"}


def figures() -> tuple[float, float, float]:
    return SOCKETS._value.get(), SUBSCRIPTIONS._value.get(), SHARED_STREAMS._value.get()


@pytest.mark.parametrize("query", [STATES, CHANGES])
async def test_all_subscribers_of_the_same_share_one_execution_and_one_serialisation(
    world: World, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    serialised: list[ExecutionResult] = []

    def counted(result: ExecutionResult) -> str:
        serialised.append(result)
        return payload(result)

    monkeypatch.setattr("api.graphql.sockets.shared.payload", counted)
    clients = [await world.socket(role=role) for role in ("viewer", "viewer", "viewer")]
    before = figures()
    for client in clients:
        assert value(await client.first(query)) == "0"
        assert value(await client.first(query)) == "0"
    begun = len(serialised)
    for number in range(1, 6):
        world.source.set(number)
        for client in clients:
            assert [value(await client.receive()) for _ in range(2)] == [str(number)] * 2
    assert (world.source.executions, len(serialised) - begun) == (1, 5)
    assert figures() == (before[0], before[1] + 6, before[2] + 1)
    assert world.source.accounts == {NOBODY}


async def test_another_tenant_role_document_operation_or_variable_has_an_execution_of_its_own(world: World) -> None:
    same = await world.socket()
    await same.first(STATES)
    assert world.source.executions == 1
    others = [
        (await world.socket(tenant="globex"), STATES, None),
        (await world.socket(role="admin"), STATES, None),
        (same, f"{STATES} ", None),
        (same, STATES, {"of": "a"}),
        (same, STATES, {"of": "b"}),
    ]
    for executions, (client, query, variables) in enumerate(others, 2):
        await client.first(query, variables)
        assert world.source.executions == executions
    await same.first(STATES, {"of": "b"})
    assert world.source.executions == len(others) + 1
    assert len(world.view.sockets.streams) == len(others) + 1


async def test_a_field_that_does_not_say_so_shares_nothing(world: World) -> None:
    client = await world.socket()
    for executions in (1, 2):
        assert value(await client.first(ALONE)) == "0"
        assert world.source.executions == executions
    assert NOBODY not in world.source.accounts
    assert len(world.view.sockets.streams) == 0


async def test_who_asks_for_what_it_may_not_have_joins_nobody(world: World) -> None:
    """Also for each of them the denial is its own."""
    client = await world.socket()
    for _ in range(2):
        frame = await client.first("subscription { states { nothing } }")
        assert frame["type"] == "error"
    assert world.source.executions == 0
    await world.nothing_is_left()


async def test_the_last_one_stops_the_execution_and_the_next_one_starts_another(world: World) -> None:
    one, other = await world.socket(), await world.socket()
    keys = [await client.begin(STATES) for client in (one, other)]
    for client in (one, other):
        assert value(await client.receive()) == "0"
    await leave(one, keys[0])
    world.source.set(1)
    assert value(await other.receive()) == "1"
    assert world.source.open == 1
    await leave(other, keys[1])
    await world.nothing_is_left()
    assert value(await one.first(STATES)) == "1"
    assert world.source.executions == 2


@pytest.mark.parametrize("query", [STATES, CHANGES, ALONE])
async def test_two_hundred_joins_and_leaves_leave_nothing_behind(world: World, query: str) -> None:
    client = await world.socket()
    before, tasks = figures(), len(asyncio.all_tasks())
    for number in range(200):
        key = await client.begin(query)
        if number % 2:
            world.source.set(number)
        if number % 3:
            assert (await client.receive())["id"] == key
        await leave(client, key)
    await world.nothing_is_left()
    assert (figures(), len(asyncio.all_tasks())) == (before, tasks)


async def test_a_socket_that_drops_leaves_nothing_behind(world: World) -> None:
    tasks, before = len(asyncio.all_tasks()), figures()
    api = await Api(world._http).login("acme", "viewer")
    for _ in range(20):
        async with open_socket(f"{world.url}/ticking") as frames:
            await frames.init(api.token)
            for query in (STATES, CHANGES, ALONE):
                await frames.begin(query)
            await frames.receive()
            frames._connection.transport.abort()

    async def as_before() -> bool:
        return len(asyncio.all_tasks()) <= tasks and figures() == before

    await world.nothing_is_left()
    await wait_until(as_before)


async def test_an_execution_that_ends_completes_all_its_subscribers(world: World) -> None:
    clients = [await world.socket() for _ in range(2)]
    for client in clients:
        await client.first(STATES)
    world.source.set(-1)
    for client in clients:
        assert await client.receive() == {"id": "1", "type": "complete"}
    await world.nothing_is_left()
    world.source.value = 5
    assert value(await clients[0].first(STATES)) == "5"


async def test_an_execution_that_fails_tells_all_its_subscribers_and_shows_no_secret(world: World) -> None:
    clients = [await world.socket() for _ in range(2)]
    for client in clients:
        await client.first(STATES)
    world.source.set(-2)
    for client in clients:
        frame = await client.receive()
        assert (frame["type"], frame["payload"][0]["extensions"]["code"]) == ("error", "INTERNAL_SERVER_ERROR")
        assert "secret" not in str(frame)
    await world.nothing_is_left()


async def test_a_refused_argument_is_an_error_frame_for_each_that_gave_it(world: World) -> None:
    client = await world.socket()
    for _ in range(2):
        frame = await client.first(STATES, {"of": "nothing"})
        assert (frame["type"], frame["payload"][0]["extensions"]["code"]) == ("error", "BAD_USER_INPUT")
    await world.nothing_is_left()


async def test_a_subscriber_goes_on_where_it_was(world: World) -> None:
    one, other = await world.socket(), await world.socket()
    key = await one.begin(CHANGES)
    [_, cursor] = (await one.receive())["payload"]["data"]["changes"]
    await other.first(CHANGES)
    await leave(one, key)
    for number in (1, 2, 3):
        world.source.set(number)
        assert value(await other.receive()) == str(number)
    resumed = await one.begin(CHANGES, {"resumeFrom": cursor})
    assert [value(await one.receive()) for _ in range(3)] == ["1", "2", "3"]
    world.source.set(4)
    assert [value(await client.receive()) for client in (one, other)] == ["4", "4"]
    await leave(one, resumed)
    assert value(await one.first(CHANGES, {"resumeFrom": "unknown.1"})) == "4"
    wrong = await other.first(CHANGES, {"resumeFrom": 1})
    assert (wrong["type"], wrong["payload"][0]["extensions"]["code"]) == ("error", "BAD_USER_INPUT")
    assert world.source.executions == 1

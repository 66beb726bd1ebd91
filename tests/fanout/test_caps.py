"""How many sockets and operations there may be, and that a place is free again when its socket is gone."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from sqlalchemy import text
from websockets.exceptions import ConnectionClosed

from api.app import Server
from api.graphql.sockets.admission import CAPS, Caps
from models.database import Database
from tests.fanout.ticking import STATES, Source, ticking
from tests.support.client import Api
from tests.support.frames import Frames, open_socket
from tests.support.running import running
from tests.support.stopwatch import timed
from tests.support.waiting import wait_until
from tests.support.world import TestTenant

ME = "{ one }"
FEW = Caps(operations_of_a_socket=2, sockets_of_a_user=2, sockets_of_a_tenant=3)


@pytest.fixture
async def url(server: Server, acme: TestTenant, globex: TestTenant) -> AsyncIterator[str]:
    async with ticking(server, Source(), FEW) as (base_url, _):
        yield base_url


@pytest.fixture
async def people(url: str) -> AsyncIterator[dict[str, str | None]]:
    async with httpx.AsyncClient(base_url=url) as http:
        tokens = {role: (await Api(http).login("acme", role)).token for role in ("viewer", "analyst", "admin")}
        yield {**tokens, "elsewhere": (await Api(http).login("globex", "viewer")).token}


async def code(url: str, token: str | None) -> tuple[int, str]:
    async with open_socket(f"{url}/ticking") as frames:
        await frames.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
        return await frames.close_code(), frames.close_reason


def test_the_caps_are_those_of_the_documentation() -> None:
    assert Caps(20, 5, 200) == CAPS


async def test_a_user_and_a_tenant_have_so_many_sockets_and_each_closed_one_makes_room(
    url: str, people: dict[str, str | None]
) -> None:
    async def open_one(role: str) -> Frames:
        frames = await opened.enter_async_context(open_socket(f"{url}/ticking"))
        await frames.init(people[role])
        return frames

    async with AsyncExitStack() as opened:
        first = await open_one("viewer")
        await open_one("viewer")
        assert await code(url, people["viewer"]) == (4429, "A user may have 2 open sockets")
        await open_one("analyst")
        assert await code(url, people["admin"]) == (4429, "A tenant may have 3 open sockets")
        await open_one("elsewhere")
        await first._connection.close()

        async def there_is_room() -> bool:
            async with open_socket(f"{url}/ticking") as frames:
                payload = {"Authorization": f"Bearer {people['viewer']}"}
                await frames.send({"type": "connection_init", "payload": payload})
                try:
                    return bool((await frames.receive())["type"] == "connection_ack")
                except ConnectionClosed:
                    return False

        await wait_until(there_is_room)


async def test_beyond_its_operations_a_socket_gets_an_error_frame_and_stays(
    url: str, people: dict[str, str | None]
) -> None:
    async with open_socket(f"{url}/ticking") as frames:
        await frames.init(people["viewer"])
        for _ in range(2):
            await frames.first(STATES)
        refused = await frames.first(ME)
        assert refused["type"] == "error"
        assert refused["payload"][0]["extensions"]["code"] == "MAX_COST_EXCEEDED"
        await frames.send({"id": "1", "type": "complete"})
        assert await frames.only(ME) == {"data": {"one": 1}}


async def test_another_role_closes_the_open_socket_with_4403_within_seconds(
    server: Server, database: Database, acme: TestTenant
) -> None:
    """What it follows was allowed by the permissions it had."""
    async with running(server) as url, httpx.AsyncClient(base_url=url) as http:
        analyst = await Api(http).login("acme", "analyst")
        async with open_socket(url) as frames:
            await frames.init(analyst.token)
            async with database.unit_of_work(acme.id) as session:
                await session.execute(text("update user_account set role = 'viewer' where name = 'analyst'"))
            code, seconds = await timed(frames.close_code())
            assert code == 4403
            assert seconds < 5

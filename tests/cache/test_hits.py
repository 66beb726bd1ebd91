"""What is in memory is answered before anything else is set up, and after all that guards it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api.app import Server
from api.cache import answers
from api.cache.invalidation import STALE_SECONDS
from api.graphql.hits import Hits
from tests.cache.test_answers import ASKED, World
from tests.support.client import Api
from tests.support.world import NOW, TestTenant

QUERY = "{ customers(first: 2) { nodes { name } } }"
LOGOUT = "mutation { logout { userErrors { code } } }"


class Door:
    """The server's own route, with what lies behind the hits to be shut."""

    def __init__(self, server: Server, api: Api) -> None:
        routes = server.routes()
        [events] = [route.endpoint for route in routes if isinstance(route, Route) and route.path == "/graphql"]
        self._hits: Hits = events._app._app  # type: ignore[attr-defined]
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=routes)), base_url="http://here")

    def shut(self) -> None:
        self._hits._app = PlainTextResponse("shut", 418)


@pytest.fixture
async def door(server: Server, api: Api) -> AsyncIterator[Door]:
    door = Door(server, api)
    async with door.http:
        yield door


@pytest.fixture
async def viewer(door: Door, acme: TestTenant) -> Api:
    """The answer is in memory, and nothing can be read any more."""
    viewer = await Api(door.http).login("acme", "viewer")
    await viewer.data(QUERY)
    door.shut()
    return viewer


async def asked(viewer: Api, **given: Any) -> int:
    headers = {"authorization": f"Bearer {viewer.token}", "content-type": "application/json"} | given.pop("headers", {})
    content = given.pop("content", b'{"query": "%s", "variables": {}}' % QUERY.encode())
    answer = await viewer.http.request(given.pop("method", "POST"), "/graphql", content=content, headers=headers)
    return answer.status_code


async def test_it_is_answered_with_nothing_behind(viewer: Api) -> None:
    answer = await viewer.post(QUERY)
    assert (answer.status_code, answer.headers["x-cache"]) == (200, "l1")
    assert len(answer.json()["data"]["customers"]["nodes"]) == 2
    assert len(answer.headers["x-request-id"]) == 32


async def test_what_is_not_there_goes_on_as_it_came(viewer: Api) -> None:
    assert (await viewer.post("{ tenant { name } }")).text == "shut"
    assert (await viewer.post("mutation { logout { userErrors { code } } }")).text == "shut"


async def in_parts() -> AsyncIterator[bytes]:
    yield b'{"query": '
    yield b'"%s", "variables": {}}' % QUERY.encode()


@pytest.mark.parametrize(
    "given",
    [
        {"headers": {"authorization": ""}},
        {"headers": {"authorization": "Bearer nonsense"}},
        {"headers": {"authorization": "Bearer cipsk_nonsense"}},
        {"headers": {"content-type": "text/plain"}},
        {"method": "PUT"},
        {"content": b"[]"},
        {"content": b'{"query": 1}'},
        {"content": b"nothing"},
    ],
    ids=str,
)
async def test_nothing_else_is_answered(viewer: Api, given: dict[str, Any]) -> None:
    assert await asked(viewer) == 200
    assert await asked(viewer, **given) in (405, 418)


async def test_a_body_may_come_in_parts(door: Door, acme: TestTenant) -> None:
    viewer = await Api(door.http).login("acme", "viewer")
    assert await asked(viewer, content=in_parts()) == 200
    door.shut()
    assert await asked(viewer, content=in_parts()) == 200


async def test_a_session_that_has_ended_finds_nothing(door: Door, acme: TestTenant) -> None:
    ann, bob = [await Api(door.http).login("acme", "viewer") for _ in range(2)]
    for person in (ann, bob):
        await person.data(QUERY)
    await ann.data(LOGOUT)
    await bob.data(QUERY)
    door.shut()
    assert [(await person.post(QUERY)).status_code for person in (ann, bob)] == [418, 200]


async def test_a_session_finds_nothing_after_its_last_moment(
    door: Door, server: Server, viewer: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is still known from a moment ago."""

    def later() -> datetime:
        return NOW + timedelta(days=365)

    authenticator = door._hits._cached._authenticator
    token = authenticator._of_token(str(viewer.token))
    assert token is not None
    monkeypatch.setattr(authenticator, "_of_token", lambda _: token)
    assert await asked(viewer) == 200
    monkeypatch.setattr(authenticator, "_now", later)
    assert await asked(viewer) == 418


async def test_what_is_due_to_be_read_anew_is_left_to_the_one_who_reads() -> None:
    world = World()
    world.database.may_answer.set()
    await world.find()
    for _ in range(2):
        world.invalidation.streamed(ASKED.tenant_id, ASKED.tags)
    await world.find()
    assert world.answers.known(ASKED) is not None
    world.invalidation.streamed(ASKED.tenant_id, ASKED.tags)
    assert world.answers.known(ASKED) is not None
    assert answers.REFRESH_SECONDS < STALE_SECONDS
    world.clock.pass_(answers.REFRESH_SECONDS)
    assert world.answers.known(ASKED) is None
    await world.find()
    await asyncio.gather(*world.answers._tasks)
    assert world.database.readings == 2 + 1

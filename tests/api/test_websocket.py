"""Frames over a real socket: who may open one, what closes it, and that each operation stands for itself."""

from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from api.app import Server
from models.database import Database
from tests.support.client import Api
from tests.support.frames import Frames, open_socket
from tests.support.running import running
from tests.support.stopwatch import timed
from tests.support.world import NOW, PASSWORD, TestTenant, ingest, order

ME: Final = "{ me { name } }"
FOLLOW: Final = """
subscription Follow($metrics: [String!]!) {
  metricUpdates(metrics: $metrics, range: {preset: LAST_24_HOURS}) { metric revision total }
}
"""
SPENT: Final = '{ customers(first: 1, search: "acmecanary-c0") { nodes { orderCount } } }'


@pytest.fixture
async def url(server: Server, acme: TestTenant) -> AsyncIterator[str]:
    async with running(server) as base_url:
        yield base_url


@pytest.fixture
async def viewer(url: str) -> AsyncIterator[Api]:
    async with httpx.AsyncClient(base_url=url) as http:
        yield await Api(http).login("acme", "viewer")


async def _cookie(http: httpx.AsyncClient, url: str) -> str:
    form = {"tenant": "acme", "username": "viewer", "password": PASSWORD}
    await http.post("/login", data=form, headers={"origin": url})
    value = http.cookies["cip_session"]
    http.cookies.clear()
    return f"cip_session={value}"


async def test_a_token_in_the_first_frame_opens_the_socket(url: str, viewer: Api) -> None:
    async with open_socket(url) as frames:
        await frames.init(viewer.token)
        assert await frames.only(ME) == {"data": {"me": {"name": "viewer"}}}


async def test_the_cookie_opens_a_socket_for_our_own_pages_only(url: str, viewer: Api) -> None:
    cookie = await _cookie(viewer.http, url)
    async with open_socket(url, cookie=cookie, origin=url) as frames:
        await frames.init()
        assert await frames.only(ME) == {"data": {"me": {"name": "viewer"}}}
    async with open_socket(url, cookie=cookie) as frames:
        await frames.send({"type": "connection_init"})
        assert await frames.close_code() == 4403
    for origin in ("http://evil.example", "null"):
        with pytest.raises(InvalidStatus, match="HTTP 403"):
            async with open_socket(url, cookie=cookie, origin=origin):
                pass


async def test_nobody_opens_no_socket(url: str) -> None:
    payloads: tuple[object, ...] = (
        {}, {"Authorization": "Bearer x"}, {"Authorization": 1}, {"Authorization": None}, {"authorization": ""}, [],
    )  # fmt: skip
    for payload in payloads:
        async with open_socket(url) as frames:
            await frames.send({"type": "connection_init", "payload": payload})
            assert await frames.close_code() in {4400, 4403}, payload
    async with open_socket(url) as frames:
        await frames.send({"type": "connection_init"})
        assert await frames.close_code() == 4403


async def test_a_bad_token_is_not_made_good_by_a_cookie(url: str, viewer: Api) -> None:
    cookie = await _cookie(viewer.http, url)
    for name in ("Authorization", "authorization", "AUTHORIZATION"):
        async with open_socket(url, cookie=cookie, origin=url) as frames:
            await frames.send({"type": "connection_init", "payload": {name: "Bearer x"}})
            assert await frames.close_code() == 4403, name


async def test_nothing_is_answered_before_the_acknowledgement(url: str, viewer: Api) -> None:
    async with open_socket(url) as frames:
        await frames.begin(ME)
        assert await frames.close_code() == 4401


async def test_a_second_init_closes_the_socket(url: str, viewer: Api) -> None:
    async with open_socket(url) as frames:
        await frames.init(viewer.token)
        await frames.send({"type": "connection_init"})
        assert await frames.close_code() == 4429


async def test_other_protocols_are_refused(url: str) -> None:
    for protocol in ("graphql-ws", None):
        try:
            async with open_socket(url, protocol=protocol) as frames:
                await frames.send({"type": "connection_init"})
                code: int | None = await frames.close_code()
        except InvalidStatus as error:
            code = error.response.status_code
        assert code in {403, 4406}, protocol


async def test_an_operation_sees_what_was_written_since_the_one_before(
    url: str, viewer: Api, database: Database, acme: TestTenant
) -> None:
    """Loaders and snapshots belong to an operation, not to the socket."""
    async with open_socket(url) as frames:
        await frames.init(viewer.token)
        before = await frames.only(SPENT)
        await ingest(database, acme, order(acme, 777, customer=0, amount=100, at=NOW))
        after = await frames.only(SPENT)
    assert [answer["data"]["customers"]["nodes"] for answer in (before, after)] == [
        [{"orderCount": 2}],
        [{"orderCount": 3}],
    ]


async def test_logging_out_closes_the_open_socket_with_4403_within_seconds(url: str, viewer: Api) -> None:
    other = await Api(viewer.http).login("acme", "viewer")
    async with open_socket(url) as frames, open_socket(url) as others:
        await frames.init(viewer.token)
        await others.init(other.token)
        assert (await frames.first(FOLLOW, {"metrics": ["orders"]}))["type"] == "next"
        await viewer.data("mutation { logout { userErrors { code } } }")
        code, seconds = await timed(frames.close_code())
        assert code == 4403
        assert seconds < 5
        assert await others.only(ME) == {"data": {"me": {"name": "viewer"}}}


async def test_a_subscription_begins_with_each_metrics_whole_and_can_be_completed(url: str, viewer: Api) -> None:
    async with open_socket(url) as frames:
        await frames.init(viewer.token)
        key = await frames.begin(FOLLOW, {"metrics": ["orders", "revenue"]})
        begun = [(await frames.receive())["payload"]["data"]["metricUpdates"]["metric"] for _ in range(2)]
        assert begun == ["orders", "revenue"]
        await frames.send({"id": key, "type": "complete"})
        assert await frames.only(ME) == {"data": {"me": {"name": "viewer"}}}


async def test_wrong_arguments_are_one_coded_error(url: str, viewer: Api) -> None:
    async with open_socket(url) as frames:
        await frames.init(viewer.token)
        for metrics in ([], ["nothing"], ["orders", "orders"]):
            assert await _codes(frames, {"metrics": metrics}) == ["BAD_USER_INPUT"], metrics


async def test_a_socket_holds_a_bounded_number_of_subscriptions(url: str, viewer: Api) -> None:
    async with open_socket(url) as frames:
        await frames.init(viewer.token)
        for _ in range(20):
            assert (await frames.first(FOLLOW, {"metrics": ["orders"]}))["type"] == "next"
        await frames.begin(FOLLOW, {"metrics": ["orders"]})
        refused = await frames.receive()
        assert (refused["id"], refused["type"]) == ("21", "error")


async def _codes(frames: Frames, variables: dict[str, object]) -> list[str]:
    frame = await frames.first(FOLLOW, variables)
    errors = frame["payload"] if frame["type"] == "error" else frame["payload"]["errors"]
    if frame["type"] == "next":
        assert (await frames.receive())["type"] == "complete"
    return [error["extensions"]["code"] for error in errors]


async def test_while_the_database_is_away_an_open_socket_stays_and_a_new_one_is_told_to_try_again(
    url: str, viewer: Api, server: Server
) -> None:
    there, away = server.database.engine, Database.connect("postgresql+asyncpg://cip_web:x@127.0.0.1:1/cip")
    async with open_socket(url) as before:
        await before.init(viewer.token)
        server.database.engine = away.engine
        async with open_socket(url) as during:
            await during.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {viewer.token}"}})
            assert await during.close_code() == 1013
        server.database.engine = there
        assert (await before.only(ME))["data"] == {"me": {"name": "viewer"}}
    await away.close()

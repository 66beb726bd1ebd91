"""The graphql-transport-ws protocol, frame by frame: what closes the socket and with which code, and what does not."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.app import Server
from api.graphql.sockets import frames as protocol
from tests.support.client import Api
from tests.support.frames import open_socket
from tests.support.running import running
from tests.support.world import TestTenant

ME: Final = "{ me { name } }"
ANSWER: Final = {"data": {"me": {"name": "viewer"}}}
FOLLOW: Final = 'subscription { metricUpdates(metrics: ["orders"], range: {preset: LAST_24_HOURS}) { total } }'

NO_MESSAGES: Final = (
    "", " ", "{", "null", "true", "1", '"text"', "[]", '[{"type": "ping"}]', "{}", "[" * 5_000, '{"a":' * 5_000,
    '{"type": null}', '{"type": 1}', '{"type": []}', '{"type": {}}', '{"type": ""}', '{"type": "nothing"}',
    '{"type": "next", "id": "1", "payload": {}}', '{"type": "error", "id": "1", "payload": []}',
    '{"type": "connection_ack"}', '{"type": "start", "id": "1", "payload": {"query": "{ a }"}}',
    '{"type": "ping", "payload": []}', '{"type": "ping", "payload": 1}', '{"type": "pong", "payload": "text"}',
    '{"type": "connection_init", "payload": []}', '{"type": "connection_init", "payload": "text"}',
    '{"type": "complete"}', '{"type": "complete", "id": null}', '{"type": "complete", "id": 1}',
    '{"type": "complete", "id": ""}', '{"type": "complete", "id": ["1"]}',
    '{"type": "subscribe"}', '{"type": "subscribe", "id": "1"}', '{"type": "subscribe", "id": "1", "payload": null}',
    '{"type": "subscribe", "id": "1", "payload": []}', '{"type": "subscribe", "id": "1", "payload": "{ a }"}',
    '{"type": "subscribe", "id": "1", "payload": {}}', '{"type": "subscribe", "id": "1", "payload": {"query": null}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": {}}}',
    '{"type": "subscribe", "id": 1, "payload": {"query": "{ a }"}}',
    '{"type": "subscribe", "id": null, "payload": {"query": "{ a }"}}',
    '{"type": "subscribe", "id": "", "payload": {"query": "{ a }"}}',
    '{"type": "subscribe", "id": {"a": 1}, "payload": {"query": "{ a }"}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": "text"}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "operationName": 1}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "extensions": []}}',
    '{"type": "subscribe", "id": "' + "x" * 257 + '", "payload": {"query": "{ a }"}}',
    '{"type": "ping", "payload": {"a": "\\ud800"}}',
)  # fmt: skip


@pytest.fixture
async def url(server: Server, acme: TestTenant) -> AsyncIterator[str]:
    async with running(server) as base_url:
        yield base_url


@pytest.fixture
async def viewer(url: str) -> AsyncIterator[Api]:
    async with httpx.AsyncClient(base_url=url) as http:
        yield await Api(http).login("acme", "viewer")


async def test_what_is_no_message_closes_the_socket_with_4400_and_its_reason(url: str, viewer: Api) -> None:
    for text in NO_MESSAGES:
        async with open_socket(url) as frames:
            await frames.init(viewer.token)
            await frames.send_text(text)
            assert await frames.close_code() == 4400, text[:60]
            assert 0 < len(frames.close_reason) <= 120, text[:60]


async def test_bytes_close_the_socket_with_4400(url: str, viewer: Api) -> None:
    async with open_socket(url) as frames:
        await frames.init(viewer.token)
        await frames.send_bytes(b'{"type": "ping"}')
        assert await frames.close_code() == 4400


async def test_what_is_no_message_closes_the_socket_before_the_init_too(url: str) -> None:
    for text in ("[]", "null", '{"type": "next", "id": "1", "payload": {}}'):
        async with open_socket(url) as frames:
            await frames.send_text(text)
            assert await frames.close_code() == 4400, text


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda one: (
        st.lists(one)
        | st.dictionaries(st.sampled_from(["type", "id", "payload", "query", "variables"]) | st.text(), one)
    ),
    max_leaves=8,
)


@given(values)
def test_whatever_json_comes_is_a_message_or_closes_the_socket(value: object) -> None:
    with suppress(protocol.Closing):
        protocol.read(protocol.encode(value))


async def test_every_kind_of_text_may_be_an_id(url: str, viewer: Api) -> None:
    async with open_socket(url) as frames:
        await frames.init(viewer.token)
        for key in ('"', "\\", "\n", "}", '","type":"complete"', "é", "😀", "\u2028", " ", "__proto__", "x" * 256):
            await frames.send({"id": key, "type": "subscribe", "payload": {"query": ME}})
            assert await frames.receive() == {"id": key, "type": "next", "payload": ANSWER}
            assert await frames.receive() == {"id": key, "type": "complete"}
            await frames.send({"id": key, "type": "subscribe", "payload": {"query": FOLLOW}})
            assert (await frames.receive())["id"] == key
            await frames.send({"id": key, "type": "complete"})


async def test_what_may_be_null_or_absent_may_be_either(url: str, viewer: Api) -> None:
    async with open_socket(url) as frames:
        await frames.init(viewer.token)
        nulls = {"variables": None, "operationName": None, "extensions": None}
        alternatives: tuple[dict[str, object], ...] = ({}, dict(nulls), {"extensions": {}})
        for more in alternatives:
            await frames.send({"id": "1", "type": "subscribe", "payload": {"query": ME, **more}})
            assert (await frames.receive())["payload"] == ANSWER
            await frames.receive()


async def test_a_ping_is_answered_with_its_payload_and_a_pong_is_not(url: str, viewer: Api) -> None:
    async with open_socket(url) as frames:
        for _ in range(2):
            await frames.send({"type": "pong"})
            await frames.send({"type": "pong", "payload": {"a": 1}})
            await frames.send({"type": "ping"})
            assert await frames.receive() == {"type": "pong"}
            await frames.send({"type": "ping", "payload": {"a": [1, None]}})
            assert await frames.receive() == {"type": "pong", "payload": {"a": [1, None]}}
        await frames.init(viewer.token)


async def test_an_id_in_use_closes_the_socket_with_4409(url: str, viewer: Api) -> None:
    for key in ("1", "x" * 256, "é" * 256):
        async with open_socket(url) as frames:
            await frames.init(viewer.token)
            for _ in range(2):
                await frames.send({"id": key, "type": "subscribe", "payload": {"query": FOLLOW}})
            assert await frames.close_code() == 4409


async def test_completing_what_is_not_there_changes_nothing(url: str, viewer: Api) -> None:
    async with open_socket(url) as frames:
        await frames.send({"id": "1", "type": "complete"})
        await frames.init(viewer.token)
        await frames.send({"id": "1", "type": "complete"})
        assert await frames.only(ME) == ANSWER


async def test_a_second_init_closes_the_socket_with_4429_acknowledged_or_not(url: str, viewer: Api) -> None:
    for _ in range(2):
        async with open_socket(url) as frames:
            for _ in range(2):
                await frames.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {viewer.token}"}})
            assert await frames.close_code() == 4429


async def test_an_operation_that_cannot_run_gets_an_error_frame_and_the_socket_stays(url: str, viewer: Api) -> None:
    async with open_socket(url) as frames:
        await frames.init(viewer.token)
        for query, code in (
            ("{", "GRAPHQL_PARSE_FAILED"),
            ("", "GRAPHQL_PARSE_FAILED"),
            ("query A { me { name } } query B { me { name } }", "OPERATION_RESOLUTION_FAILURE"),
            ("fragment F on Query { me { name } }", "OPERATION_RESOLUTION_FAILURE"),
            ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
            ("query($n: Int!) { customers(first: $n) { nodes { name } } }", "BAD_USER_INPUT"),
            (FOLLOW.replace('"orders"', '"nothing"'), "BAD_USER_INPUT"),
        ):
            frame = await frames.first(query)
            assert frame["type"] == "error", query
            assert [error["extensions"]["code"] for error in frame["payload"]] == [code], query
        assert await frames.only(ME) == ANSWER


async def test_without_an_init_the_socket_is_closed_with_4408(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.graphql.sockets.socket.INIT_SECONDS", 0.05)
    async with open_socket(url) as frames:
        assert await frames.close_code() == 4408

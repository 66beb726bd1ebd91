"""Server-sent events over a real connection: what comes, who may have it, and what ends it."""

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest
from starlette.applications import Starlette

from api.app import Server
from api.graphql.sockets.admission import Admission, Caps
from models.database import Database
from tests.support.client import Api
from tests.support.running import graphql_view, running, serving
from tests.support.waiting import wait_until
from tests.support.world import NOW, TestTenant, ingest, order

FOLLOW: Final = """
subscription Follow($metrics: [String!]!) {
  metricUpdates(metrics: $metrics, range: {preset: LAST_24_HOURS}) { metric total }
}
"""
ORDERS: Final = {"query": FOLLOW, "variables": {"metrics": ["orders"]}}
LOGOUT: Final = "mutation { logout { userErrors { code } } }"
WANTED: Final = {"accept": "text/event-stream"}


@pytest.fixture
async def url(server: Server, acme: TestTenant) -> AsyncIterator[str]:
    async with running(server) as base_url:
        yield base_url


@pytest.fixture
async def viewer(url: str) -> AsyncIterator[Api]:
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        yield await Api(http).login("acme", "viewer")


def _headers(caller: Api) -> dict[str, str]:
    return {**WANTED, "authorization": f"Bearer {caller.token}"}


async def _events(answer: httpx.Response) -> AsyncIterator[tuple[str, Any]]:
    """(event, data) of each; comments are left out."""
    name = ""
    async for line in answer.aiter_lines():
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            data = line.removeprefix("data:").strip()
            yield name, json.loads(data) if data else None


async def _all(caller: Api, body: dict[str, Any]) -> list[tuple[str, Any]]:
    async with caller.http.stream("POST", "/graphql", json=body, headers=_headers(caller)) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        return [event async for event in _events(answer)]


async def test_a_query_is_one_event_and_the_end(viewer: Api) -> None:
    assert await _all(viewer, {"query": "{ me { name } }"}) == [
        ("next", {"data": {"me": {"name": "viewer"}}}),
        ("complete", None),
    ]


async def test_what_cannot_run_is_told_as_an_event(viewer: Api) -> None:
    for query, code in (
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ auditEntries(first: 1) { nodes { action } } }", "FORBIDDEN"),
    ):
        (name, told), end = await _all(viewer, {"query": query})
        assert (name, [error["extensions"]["code"] for error in told["errors"]]) == ("next", [code])
        assert end == ("complete", None)


async def test_a_subscription_begins_with_the_whole_and_follows(
    viewer: Api, database: Database, acme: TestTenant
) -> None:
    async with viewer.http.stream("POST", "/graphql", json=ORDERS, headers=_headers(viewer)) as answer:
        events = _events(answer)
        name, first = await anext(events)
        assert name == "next"
        assert first["data"]["metricUpdates"]["metric"] == "orders"
        before = first["data"]["metricUpdates"]["total"]
        await ingest(database, acme, order(acme, 9_001, customer=0, amount=100, at=NOW))
        async for _, told in events:
            if told["data"]["metricUpdates"]["total"] != before:
                break
        assert told["data"]["metricUpdates"]["total"] == before + 1


async def test_a_stream_ends_when_its_session_does(viewer: Api) -> None:
    async with viewer.http.stream("POST", "/graphql", json=ORDERS, headers=_headers(viewer)) as answer:
        events = _events(answer)
        await anext(events)
        await viewer.data(LOGOUT)
        (name, told), end = [event async for event in events]
    assert (name, told["errors"][0]["extensions"]["code"]) == ("next", "UNAUTHENTICATED")
    assert end == ("complete", None)


async def test_nobody_and_nonsense_are_refused_before_a_stream_begins(viewer: Api) -> None:
    answer = await viewer.http.post("/graphql", json=ORDERS, headers=WANTED)
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    for body in (b"{", b"[]", b"{}", b'{"query": 1}', b'{"query": "{ me { id } }", "variables": []}'):
        headers = {**_headers(viewer), "content-type": "application/json"}
        assert (await viewer.http.post("/graphql", content=body, headers=headers)).status_code == 400, body


async def test_whoever_takes_json_too_gets_json(viewer: Api) -> None:
    headers = {**_headers(viewer), "accept": "application/json, text/event-stream"}
    answer = await viewer.http.post("/graphql", json={"query": "{ me { name } }"}, headers=headers)
    assert (answer.headers["content-type"], answer.json()) == ("application/json", {"data": {"me": {"name": "viewer"}}})


async def test_a_user_may_have_so_many_streams_and_no_more(server: Server, acme: TestTenant) -> None:
    routes = server.routes()
    view = graphql_view(routes)
    view.streams = Admission(Caps(sockets_of_a_user=1))
    async with serving(Starlette(routes=routes)) as url, httpx.AsyncClient(base_url=url, timeout=30) as http:
        viewer = await Api(http).login("acme", "viewer")
        async with http.stream("POST", "/graphql", json=ORDERS, headers=_headers(viewer)) as answer:
            await anext(_events(answer))
            refused = await http.post("/graphql", json=ORDERS, headers=_headers(viewer))
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")

        async def free() -> bool:
            async with http.stream("POST", "/graphql", json=ORDERS, headers=_headers(viewer)) as again:
                return again.status_code == 200

        await wait_until(free)

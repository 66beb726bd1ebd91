"""Refresh tokens: good once each, and the end of their session when one comes again."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import pytest

from api.accounts.refresh_service import Refreshed, RefreshTokens
from api.accounts.service import UNTHROTTLED, Accounts
from api.app import Server
from models.database import Database
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.frames import open_socket
from tests.support.running import running
from tests.support.world import PASSWORD, TestTenant, clock

ME: Final = "{ me { name } }"
LOGIN: Final = """
mutation L($input: LoginInput!) { login(input: $input) { accessToken refreshToken userErrors { code } } }
"""
REFRESH: Final = """
mutation R($token: String!) {
  tokenRefresh(input: {refreshToken: $token}) { accessToken refreshToken user { name } userErrors { field code } }
}
"""
STALE: Final = [{"field": ["refreshToken"], "code": "INVALID_CREDENTIALS"}]


async def _login(api: Api) -> tuple[Api, str]:
    given = {"input": {"tenant": "acme", "username": "viewer", "password": PASSWORD}}
    payload = (await api.data(LOGIN, given))["login"]
    return Api(api.http, payload["accessToken"]), payload["refreshToken"]


async def _refresh(api: Api, token: str) -> dict[str, Any]:
    found: dict[str, Any] = (await api.data(REFRESH, {"token": token}))["tokenRefresh"]
    return found


async def test_each_is_good_once_and_gives_the_next(api: Api, acme: TestTenant, database: Database) -> None:
    _, token = await _login(api)
    seen = {token}
    for _ in range(3):
        payload = await _refresh(api, token)
        assert (payload["userErrors"], payload["user"]) == ([], {"name": "viewer"})
        assert (await Api(api.http, payload["accessToken"]).data(ME))["me"]["name"] == "viewer"
        token = payload["refreshToken"]
        seen.add(token)
    assert len(seen) == 4
    done = [entry for entry in await entries(database, acme) if entry.action == "session.refresh"]
    assert [(entry.actor, entry.outcome) for entry in done] == [("user:viewer", "done")] * 3


async def test_one_that_comes_again_ends_its_session_and_no_other(
    api: Api, acme: TestTenant, database: Database
) -> None:
    mine, first = await _login(api)
    other, kept = await _login(api)
    second = (await _refresh(api, first))["refreshToken"]
    assert (await _refresh(api, first))["userErrors"] == STALE
    assert await mine.error_code(ME) == "UNAUTHENTICATED"
    assert (await _refresh(api, second))["userErrors"] == STALE
    assert (await other.data(ME))["me"]["name"] == "viewer"
    assert (await _refresh(api, kept))["userErrors"] == []
    denied = [entry for entry in await entries(database, acme) if entry.outcome == "denied"]
    assert [(entry.action, entry.details["reused"]) for entry in denied] == [
        ("session.refresh", True),
        ("session.refresh", False),
    ]


async def test_of_eight_at_once_one_is_answered_and_the_session_ends(api: Api, acme: TestTenant) -> None:
    mine, token = await _login(api)
    answers = await asyncio.gather(*[_refresh(api, token) for _ in range(8)])
    given = [answer for answer in answers if not answer["userErrors"]]
    assert len(given) == 1
    assert await mine.error_code(ME) == "UNAUTHENTICATED"
    assert (await _refresh(api, given[0]["refreshToken"]))["userErrors"] == STALE


async def test_a_guess_ends_nothing(api: Api, acme: TestTenant, globex: TestTenant) -> None:
    mine, token = await _login(api)
    await _refresh(api, token)
    tenant, identity, secret = token.removeprefix("cip_refresh_").split(".")
    for wrong in (
        "", "x", "a.b.c", f"{token}x", f"{tenant}.{identity}.", f"{tenant}.{uuid4().hex}.{secret}",
        f"{globex.id.hex}.{identity}.{secret}", f"{uuid4().hex}.{identity}.{secret}", f"{token}\0", f"{token}.x",
    ):  # fmt: skip
        assert (await _refresh(api, wrong))["userErrors"] == STALE, wrong
    assert (await mine.data(ME))["me"]["name"] == "viewer"


async def test_none_outlives_its_session_nor_two_hours_without_use(
    server: Server, database: Database, acme: TestTenant
) -> None:
    now = [clock()]
    accounts = Accounts(database, server.passwords, lambda: now[0])
    tokens = RefreshTokens(database, lambda: now[0], UNTHROTTLED)

    async def begin() -> str:
        login = await accounts.login("acme", "viewer", PASSWORD)
        assert login is not None
        return await tokens.issue(login.principal)

    used, idle = await begin(), await begin()
    for _ in range(11):
        now[0] += timedelta(hours=1)
        found = await tokens.use(used, None)
        assert isinstance(found, Refreshed)
        used = found.token
    assert await tokens.use(idle, None) is None
    now[0] += timedelta(hours=1)
    assert await tokens.use(used, None) is None


@pytest.fixture
async def url(server: Server, acme: TestTenant) -> AsyncIterator[str]:
    async with running(server) as base_url:
        yield base_url


async def test_the_end_of_the_session_closes_its_open_sockets(url: str, api: Api, acme: TestTenant) -> None:
    mine, token = await _login(api)
    await _refresh(api, token)
    async with open_socket(url) as frames:
        await frames.init(mine.token)
        await _refresh(api, token)
        async with asyncio.timeout(5):
            assert await frames.close_code() == 4403

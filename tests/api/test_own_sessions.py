"""A person's sessions: listed, revoked, over when they are not used. A changed password. Guessing, which is slow."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from api.app import Server
from api.cache.freshness import Tag
from api.errors import ThrottledError
from api.limits.bucket import Limit, LocalBuckets
from api.limits.logins import OF_AN_ACCOUNT, LoginThrottle
from api.settings import Settings
from models.database import Database
from tests.cache.clock import Clock
from tests.support.audit import entries
from tests.support.client import LOGIN, Api
from tests.support.frames import open_socket
from tests.support.running import running
from tests.support.world import NOW, PASSWORD, TestTenant

ME: Final = "{ me { name } }"
SESSIONS: Final = "{ sessions(first: 10) { nodes { id current createdAt lastSeenAt } totalCount { value } } }"
REVOKE: Final = "mutation R($id: ID!) { sessionRevoke(input: {id: $id}) { session { id } userErrors { field code } } }"
CHANGE: Final = """
mutation C($current: String!, $new: String!) {
  passwordChange(input: {currentPassword: $current, newPassword: $new}) { userErrors { field code } }
}
"""
NEW: Final = "an entirely new password"


async def _sessions(caller: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await caller.data(SESSIONS))["sessions"]["nodes"]
    return found


async def test_everybody_sees_their_own_sessions_and_no_others(api: Api, acme: TestTenant, globex: TestTenant) -> None:
    first, second = [await api.login("acme", "viewer") for _ in range(2)]
    await api.login("acme", "analyst")
    await api.login("globex", "viewer")
    found = await _sessions(first)
    assert [session["current"] for session in found] == [False, True]
    assert {session["id"] for session in found} == {session["id"] for session in await _sessions(second)}
    assert (await first.data(SESSIONS))["sessions"]["totalCount"]["value"] == 2


async def test_a_session_can_be_ended_from_another_one(api: Api, acme: TestTenant, database: Database) -> None:
    mine, lost = [await api.login("acme", "viewer") for _ in range(2)]
    [other] = [session for session in await _sessions(mine) if not session["current"]]
    assert (await mine.data(REVOKE, {"id": other["id"]}))["sessionRevoke"]["userErrors"] == []
    assert await lost.error_code(ME) == "UNAUTHENTICATED"
    assert len(await _sessions(mine)) == 1
    again = (await mine.data(REVOKE, {"id": other["id"]}))["sessionRevoke"]
    assert again == {"session": None, "userErrors": [{"field": ["id"], "code": "NOT_FOUND"}]}
    done = [entry for entry in await entries(database, acme) if entry.action == "session.revoke"]
    assert [(entry.actor, entry.outcome) for entry in done] == [("user:viewer", "done")]


async def test_nobody_ends_the_session_of_somebody_else(api: Api, acme: TestTenant, globex: TestTenant) -> None:
    victim = await api.login("acme", "viewer")
    [session] = await _sessions(victim)
    for tenant, persona in (("acme", "admin"), ("globex", "viewer")):
        caller = await api.login(tenant, persona)
        payload = (await caller.data(REVOKE, {"id": session["id"]}))["sessionRevoke"]
        assert payload["userErrors"] == [{"field": ["id"], "code": "NOT_FOUND"}]
    assert (await victim.data(ME))["me"]["name"] == "viewer"


async def test_a_session_that_is_not_used_for_two_hours_is_over_and_one_in_use_lasts_twelve(
    settings: Settings, database: Database, acme: TestTenant
) -> None:
    now = [NOW]
    server = Server(settings, now=lambda: now[0], patience=60)
    transport = httpx.ASGITransport(Starlette(routes=server.routes()))
    async with server.running(), httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        api = Api(http)
        used, idle = [await _cookie(http) for _ in range(2)]
        for hours in (1.5, 3.0, 4.5, 6.0, 7.5, 9.0, 10.5, 11.9):
            now[0] = NOW + timedelta(hours=hours)
            server.cache.invalidation.changed(acme.id, {Tag.ACCOUNTS})
            assert await _whoami(api, used) == "viewer", hours
            if hours == 3.0:
                assert await _whoami(api, idle) == "UNAUTHENTICATED"
        now[0] = NOW + timedelta(hours=12)
        assert await _whoami(api, used) == "UNAUTHENTICATED"


async def _cookie(http: httpx.AsyncClient) -> str:
    form = {"tenant": "acme", "username": "viewer", "password": PASSWORD}
    answer = await http.post("/login", data=form, headers={"origin": "http://testserver"})
    http.cookies.clear()
    return answer.headers["set-cookie"].partition(";")[0]


async def _whoami(api: Api, cookie: str) -> str:
    headers = {"origin": "http://testserver", "cookie": cookie}
    answer = (await api.http.post("/graphql", json={"query": ME}, headers=headers)).json()
    return str(answer["errors"][0]["extensions"]["code"] if "errors" in answer else answer["data"]["me"]["name"])


async def test_a_changed_password_ends_the_other_sessions(api: Api, acme: TestTenant, database: Database) -> None:
    mine, other = [await api.login("acme", "viewer") for _ in range(2)]
    assert (await mine.data(CHANGE, {"current": PASSWORD, "new": NEW}))["passwordChange"]["userErrors"] == []
    assert (await mine.data(ME))["me"]["name"] == "viewer"
    assert await other.error_code(ME) == "UNAUTHENTICATED"
    await api.login("acme", "viewer", NEW)
    variables = {"input": {"tenant": "acme", "username": "viewer", "password": PASSWORD}}
    assert (await api.data(LOGIN, variables))["login"]["userErrors"][0]["code"] == "INVALID_CREDENTIALS"


@pytest.mark.parametrize(
    ("current", "new", "field"), [("wrong", NEW, "currentPassword"), (PASSWORD, "short", "newPassword")]
)
async def test_a_password_is_changed_by_who_knows_it_and_to_a_long_one(
    api: Api, acme: TestTenant, database: Database, current: str, new: str, field: str
) -> None:
    mine = await api.login("acme", "viewer")
    payload = (await mine.data(CHANGE, {"current": current, "new": new}))["passwordChange"]
    assert payload["userErrors"] == [{"field": [field], "code": "BAD_USER_INPUT"}]
    await api.login("acme", "viewer")
    denied = [entry for entry in await entries(database, acme) if entry.action == "account.change_password"]
    assert [entry.outcome for entry in denied] == (["denied"] if field == "currentPassword" else [])


@pytest.fixture
async def url(server: Server, acme: TestTenant) -> AsyncIterator[str]:
    async with running(server) as base_url:
        yield base_url


async def test_a_changed_role_and_a_changed_password_close_open_sockets_within_seconds(
    url: str, api: Api, acme: TestTenant, database: Database
) -> None:
    mine, other, analyst = [await api.login("acme", name) for name in ("viewer", "viewer", "analyst")]
    async with open_socket(url) as kept, open_socket(url) as closed, open_socket(url) as changed:
        for frames, caller in ((kept, mine), (closed, other), (changed, analyst)):
            await frames.init(caller.token)
        await mine.data(CHANGE, {"current": PASSWORD, "new": NEW})
        async with database.unit_of_work(acme.id) as session:
            await session.execute(text("UPDATE user_account SET role = 'viewer' WHERE name = 'analyst'"))
        async with asyncio.timeout(5):
            assert await closed.close_code() == 4403
            assert await changed.close_code() == 4403
        assert (await kept.only(ME))["data"] == {"me": {"name": "viewer"}}


async def _try(api: Api, tenant: str, name: str, password: str = "") -> str:
    variables = {"input": {"tenant": tenant, "username": name, "password": password}}
    errors = (await api.data(LOGIN, variables))["login"]["userErrors"]
    return str(errors[0]["code"]) if errors else ""


async def test_guessing_is_slowed_alike_for_accounts_that_exist_and_those_that_do_not(
    api: Api, acme: TestTenant
) -> None:
    most = int(OF_AN_ACCOUNT.capacity)
    for tenant, name in (("acme", "viewer"), ("acme", "nobody"), ("nowhere", "viewer")):
        found = [await _try(api, tenant, name) for _ in range(most + 2)]
        assert found == ["INVALID_CREDENTIALS"] * most + ["THROTTLED"] * 2, (tenant, name)
    assert await _try(api, "acme", "viewer", PASSWORD) == "THROTTLED"
    assert await _try(api, "acme", "admin", PASSWORD) == ""


async def test_whoever_knows_the_password_is_not_slowed(api: Api, acme: TestTenant) -> None:
    for _ in range(2):
        for _ in range(int(OF_AN_ACCOUNT.capacity) - 1):
            assert await _try(api, "acme", "viewer") == "INVALID_CREDENTIALS"
        assert await _try(api, "acme", "viewer", PASSWORD) == ""


async def test_an_address_is_slowed_whatever_accounts_it_tries() -> None:
    throttle = LoginThrottle(None, LocalBuckets(Clock()), address=Limit(5, 0.5))
    for number in range(5):
        await throttle.count("acme", f"name{number}", "192.0.2.1")
    with pytest.raises(ThrottledError) as caught:
        await throttle.count("acme", "another", "192.0.2.1")
    assert caught.value.retry_after == 2
    await throttle.count("acme", "another", "192.0.2.2")


async def test_the_form_says_so_too(api: Api, acme: TestTenant) -> None:
    form = {"tenant": "acme", "username": "nobody", "password": "wrong"}
    for _ in range(int(OF_AN_ACCOUNT.capacity)):
        await api.http.post("/login", data=form, headers={"origin": "http://testserver"})
    answer = await api.http.post("/login", data=form, headers={"origin": "http://testserver"})
    assert answer.headers["location"] == "/login?error=throttled"

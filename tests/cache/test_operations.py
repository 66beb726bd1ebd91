"""Queries over HTTP with the cache in front: found, shared by the right people only, and never older than a write."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from api.app import Server
from api.cache import answers as answering
from api.cache import invalidation as invalidating
from api.cache import turns as turning
from api.settings import Settings
from models.database import Database
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.statements import counted_statements
from tests.support.waiting import wait_until
from tests.support.world import NOW, TestTenant, clock

CUSTOMERS: Final = "query Page($n: Int!) { customers(first: $n) { nodes { name email } totalCount { value } } }"
NEWEST: Final = "{ events(first: 1) { nodes { name } totalCount { value } } }"
SHELL: Final = "{ me { name } tenant { name } status { live } }"
INGEST: Final = "mutation In($input: EventsIngestInput!) { eventsIngest(input: $input) { verdicts { status } } }"
LOGOUT: Final = "mutation { logout { userErrors { code } } }"


pytestmark = pytest.mark.usefixtures("long_kept")


async def layer(caller: Api, query: str, variables: dict[str, Any] | None = None) -> str:
    answer = await caller.post(query, variables)
    assert "errors" not in answer.json(), answer.text
    return answer.headers["x-cache"]


async def ingest(caller: Api, *names: str) -> None:
    events = [{"messageId": name, "name": name, "occurredAt": NOW.isoformat()} for name in names]
    verdicts = (await caller.data(INGEST, {"input": {"events": events}}))["eventsIngest"]["verdicts"]
    assert verdicts == [{"status": "ACCEPTED"}] * len(names)


async def newest(caller: Api) -> int:
    found: int = (await caller.data(NEWEST))["events"]["totalCount"]["value"]
    return found


@asynccontextmanager
async def second_process(settings: Settings) -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    server = Server(settings, now=clock)
    transport = httpx.ASGITransport(Starlette(routes=server.routes()))
    async with server.running(), httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        yield server, http


async def test_the_second_time_an_answer_comes_from_memory_with_the_same_bytes(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    first, second = [await viewer.post(CUSTOMERS, {"n": 3}) for _ in range(2)]
    assert (first.headers["x-cache"], second.headers["x-cache"]) == ("miss", "l1")
    assert first.content == second.content
    assert second.headers["content-type"] == first.headers["content-type"] == "application/json"
    assert second.headers["cache-control"] == "no-store"
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert int(second.headers["age"]) >= 0
    assert await layer(viewer, CUSTOMERS, {"n": 2}) == "miss"


async def test_a_hit_asks_the_database_nothing(api: Api, acme: TestTenant, server: Server) -> None:
    viewer = await api.login("acme", "viewer")
    await viewer.post(CUSTOMERS, {"n": 3})
    with counted_statements(server.database) as seen:
        await viewer.post(CUSTOMERS, {"n": 3})
    assert [statement for statement in seen if "user_session" not in statement and "set_config" not in statement] == []


async def test_fifty_cold_readers_at_once_cost_one_database_read(api: Api, acme: TestTenant, server: Server) -> None:
    """The session and the tenant's limits are looked up, the snapshot bound, and two statements read: once for all."""
    viewer = await api.login("acme", "viewer")
    with counted_statements(server.database) as seen:
        answers = await asyncio.gather(*(viewer.post(CUSTOMERS, {"n": 3}) for _ in range(50)))
    assert len(seen) == 2 + 2 + 1 + 2, seen
    assert len({answer.content for answer in answers}) == 1
    assert sorted(answer.headers["x-cache"] for answer in answers) == ["joined"] * 49 + ["miss"]


async def test_all_of_a_tenant_who_may_ask_for_it_share_an_answer_and_no_other_tenant_does(
    api: Api, acme: TestTenant, globex: TestTenant
) -> None:
    foreign = await api.login("globex", "viewer")
    assert await layer(await api.login("acme", "viewer"), CUSTOMERS, {"n": 3}) == "miss"
    # Whoever may export sees addresses that are masked for viewers: theirs is another answer.
    expected = {"viewer": "l1", "analyst": "miss", "admin": "l1"}
    assert {name: await layer(await api.login("acme", name), CUSTOMERS, {"n": 3}) for name in expected} == expected
    theirs = await foreign.post(CUSTOMERS, {"n": 3})
    assert theirs.headers["x-cache"] == "miss"
    assert acme.canary not in theirs.text
    assert globex.canary in theirs.text


async def test_what_depends_on_the_person_is_each_ones_own(api: Api, acme: TestTenant) -> None:
    for name in ("viewer", "analyst", "admin", "viewer"):
        caller = await api.login("acme", name)
        assert (await caller.data(SHELL))["me"]["name"] == name
        assert await layer(caller, SHELL) == "l1"


async def test_a_page_that_asks_for_the_role_alone_is_read_once_for_all_who_have_it(
    api: Api, database: Database, acme: TestTenant
) -> None:
    page = "{ me { role } customers(first: 3) { nodes { name } } }"
    async with database.unit_of_work(acme.id) as session:
        await session.execute(text("UPDATE user_account SET role = 'viewer' WHERE name = 'analyst'"))
    answers = [await (await api.login("acme", name)).post(page) for name in ("viewer", "analyst", "admin")]
    assert [answer.headers["x-cache"] for answer in answers] == ["miss", "l1", "miss"]
    assert [answer.json()["data"]["me"]["role"] for answer in answers] == ["VIEWER", "VIEWER", "ADMIN"]


async def test_nobody_finds_anything_without_a_login(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    await viewer.post(CUSTOMERS, {"n": 3})
    answer = await api.post(CUSTOMERS, {"n": 3})
    assert answer.headers["x-cache"] == "bypass"
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("role", ["viewer"])
async def test_a_refusal_is_exact_and_audited_each_time(
    api: Api, acme: TestTenant, database: Database, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The viewers' role is left without the permission, after an admin has made the same answer known."""
    from api.auth.permissions import ROLE_PERMISSIONS, Permission, Role

    admin, viewer = await api.login("acme", "admin"), await api.login("acme", role)
    await admin.post(CUSTOMERS, {"n": 3})
    await viewer.post(CUSTOMERS, {"n": 3})
    fewer = ROLE_PERMISSIONS[Role.VIEWER] - {Permission.CUSTOMERS_READ}
    monkeypatch.setitem(ROLE_PERMISSIONS, Role.VIEWER, fewer)
    for _ in range(2):
        assert await viewer.error_code(CUSTOMERS, {"n": 3}) == "FORBIDDEN"
    denied = [entry for entry in await entries(database, acme) if entry.outcome == "denied"]
    assert len(denied) == 2


@pytest.mark.parametrize(
    "query",
    [
        "{ customers(first: 0) { nodes { id } } }",
        "{ customers(first: 1) { nodes { nothing } } }",
        '{ metricSeries(metric: "none", range: {preset: LAST_HOUR}) { total } }',
        "query($n: Int!) { customers(first: $n) { nodes { id } } }",
        "{ metrics",
    ],
)
async def test_errors_are_never_kept(api: Api, acme: TestTenant, query: str) -> None:
    viewer = await api.login("acme", "viewer")
    first, second = [await viewer.post(query) for _ in range(2)]
    assert first.json()["errors"]
    assert {answer.headers["x-cache"] for answer in (first, second)} <= {"miss", "bypass"}
    assert first.headers["x-request-id"] == first.json()["errors"][0]["extensions"]["requestId"]
    assert second.headers["x-request-id"] == second.json()["errors"][0]["extensions"]["requestId"]


async def test_mutations_introspection_and_nodes_go_past_the_cache(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    for query in (
        "{ __schema { queryType { name } } }",
        '{ node(id: "Q3VzdG9tZXI6MDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAw") { id } }',
        "mutation { refreshSession { userErrors { code } } }",
    ):
        for _ in range(2):
            assert await layer(admin, query) == "bypass"


async def test_queries_that_are_not_kept_take_turns_with_the_others_and_mutations_do_not(
    api: Api, acme: TestTenant, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turning, "HELD_SECONDS", 600.0)
    monkeypatch.setattr(turning, "WAITED_SECONDS", 600.0)
    admin = await api.login("acme", "admin")
    turns = server.cache.answers.turns
    async with AsyncExitStack() as held:
        for _ in range(turning.READS_AT_ONCE):
            await held.enter_async_context(turns.one(b"held"))
        reading = asyncio.create_task(layer(admin, "{ auditEntries(first: 1) { nodes { action } } }"))

        async def waits() -> bool:
            return len(turns._waiting) == 1

        await wait_until(waits)
        assert await layer(admin, "mutation { refreshSession { userErrors { code } } }") == "bypass"
        assert not reading.done()
    assert await reading == "bypass"
    assert turns.all_free


async def test_after_a_mutation_anybody_on_the_process_sees_it(api: Api, acme: TestTenant) -> None:
    viewer, admin = await api.login("acme", "viewer"), await api.login("acme", "admin")
    before = await newest(viewer)
    assert await newest(viewer) == before
    await ingest(admin, "once")
    assert await newest(viewer) == before + 1


async def test_in_a_stream_of_batches_the_writer_sees_each_and_the_others_soon(
    api: Api, acme: TestTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invalidating, "STALE_SECONDS", 600.0)
    monkeypatch.setattr(invalidating, "STEADY_SECONDS", 600.0)
    monkeypatch.setattr(answering, "REFRESH_SECONDS", 600.0)
    viewer, admin = await api.login("acme", "viewer"), await api.login("acme", "admin")
    await ingest(admin, "first")
    seen = await newest(viewer)
    for number in range(3):
        await ingest(admin, f"batch-{number}")
        assert await newest(viewer) == seen + number
        assert await newest(admin) == seen + number + 1
        assert await newest(viewer) == seen + number + 1


async def test_the_others_see_a_stream_within_a_second(
    api: Api, acme: TestTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert invalidating.STALE_SECONDS == 1.0
    monkeypatch.setattr(invalidating, "STEADY_SECONDS", 600.0)
    viewer, admin = await api.login("acme", "viewer"), await api.login("acme", "admin")
    before = await newest(viewer)
    for number in range(3):
        await ingest(admin, f"batch-{number}")

    async def seen() -> bool:
        return await newest(viewer) == before + 3

    await wait_until(seen)


async def test_another_process_finds_it_in_redis_and_learns_of_each_write(
    api: Api, acme: TestTenant, server: Server, settings: Settings
) -> None:
    viewer, admin = await api.login("acme", "viewer"), await api.login("acme", "admin")
    async with second_process(settings) as (other, http):
        elsewhere = Api(http, viewer.token)

        async def connected() -> bool:
            return other.hub.connected

        await wait_until(connected)
        before = await newest(viewer)
        answer = await elsewhere.post(NEWEST)
        assert answer.headers["x-cache"] in ("l2", "miss")
        assert await layer(elsewhere, NEWEST) == "l1"
        await ingest(admin, "once")

        async def seen() -> bool:
            return await newest(elsewhere) == before + 1

        await wait_until(seen)


async def test_a_session_that_was_ended_finds_nothing(api: Api, acme: TestTenant) -> None:
    viewer, again = await api.login("acme", "viewer"), await api.login("acme", "viewer")
    for caller in (viewer, again):
        await caller.post(CUSTOMERS, {"n": 3})
    await viewer.data(LOGOUT)
    assert await viewer.error_code(CUSTOMERS, {"n": 3}) == "UNAUTHENTICATED"
    assert await layer(again, CUSTOMERS, {"n": 3}) in ("l1", "l2")  # the account has just written

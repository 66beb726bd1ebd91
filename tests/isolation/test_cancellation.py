"""P6: requests cancelled at any moment leave no connection bound to a tenant, and no answer at a wrong door."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from random import Random
from typing import Final

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from api.app import Server
from api.settings import Settings
from models import database as sessions
from models.database import Database
from tests.isolation.conftest import TwoWorlds
from tests.support.client import Api
from tests.support.proxy import Proxy, address_of_postgres, through
from tests.support.waiting import wait_until
from tests.support.world import clock

REQUESTS: Final = 100
BOUND: Final = text("SELECT nullif(current_setting('app.tenant_id', true), '')")
READ: Final = (
    "query Page($first: Int!) { customers(first: $first, orderBy: [{field: TOTAL_SPENT}]) { nodes { name } } }"
)
WRITE: Final = "mutation($e: [EventInput!]!) { eventsIngest(input: {events: $e}) { verdicts { status } } }"


@pytest.fixture
async def proxy(settings: Settings) -> AsyncIterator[Proxy]:
    async with Proxy(address_of_postgres(settings.database_url)).running() as proxy:
        yield proxy


async def test_a_storm_of_cancellations_leaves_no_connection_bound(
    settings: Settings, proxy: Proxy, two_worlds: TwoWorlds
) -> None:
    bound, wrong, answered = await _storm(settings, proxy, two_worlds)
    assert (bound, wrong) == (set(), [])
    assert answered > 0


async def test_the_storm_finds_connections_that_stay_bound(
    settings: Settings, proxy: Proxy, two_worlds: TwoWorlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the tenant bound to the connection instead of the transaction, as a careless SET would."""
    monkeypatch.setattr(sessions, "BIND_TENANT", text("select set_config('app.tenant_id', :tenant, false)"))
    bound, _, _ = await _storm(settings, proxy, two_worlds)
    assert bound <= {str(tenant.id) for tenant in two_worlds}
    assert bound != set()


async def _storm(settings: Settings, proxy: Proxy, worlds: TwoWorlds) -> tuple[set[str], list[str], int]:
    """The tenants that connections were left bound to, the answers at a wrong door, and how many were answered."""
    server = Server(settings.model_copy(update={"database_url": through(settings.database_url, proxy)}), now=clock)
    async with server.running():
        transport = httpx.ASGITransport(Starlette(routes=server.routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            callers = {tenant: await Api(http).login(tenant.slug, "admin") for tenant in worlds}
            proxy.delay = 0.002
            chance, loop = Random(6), asyncio.get_running_loop()  # noqa: S311
            wrong: list[str] = []
            answered = 0
            asked = []
            for number in range(REQUESTS):
                tenant = worlds[number % 2]
                task = asyncio.create_task(_ask(callers[tenant], number))
                # The last ten are left alone: they meet what the others left behind.
                if number < REQUESTS - 10:
                    loop.call_later(chance.random() * 0.3, task.cancel)
                asked.append((tenant, task))
            for tenant, task in asked:
                with suppress(asyncio.CancelledError):
                    answer = await task
                    answered += 1
                    wrong += [answer for other in worlds if other != tenant and other.canary in answer]
        proxy.delay = 0.0
        return await _left_bound(server.database), wrong, answered


async def _ask(caller: Api, number: int) -> str:
    if number % 3:
        return (await caller.post(READ, {"n": 1 + number % 90})).text
    event = {"messageId": f"storm-{number}", "name": "page_viewed", "customer": {"externalId": "stormy"}}
    return (await caller.post(WRITE, {"e": [event]})).text


async def _left_bound(database: Database) -> set[str]:
    pool = database.engine.pool

    async def all_are_back() -> bool:
        return bool(pool.checkedout() == 0)  # type: ignore[attr-defined]

    await wait_until(all_are_back)
    connections = [await database.engine.connect() for _ in range(pool.checkedin())]  # type: ignore[attr-defined]
    try:
        assert connections
        found = {(await connection.execute(BOUND)).scalar_one() for connection in connections}
    finally:
        for connection in connections:
            await connection.close()
    return {tenant for tenant in found if tenant is not None}

"""A connection that is lost at COMMIT leaves the client in doubt; sending the same message ids again settles it."""

from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from api.app import Server
from api.settings import Settings
from models.database import Database
from tests.api.test_events import ACCEPTED, DUPLICATE, INGEST, ingest
from tests.api.test_events import order as order_event
from tests.faults.sums import differences
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.proxy import COMMIT, Cut, Proxy, at
from tests.support.world import TestTenant, clock, settle

ROUNDS: Final = 12


@pytest.fixture
async def quiet(faulty_settings: Settings) -> AsyncIterator[Server]:
    """Without a worker, so that the only commits are the client's."""
    server = Server(faulty_settings, now=clock)
    async with server.running():
        yield server


async def test_half_of_the_lost_commits_have_happened_and_none_happens_twice(
    quiet: Server, postgres_proxy: Proxy, database: Database, acme: TestTenant
) -> None:
    transport = httpx.ASGITransport(Starlette(routes=quiet.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        admin = await Api(http).login("acme", "admin")
        settled = []
        for number in range(ROUNDS):
            batch = [order_event(f"doubt-{number}-{part}") for part in range(2)]
            postgres_proxy.watch = at(COMMIT, Cut.AFTER if number % 2 else Cut.BEFORE)
            lost = await admin.post(INGEST, {"input": {"events": batch}})
            postgres_proxy.watch = None
            assert lost.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
            assert lost.headers["retry-after"] == "2"
            settled.append(await ingest(admin, *batch))
            assert await ingest(admin, *batch) == [DUPLICATE] * 2
    assert settled == [[ACCEPTED] * 2, [DUPLICATE] * 2] * (ROUNDS // 2)
    await settle(database, acme.id)
    assert await differences(database, acme) == {}
    async with database.reading(acme.id) as snapshot:
        counted = "select count(*), count(distinct message_id) from event where message_id like 'doubt-%'"
        [(rows, messages)] = await snapshot.rows(text(counted))
    assert (rows, messages) == (2 * ROUNDS, 2 * ROUNDS)
    written = [entry.details for entry in await entries(database, acme) if entry.actor != "test"]
    accepting = [details for details in written if "ACCEPTED" in details]
    assert accepting == [{"ACCEPTED": 2}] * ROUNDS

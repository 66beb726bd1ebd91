"""PostgreSQL refused, silent, slow, exhausted: a coded error within five seconds, and a recovery without a restart."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Final

import asyncpg
import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.pool import QueuePool

from api.app import Server
from api.http.outage import PATIENCE_SECONDS
from models.database import Database
from tests.api.test_events import ACCEPTED, INGEST, ingest
from tests.api.test_events import order as order_event
from tests.faults.conftest import PATIENCE
from tests.faults.injector import TERMINATE
from tests.faults.pages import known_variables, operations, variables_for
from tests.faults.sums import become_right
from tests.support.client import LOGIN, Api
from tests.support.frames import Frames, open_socket
from tests.support.proxy import Proxy
from tests.support.running import running
from tests.support.services import ADMIN_VARIABLE
from tests.support.source_keys import make_source_key
from tests.support.stopwatch import timed
from tests.support.waiting import wait_until
from tests.support.world import PASSWORD, TestTenant

PROMISE: Final = 5.0
CSV: Final = b"customer_id,name\n1,Ann\n"
FOLLOW: Final = """
subscription { metricUpdates(metrics: ["orders"], range: {preset: LAST_7_DAYS}) { metric total } }
"""
Fault = Callable[[Server, Proxy], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def refused(server: Server, proxy: Proxy) -> AsyncIterator[None]:
    await proxy.refuse()
    yield
    await proxy.accept()


@asynccontextmanager
async def silent(server: Server, proxy: Proxy) -> AsyncIterator[None]:
    proxy.silence()
    yield
    proxy.resume()


@asynccontextmanager
async def slow(server: Server, proxy: Proxy) -> AsyncIterator[None]:
    proxy.delay = 2.5
    yield
    proxy.delay = 0.0


@asynccontextmanager
async def exhausted(server: Server, proxy: Proxy) -> AsyncIterator[None]:
    """Somebody holds every connection that the pool may open."""
    pool = pool_of(server)
    async with AsyncExitStack() as held:
        for _ in range(pool.size() + pool._max_overflow):  # the worker gives back what it has, and gets no more
            await held.enter_async_context(server.database.engine.connect())
        yield


@asynccontextmanager
async def crowded(server: Server, proxy: Proxy) -> AsyncIterator[None]:
    """PostgreSQL itself takes no connection more."""
    name = server.database.engine.url.database
    admin = await asyncpg.connect(os.environ[ADMIN_VARIABLE])
    await admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
    await admin.execute(TERMINATE, name)
    yield
    await admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
    await admin.close()


FAULTS: Final[list[Fault]] = [refused, silent, slow, exhausted, crowded]


def pool_of(server: Server) -> QueuePool:
    pool = server.database.engine.pool
    assert isinstance(pool, QueuePool)
    return pool


async def all_returned(server: Server) -> None:
    async def none_is_out() -> bool:
        return pool_of(server).checkedout() == 0

    await wait_until(none_is_out, seconds=PATIENCE)


@pytest.fixture
def patience() -> float:
    return PATIENCE_SECONDS


@pytest.fixture
async def url(faulty: Server, acme: TestTenant) -> AsyncIterator[str]:
    async with running(faulty) as base_url:
        yield base_url


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        yield client


def is_unavailable(response: httpx.Response) -> bool:
    answer = response.json()
    codes = [error["extensions"]["code"] for error in answer["errors"]]
    return (response.status_code, answer["data"], codes) == (200, None, ["UNAVAILABLE"])


async def total(frames: Frames) -> float:
    frame = await frames.receive()
    assert frame["type"] == "next", frame
    value: float = frame["payload"]["data"]["metricUpdates"]["total"]
    return value


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
async def test_requests_are_refused_with_a_code_within_five_seconds_and_all_goes_on_afterwards(
    fault: Fault,
    faulty: Server,
    url: str,
    http: httpx.AsyncClient,
    postgres_proxy: Proxy,
    database: Database,
    acme: TestTenant,
    capsys: pytest.CaptureFixture[str],
) -> None:
    viewer = await Api(http).login("acme", "viewer")
    admin = await Api(http).login("acme", "admin")
    known = await known_variables(database, acme)
    login = {"tenant": "acme", "username": "viewer", "password": PASSWORD}
    source_key = (await make_source_key(database, acme)).text
    admins = {"authorization": f"Bearer {admin.token}"}
    track = {"type": "track", "messageId": "t1", "userId": "u-1", "event": "clicked"}
    batch = {"input": {"events": [order_event("during")]}}
    async with open_socket(url) as frames:
        await frames.init(viewer.token)
        await frames.begin(FOLLOW)
        before = await total(frames)
        async with fault(faulty, postgres_proxy):
            graphql = [
                *(timed(admin.post(query, variables_for(query, known))) for query in operations().values()),
                timed(admin.post(INGEST, batch)),
                timed(Api(http).post(LOGIN, {"input": login})),
            ]
            plain = [
                timed(http.post("/login", data=login, headers={"origin": url})),
                timed(http.get("/health/ready")),
            ]
            others = [
                timed(http.post("/v1/batch", json={"batch": [track]}, auth=(source_key, ""))),
                timed(http.post("/imports/files?name=a.csv", content=CSV, headers=admins)),
                timed(http.get("/exports/customers.csv", headers=admins)),
            ]
            answers = await asyncio.gather(*graphql, *plain, *others)
            live = await http.get("/health/live")
        assert live.status_code == 200
        for response, _ in answers[: len(graphql)]:
            assert is_unavailable(response), response.text
            assert response.headers["retry-after"] == "2"
        form, ready, *refused = (response for response, _ in answers[len(graphql) :])
        assert [response.status_code for response in refused] == [503] * len(others)
        assert all("UNAVAILABLE" in response.text and "retry-after" in response.headers for response in refused)
        assert (form.status_code, form.json()["code"], form.headers["retry-after"]) == (503, "UNAVAILABLE", "2")
        # Readiness has a connection of its own: where the pool alone is held, the database does answer it.
        assert ready.status_code == (200 if fault.__name__ == "exhausted" else 503)
        slowest = max(seconds for _, seconds in answers)
        with capsys.disabled():
            sys.stdout.write(
                f"\nPostgres {fault.__name__}: {len(answers)} answers, the slowest after {slowest:.1f} s\n"
            )
        assert slowest < PROMISE

        async def answers_again() -> bool:
            return (await http.get("/health/ready")).status_code == 200

        await wait_until(answers_again, seconds=PATIENCE)
        for query in operations().values():
            await admin.data(query, variables_for(query, known))
        assert await ingest(admin, order_event("after")) == [ACCEPTED]
        [(status, _, _)] = await ingest(admin, order_event("during"))
        assert status in {"ACCEPTED", "DUPLICATE"}

        async def the_subscription_tells_both_orders() -> bool:
            return await total(frames) == before + 2

        await wait_until(the_subscription_tells_both_orders, seconds=PATIENCE)
    await become_right(database, acme)
    await all_returned(faulty)


async def test_after_the_servers_restart_nobody_meets_a_dead_connection(
    database: Database, database_name: str, acme: TestTenant
) -> None:
    async with AsyncExitStack() as held:
        opened = [await held.enter_async_context(database.engine.connect()) for _ in range(5)]
        drivers = [(await connection.get_raw_connection()).driver_connection for connection in opened]
    killer = await asyncpg.connect(os.environ[ADMIN_VARIABLE])
    assert await killer.fetchval(TERMINATE, database_name) == 5
    await killer.close()

    async def all_are_closed() -> bool:
        return all(driver is not None and driver.is_closed() for driver in drivers)

    await wait_until(all_are_closed, seconds=PATIENCE)
    for _ in range(6):
        async with database.reading(acme.id) as snapshot:
            assert await snapshot.scalar(text("select 1")) == 1

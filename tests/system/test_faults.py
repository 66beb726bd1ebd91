"""What is down is said at once: a probe that hangs helps nobody."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from starlette.applications import Starlette

from api.app import Server
from api.embedded.valkey import EmbeddedValkey
from api.settings import Settings
from models.database import Database
from tests.support.client import Api
from tests.support.frames import open_socket
from tests.support.running import running
from tests.support.stopwatch import timed
from tests.support.waiting import wait_until
from tests.support.world import TestTenant, clock

CLOSED: Final = "127.0.0.1:1"
AT_MOST: Final = 5.0
"""Far more than the patience of the probes, far less than the minute that a client would hang without it."""
STATE: Final = """{ systemHealth { postgres { state } redis { state latencyMs } absent { figure reason message }
  checks { measure state now } streams { lagSeconds waiting } } }"""


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """One of its own, to be frozen."""
    valkey = EmbeddedValkey(tmp_path)
    valkey.start()
    yield valkey
    valkey.stop()


@asynccontextmanager
async def _client(settings: Settings) -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    server = Server(settings, now=clock)
    transport = httpx.ASGITransport(Starlette(routes=server.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        yield server, http


async def test_a_frozen_redis_is_said_and_holds_nothing_up(
    settings: Settings, acme: TestTenant, valkey: EmbeddedValkey
) -> None:
    async with _client(settings.model_copy(update={"redis_url": valkey.url})) as (server, http), server.running():
        viewer = await Api(http).login("acme", "viewer")

        async def redis(state: str) -> bool:
            return bool((await http.get("/health/ready")).json()["redis"] == state)

        await wait_until(lambda: redis("ok"))
        os.kill(valkey.pid, signal.SIGSTOP)
        try:
            await wait_until(lambda: redis("unreachable"))
            ready, seconds = await timed(http.get("/health/ready"))
            assert (ready.status_code, ready.json()["redis"]) == (200, "unreachable")
            assert seconds < AT_MOST
            scraped, seconds = await timed(http.get("/metrics"))
            assert 'cip_up{service="redis"} 0.0' in scraped.text
            assert "cip_redis_latency_seconds" not in scraped.text
            assert seconds < AT_MOST
            found = (await viewer.data(STATE))["systemHealth"]
        finally:
            os.kill(valkey.pid, signal.SIGCONT)
        assert found["postgres"]["state"] == "ANSWERS"
        assert found["redis"] == {"state": "UNREACHABLE", "latencyMs": None}
        absent = {one["figure"]: one["reason"] for one in found["absent"]}
        assert (absent["redis"], absent["streams.lagSeconds"]) == ("UNREACHABLE", "UNREACHABLE")
        assert {(one["lagSeconds"], one["waiting"]) for one in found["streams"]} == {(None, 0)}
        states = {one["measure"]: (one["state"], one["now"]) for one in found["checks"]}
        assert states["REDIS_LATENCY"] == states["STREAM_LAG"] == ("NO_ANSWER", None)
        await wait_until(lambda: redis("ok"))


async def test_a_refused_redis_is_said(settings: Settings) -> None:
    refused = settings.model_copy(update={"redis_url": f"redis://{CLOSED}"})
    async with _client(refused) as (server, http), server.running():
        ready, seconds = await timed(http.get("/health/ready"))
        assert ready.status_code == 200
        assert ready.json() == {"status": "ready", "database": "ok", "redis": "unreachable"}
        assert seconds < AT_MOST


async def test_without_its_database_the_server_is_not_ready_and_still_scraped(settings: Settings) -> None:
    nowhere = f"postgresql+asyncpg://cip_web:x@{CLOSED}/cip"
    async with _client(settings.model_copy(update={"database_url": nowhere})) as (server, http):
        ready, seconds = await timed(http.get("/health/ready"))
        assert (ready.status_code, ready.json()["database"]) == (503, "unreachable")
        assert seconds < AT_MOST
        scraped, seconds = await timed(http.get("/metrics"))
        assert scraped.status_code == 200
        assert 'cip_up{service="postgres"} 0.0' in scraped.text
        assert "cip_postgres_size_bytes" not in scraped.text
        assert seconds < AT_MOST
        await server.close()


async def test_a_subscription_goes_on_while_the_database_is_away(
    server: Server, api: Api, acme: TestTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.system.queries.PAUSE_SECONDS", 0.05)
    viewer = await api.login("acme", "viewer")
    away = Database.connect(f"postgresql+asyncpg://cip_web:x@{CLOSED}/cip")
    async with running(server) as url, open_socket(url) as frames:
        await frames.init(viewer.token)

        async def postgres(state: str) -> dict[str, Any] | None:
            found: dict[str, Any] = (await frames.receive())["payload"]["data"]["systemHealth"]
            return found if found["postgres"]["state"] == state else None

        await frames.begin(f"subscription {STATE}")
        await wait_until(lambda: postgres("ANSWERS"))
        engines = server.database.engine, server.monitor._own.engine
        server.database.engine = server.monitor._own.engine = away.engine
        found = await wait_until(lambda: postgres("UNREACHABLE"))
        assert {one["waiting"] for one in found["streams"]} == {None}
        assert ("streams.waiting", "UNREACHABLE") in {(one["figure"], one["reason"]) for one in found["absent"]}
        server.database.engine, server.monitor._own.engine = engines
        await wait_until(lambda: postgres("ANSWERS"))
    await away.close()


async def test_a_task_that_ended_is_named(server: Server, api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    server.stopped.append("hub")
    ready = await api.http.get("/health/ready")
    assert (ready.status_code, ready.json()["stopped"]) == (503, "hub")
    assert 'cip_task_stopped{task="hub"} 1.0' in (await api.http.get("/metrics")).text

    async def told() -> bool:
        processes = (await viewer.data("{ systemHealth { processes { stopped } } }"))["systemHealth"]["processes"]
        return bool(processes == [{"stopped": ["hub"]}])

    await wait_until(told)

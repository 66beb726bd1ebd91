"""What systemHealth shows is what was measured, of one's own tenant, and what is missing says why."""

import asyncio
from datetime import timedelta
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from api.app import Server
from api.predictions.version_repository import set_scored
from api.settings import Environment, Settings
from api.streams import outbox
from api.streams.outbox import list_waiting
from api.streams.topics import TOPICS
from api.telemetry import CACHE_LOOKUPS
from models import Job
from models.base import new_id
from models.database import Database
from tests.predictions.support import current_model
from tests.support.client import Api
from tests.support.frames import open_socket
from tests.support.running import running
from tests.support.waiting import wait_until
from tests.support.world import NOW, TestTenant, clock, make_tenant, order

HEALTH: Final = """
{ systemHealth {
    asOf checks { measure state now limit values unanswered }
    postgres { state latencyMs version migration } redis { state latencyMs version carriesLiveUpdates }
    api { operations failed errorPercent perSecond p50Ms p95Ms p99Ms }
    streams { topic lagSeconds waiting oldestWaitingSeconds deadLetters }
    jobs { queued running failed oldestQueuedSeconds }
    cache { l1HitRate l2HitRate }
    freshness { newestEventReceivedAt oldestWaitingSeconds consumers { consumer lastEffectAt }
                metrics { metric newestMinute }
                models { kind horizonDays version inUseSince lastScoredAt drift } }
    replay { position }
    processes { role state answers doing stopped figures { pid poolSize poolInUse sockets } }
    installation { pool { size inUse waiting } postgres { sizeBytes connections }
                   redis { memoryBytes memoryLimitBytes evictedKeys }
                   streams { topic length pending shards { shard length } } slowStatements { text } }
    absent { figure reason message } } }
"""


async def health(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = (await api.data(HEALTH))["systemHealth"]
    return found


async def answered(api: Api) -> dict[str, Any]:
    """On a busy machine a first answer may come too late."""

    async def probe() -> dict[str, Any] | None:
        found = await health(api)
        return found if {found["postgres"]["state"], found["redis"]["state"]} == {"ANSWERS"} else None

    return await wait_until(probe)


def reasons(found: dict[str, Any]) -> dict[str, str]:
    return {one["figure"]: one["reason"] for one in found["absent"]}


async def test_services_that_answer_are_measured(api: Api, acme: TestTenant) -> None:
    found = await answered(await api.login("acme", "viewer"))
    assert found["asOf"] == NOW.isoformat()
    assert found["postgres"]["latencyMs"] > 0
    assert found["redis"]["latencyMs"] > 0
    assert found["redis"]["version"].split()[0] in ("Valkey", "Redis")
    states = {one["measure"]: one["state"] for one in found["checks"]}
    assert states["STREAM_LAG"] == "OK"
    assert set(states) == {"API_LATENCY", "API_ERRORS", "POSTGRES_LATENCY", "REDIS_LATENCY", "STREAM_LAG"}


async def test_the_migration_is_the_databases_own(api: Api, acme: TestTenant, database: Database) -> None:
    async with database.directory() as session:
        revision = (await session.execute(text("SELECT version_num FROM alembic_version"))).scalar_one()
    assert (await answered(await api.login("acme", "viewer")))["postgres"]["migration"] == revision


async def test_operations_are_counted_for_their_own_tenant_alone(
    api: Api, acme: TestTenant, globex: TestTenant
) -> None:
    mine, theirs = await api.login("acme", "viewer"), await api.login("globex", "viewer")
    first = await health(mine)
    assert first["api"]["operations"] == 0  # the one that asks has not ended, and a login has no tenant yet
    assert reasons(first)["api"] == "NOTHING_YET"
    assert first["api"]["p95Ms"] is None
    for _ in range(3):
        await theirs.data("{ me { name } }")
    await mine.error_code("{ nothing }")
    second = await health(mine)
    assert (second["api"]["operations"], second["api"]["failed"], second["api"]["errorPercent"]) == (2, 0, 0.0)
    assert second["api"]["perSecond"] == pytest.approx(2 / 300)
    assert 0 < second["api"]["p50Ms"] <= second["api"]["p95Ms"] <= second["api"]["p99Ms"]
    assert "api" not in reasons(second)


async def test_an_error_of_the_server_counts_as_failed(
    api: Api, acme: TestTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise LookupError

    viewer = await api.login("acme", "viewer")
    monkeypatch.setattr("api.customers.repository.CUSTOMERS.page", fail)
    assert await viewer.error_code("{ customers(first: 1) { nodes { name } } }") == "INTERNAL_SERVER_ERROR"
    found = (await health(viewer))["api"]
    assert (found["operations"], found["failed"], found["errorPercent"]) == (1, 1, 100.0)


async def test_messages_jobs_and_dead_letters_are_ones_own(
    api: Api, server: Server, database: Database, acme: TestTenant, globex: TestTenant
) -> None:
    """Nobody relays here: what is ingested waits."""
    await server.ingest.ingest(acme.id, [order(acme, 900, customer=1, amount=5, at=NOW)], actor="test")
    async with database.unit_of_work(acme.id) as session:
        waiting = await list_waiting(session, acme.id)
        await outbox.bury(session, acme.id, waiting[:1], NOW)
        for state, minutes in (("queued", 2), ("queued", 1), ("running", 3), ("failed", 4)):
            session.add(_job(acme, state, minutes))
    mine = await health(await api.login("acme", "viewer"))
    theirs = await health(await api.login("globex", "viewer"))
    streams = {one["topic"]: one for one in mine["streams"]}
    assert list(streams) == [topic.value for topic in TOPICS]
    assert sum(one["deadLetters"] for one in streams.values()) == 1
    assert sum(one["waiting"] for one in streams.values()) == len(waiting) - 1
    assert mine["jobs"] == {"queued": 2, "running": 1, "failed": 1, "oldestQueuedSeconds": 120.0}
    assert theirs["jobs"] == {"queued": 0, "running": 0, "failed": 0, "oldestQueuedSeconds": None}
    assert {(one["waiting"], one["oldestWaitingSeconds"], one["deadLetters"]) for one in theirs["streams"]} == {
        (0, None, 0)
    }
    assert theirs["freshness"]["oldestWaitingSeconds"] is None


async def test_freshness_is_of_the_newest_event_and_effect(
    api: Api, database: Database, acme: TestTenant, server: Server
) -> None:
    await make_tenant(database, "empty", "emptycanary")
    found = await health(await api.login("acme", "viewer"))
    assert found["freshness"]["newestEventReceivedAt"] == NOW.isoformat()
    assert ("metrics", NOW.isoformat()) in {
        (one["consumer"], one["lastEffectAt"]) for one in found["freshness"]["consumers"]
    }
    newest = {one["metric"]: one["newestMinute"] for one in found["freshness"]["metrics"]}
    async with database.unit_of_work(acme.id) as session:
        minute = text("SELECT max(start) FROM metric_bucket WHERE bucket = 'minute' AND metric = 'revenue'")
        assert newest["revenue"] == (await session.execute(minute)).scalar_one().isoformat()
    empty = await health(await api.login("empty", "viewer"))
    assert empty["freshness"] == {
        "newestEventReceivedAt": None,
        "oldestWaitingSeconds": None,
        "consumers": [],
        "metrics": [],
        "models": [],
    }
    assert reasons(empty)["freshness.models"] == "NOTHING_YET"
    assert reasons(empty)["freshness.newestEventReceivedAt"] == "NOTHING_YET"


async def test_the_models_in_use_say_since_when_and_when_they_last_scored(
    api: Api, database: Database, acme: TestTenant, globex: TestTenant
) -> None:
    async with database.unit_of_work(acme.id) as session:
        version_id = await current_model(session, acme.id, made_by="test")
    expected = {"kind": "CHURN", "horizonDays": 30, "version": 1, "inUseSince": NOW.isoformat(), "lastScoredAt": None}
    expected["drift"] = "STABLE"
    found = await health(await api.login("acme", "viewer"))
    assert found["freshness"]["models"] == [expected]
    assert "freshness.models" not in reasons(found)
    async with database.unit_of_work(acme.id) as session:
        await set_scored(session, acme.id, version_id, at=NOW, as_of=NOW)
    found = await health(await api.login("acme", "viewer"))
    assert found["freshness"]["models"] == [{**expected, "lastScoredAt": NOW.isoformat()}]
    assert (await health(await api.login("globex", "viewer")))["freshness"]["models"] == []


async def test_what_adds_up_all_tenants_is_for_admins(api: Api, acme: TestTenant) -> None:
    for username in ("viewer", "analyst"):
        found = await health(await api.login("acme", username))
        assert found["installation"] is None
        assert reasons(found)["installation"] == "NOT_PERMITTED"
        assert [one["figures"] for one in found["processes"]] == [None], found["absent"]
    found = await answered(await api.login("acme", "admin"))
    assert found["installation"]["pool"]["size"] == 10
    assert found["installation"]["postgres"]["sizeBytes"] > 1_000_000
    assert found["installation"]["redis"]["evictedKeys"] == 0
    assert [one["topic"] for one in found["installation"]["streams"]] == [topic.value for topic in TOPICS]
    assert found["installation"]["slowStatements"] is None
    assert reasons(found)["installation.slowStatements"] == "NOT_INSTALLED"
    [process] = found["processes"]
    assert (process["role"], process["state"], process["answers"], process["stopped"]) == ("web", "RUNNING", True, [])
    assert process["doing"] == ["cache", "hub", "monitor"]
    assert process["figures"]["poolSize"] == 10


async def test_an_installation_that_tenants_share_keeps_its_sizes_to_itself(
    settings: Settings, acme: TestTenant
) -> None:
    server = Server(settings.model_copy(update={"show_installation": False}), now=clock)
    async with server.running():
        transport = httpx.ASGITransport(Starlette(routes=server.routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            found = await health(await Api(http).login("acme", "admin"))
    assert found["installation"] is None
    assert reasons(found)["installation"] == "NOT_PERMITTED"
    production = settings.model_copy(update={"environment": Environment.PRODUCTION})
    assert (settings.shows_installation, production.shows_installation) == (True, False)


async def test_a_hit_rate_is_absent_until_something_was_looked_up(api: Api, acme: TestTenant, server: Server) -> None:
    viewer = await api.login("acme", "viewer")
    server.monitor.samples.clear()
    await server.monitor.sample()
    found = await health(viewer)
    assert found["cache"] == {"l1HitRate": None, "l2HitRate": None}
    assert reasons(found)["cache.l1"] == reasons(found)["cache.l2"] == "NOTHING_YET"
    for outcome, times in (("hit", 3), ("miss", 1)):
        CACHE_LOOKUPS.labels("l1", outcome).inc(times)
    await server.monitor.sample()
    found = await health(viewer)
    assert found["cache"] == {"l1HitRate": 0.75, "l2HitRate": None}
    assert "cache.l1" not in reasons(found)


async def test_whoever_waits_for_a_connection_is_counted(server: Server, api: Api, acme: TestTenant) -> None:
    """The number comes from inside SQLAlchemy's pool: this holds it against a pool that is used up."""
    engine = server.database.engine
    held = [await engine.connect() for _ in range(20)]
    assert (server.monitor.pool.in_use, server.monitor.pool.overflow, server.monitor.pool.waiting) == (20, 10, 0)
    waiting = asyncio.create_task(engine.connect().start())

    async def counted() -> bool:
        return server.monitor.pool.waiting == 1

    await wait_until(counted)
    for connection in held:
        await connection.close()
    await (await waiting).close()
    assert server.monitor.pool.waiting == 0


async def test_the_subscription_gives_the_whole_state_at_once(server: Server, api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    async with running(server) as url, open_socket(url) as frames:
        await frames.init(viewer.token)
        found = (await frames.first(f"subscription {HEALTH}"))["payload"]["data"]["systemHealth"]
        assert found["installation"] is None
        assert reasons(found)["installation"] == "NOT_PERMITTED"
        while found["postgres"]["state"] != "ANSWERS":  # a busy machine may need a second look
            found = (await frames.receive())["payload"]["data"]["systemHealth"]
    assert found["postgres"]["latencyMs"] > 0


def _job(tenant: TestTenant, state: str, minutes_ago: int) -> Job:
    return Job(
        tenant_id=tenant.id,
        id=new_id(),
        kind="import",
        subject_id=new_id(),
        state=state,
        fence=0,
        progress_done=0,
        cancel_requested=False,
        created_by="test",
        created_at=NOW - timedelta(minutes=minutes_ago),
    )

"""Each process writes of itself, is shown as silent when it stops doing so, and leaves in order."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from api.app import Server
from api.settings import Settings
from api.system.contracts import ProcessReport
from api.system.heartbeat_repository import list_heartbeats, upsert_heartbeat
from models.base import new_id
from models.database import Database
from tests.support.client import Api
from tests.support.waiting import wait_until
from tests.support.world import NOW, TestTenant, clock

FIGURES = {
    "doing": ["worker"],
    "stopped": [],
    "memory_bytes": 1,
    "pool_size": 5,
    "pool_in_use": 0,
    "pool_overflow": 0,
    "pool_waiting": 0,
}


def report(seconds_ago: float, *, role: str = "worker") -> ProcessReport:
    began = NOW - timedelta(days=2)
    return ProcessReport(new_id(), role, "host-1", 7, began, NOW - timedelta(seconds=seconds_ago), FIGURES)


async def write(database: Database, *reports: ProcessReport) -> None:
    async with database.directory() as session:
        for one in reports:
            await upsert_heartbeat(session, one)


async def read(database: Database) -> dict[UUID, ProcessReport]:
    async with database.directory() as session:
        return {one.id: one for one in await list_heartbeats(session, NOW)}


async def test_a_process_has_one_row_that_is_written_again(database: Database) -> None:
    first = report(10)
    second = replace(first, seen_at=NOW, figures=FIGURES | {"memory_bytes": 2}, host="renamed")
    await write(database, first, second)
    assert await read(database) == {first.id: replace(second, host="host-1")}


async def test_a_process_without_a_word_is_forgotten_after_a_day(database: Database) -> None:
    old, recent = report(86_401), report(86_399)
    await write(database, old, recent, report(0))
    assert old.id not in await read(database)
    async with database.directory() as session:
        kept = (await session.execute(text("SELECT id FROM process_heartbeat"))).scalars().all()
    assert recent.id in kept
    assert old.id not in kept


async def test_every_process_is_shown_and_a_silent_one_as_silent(
    api: Api, database: Database, acme: TestTenant
) -> None:
    await write(database, report(31), report(29, role="web"))
    viewer = await api.login("acme", "viewer")

    async def shown() -> list[tuple[str, str, bool]] | None:
        health = (await viewer.data("{ systemHealth { processes { role state answers } } }"))["systemHealth"]
        found = [(one["role"], one["state"], one["answers"]) for one in health["processes"] or ()]
        return sorted(found) if len(found) == 3 else None

    assert await wait_until(shown) == [
        ("web", "RUNNING", False),
        ("web", "RUNNING", True),
        ("worker", "SILENT", False),
    ]


@pytest.mark.parametrize("with_worker", [False, True])
async def test_a_server_is_there_while_it_runs_and_not_afterwards(
    settings: Settings, database: Database, with_worker: bool
) -> None:
    server = Server(settings, now=clock, with_worker=with_worker)

    async def listed() -> ProcessReport | None:
        return (await read(database)).get(server.monitor.process.id)

    async with server.running():
        found = await wait_until(listed)
        assert found.role == ("web and worker" if with_worker else "web")
        assert ("worker" in found.figures["doing"]) is with_worker
    assert await read(database) == {}

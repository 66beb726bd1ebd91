"""A worker killed at any moment, one that stands still, a message nobody can handle, a client that does not read."""

import asyncio
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import select, text

from api.app import Server
from api.events.service import Ingest
from api.settings import Settings
from api.streams.topics import Topic
from models import DeadLetter, OutboxMessage
from models.base import new_id, table
from models.database import Database
from tests.faults.chance import draw_seed, generator
from tests.faults.conftest import PATIENCE
from tests.faults.processes import WorkerProcess
from tests.faults.sums import become_right
from tests.support.client import Api
from tests.support.frames import open_socket
from tests.support.running import running
from tests.support.services import OwnRedis
from tests.support.waiting import wait_until
from tests.support.world import NOW, TestTenant, order

pytestmark = pytest.mark.timeout(300)

BATCHES: Final = 30
QUICK: Final = 10.0
"""How much faster the workers' clock runs: a pause of 30 s takes 3."""
FOLLOW: Final = """
subscription { metricUpdates(metrics: ["orders"], range: {preset: LAST_7_DAYS}) { metric total buckets { value } } }
"""


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def worker_settings(settings: Settings, own_redis: OwnRedis) -> Settings:
    return settings.model_copy(update={"redis_url": own_redis.url})


class Feed:
    """Ingests batch after batch, each a moment after the other, until told to stop."""

    def __init__(self, database: Database, tenant: TestTenant) -> None:
        self.batches = 0
        self._ingest = Ingest(database, lambda _: None, now)
        self._tenant = tenant

    async def run(self) -> None:
        while True:
            await self.batch()
            await asyncio.sleep(0.05)

    async def batch(self) -> None:
        self.batches += 1
        number = 1_000 * self.batches
        events = [
            order(self._tenant, number + part, customer=part % 3, amount=100 + part, at=now() - timedelta(minutes=part))
            for part in range(5)
        ]
        await self._ingest.ingest(self._tenant.id, events, actor="test")

    async def reaches(self, count: int) -> None:
        async def enough() -> bool:
            return self.batches >= count

        await wait_until(enough, seconds=60)


async def test_workers_killed_at_random_moments_lose_and_double_nothing(
    database: Database, acme: TestTenant, worker_settings: Settings, tmp_path: Path
) -> None:
    seed = draw_seed()
    draw = generator(seed)
    clock = (time.time(), QUICK)
    feed = Feed(database, acme)
    async with (
        WorkerProcess(worker_settings, tmp_path / "one.log", clock) as one,
        WorkerProcess(worker_settings, tmp_path / "two.log", clock) as two,
    ):
        feeding = asyncio.create_task(feed.run())
        for victim in (one, two):
            await asyncio.sleep(draw.uniform(0.0, 0.5))
            victim.kill()
            await victim.start()
        await feed.reaches(BATCHES)
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        await become_right(database, acme, seconds=3 * PATIENCE, hint=f"seed {seed}")


async def test_while_one_worker_stands_still_another_goes_on_and_its_late_work_counts_once(
    database: Database, acme: TestTenant, worker_settings: Settings, tmp_path: Path
) -> None:
    clock = (time.time(), QUICK)
    feed = Feed(database, acme)
    async with WorkerProcess(worker_settings, tmp_path / "one.log", clock) as one:
        feeding = asyncio.create_task(feed.run())
        await feed.reaches(BATCHES // 3)
        one.signal(signal.SIGSTOP)
        await feed.reaches(2 * BATCHES // 3)
        async with WorkerProcess(worker_settings, tmp_path / "two.log", clock):
            await feed.reaches(BATCHES)
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            # A transaction that stands still is ended after 30 s, and one that waited for its lock after 30 more.
            await become_right(database, acme, seconds=3 * PATIENCE)
            one.signal(signal.SIGCONT)
            await feed.batch()
            await become_right(database, acme, seconds=3 * PATIENCE)


async def test_a_message_that_nobody_can_handle_becomes_a_dead_letter_and_the_others_flow(
    database: Database, acme: TestTenant, worker_settings: Settings, tmp_path: Path
) -> None:
    clock = (time.time(), 4 * QUICK)
    feed = Feed(database, acme)
    letters = table(DeadLetter)
    async with database.unit_of_work(acme.id) as session:
        session.add(
            OutboxMessage(
                tenant_id=acme.id, id=new_id(), topic=Topic.CUSTOMER_METRICS, payload={"odd": 1}, created_at=now()
            )
        )
    async with WorkerProcess(worker_settings, tmp_path / "one.log", clock):
        await feed.batch()

        async def dead() -> list[Any]:
            async with database.reading(acme.id) as snapshot:
                kept = select(letters.c.kind, letters.c.code, letters.c.attempts, letters.c.payload)
                return list(await snapshot.rows(kept))

        [(kind, code, attempts, payload)] = await wait_until(dead, seconds=3 * PATIENCE)
        assert (kind, code, attempts, payload) == ("message", "KeyError", 5, {"odd": 1})
        await become_right(database, acme, seconds=PATIENCE)


async def test_a_client_that_does_not_read_keeps_nobody_waiting(
    faulty: Server, database: Database, acme: TestTenant
) -> None:
    async with running(faulty) as url, httpx.AsyncClient(base_url=url) as http:
        viewer = await Api(http).login("acme", "viewer")
        async with open_socket(url) as deaf, open_socket(url) as listening:
            for frames in (deaf, listening):
                await frames.init(viewer.token)
                await frames.begin(FOLLOW)
            assert (await listening.receive())["type"] == "next"
            for number in range(10):
                made = order(acme, 5_000 + number, customer=1, amount=100, at=NOW - timedelta(hours=number))
                before = await orders(database, acme)
                await faulty.ingest.ingest(acme.id, [made], actor="test")
                while (await listening.receive())["payload"]["data"]["metricUpdates"]["total"] <= before:
                    pass


async def orders(database: Database, tenant: TestTenant) -> int:
    async with database.reading(tenant.id) as snapshot:
        return int(await snapshot.scalar(text("select count(*) from sales_order where kind = 'order'")))

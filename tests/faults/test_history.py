"""Several clients, everything breaking at random, and afterwards the history they were told must be what is there.

CIP_FAULTS_SECONDS says how long (20 unless told), CIP_FAULTS_SEED repeats a run's choices.
"""

import asyncio
import os
import random
import sys
import time
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from starlette.applications import Starlette

from api.app import Server
from api.settings import Settings
from api.streams import outbox
from api.streams.topics import Topic
from models import DeadLetter
from models.base import table
from models.database import Database, is_unreachable
from tests.api.test_events import INGEST
from tests.faults.chance import draw_seed, generator
from tests.faults.history import History, event
from tests.faults.injector import Injector
from tests.faults.processes import WorkerProcess
from tests.faults.sums import differences
from tests.faults.worker import quick_clock
from tests.support import services
from tests.support.client import Api
from tests.support.proxy import Proxy
from tests.support.services import OwnRedis
from tests.support.waiting import wait_until
from tests.support.world import NOW, TestTenant

SECONDS: Final = float(os.environ.get("CIP_FAULTS_SECONDS", "20"))
CLIENTS: Final = 4
SPEED: Final = 8.0
letters = table(DeadLetter)


async def client(chance: random.Random, user: Api, history: History, newest: list[int], over: asyncio.Event) -> None:
    """New events mostly, and old ones again: as a sender does that is unsure whether they arrived."""
    while not over.is_set():
        numbers = []
        for _ in range(chance.randint(1, 8)):
            if chance.random() < 0.7:
                newest[0] += 1
                numbers.append(newest[0])
            else:
                numbers.append(chance.randint(1, max(1, newest[0])))
        answer = await user.answer(INGEST, {"input": {"events": [event(number) for number in numbers]}})
        history.record(numbers, answer)
        await asyncio.sleep(chance.uniform(0.0, 0.1))


class Replayer:
    """Puts messages back: dead ones, and some that have had their effect long ago."""

    def __init__(self, chance: random.Random, database: Database, tenant: TestTenant) -> None:
        self.again = 0
        self._chance = chance
        self._database = database
        self._tenant_id = tenant.id
        self._seen: dict[UUID, outbox.Waiting] = {}

    async def run(self, over: asyncio.Event) -> None:
        while not over.is_set():
            try:
                await self._put_back_one()
                await self.replay_dead()
            except Exception as error:
                if not is_unreachable(error):
                    raise
            await asyncio.sleep(0.2)

    async def _put_back_one(self) -> None:
        try:
            async with self._database.unit_of_work(self._tenant_id) as session:
                self._seen.update({seen.id: seen for seen in await outbox.list_waiting(session, self._tenant_id)})
                if self._seen:
                    seen = self._chance.choice(list(self._seen.values()))
                    await outbox.insert_again(session, self._tenant_id, seen.id, Topic(seen.topic), seen.payload, NOW)
            self.again += len(self._seen) > 0
        except IntegrityError:
            return  # it is still waiting

    async def replay_dead(self) -> None:
        async with self._database.unit_of_work(self._tenant_id) as session:
            dead = (await session.execute(select(letters).where(letters.c.kind == "message"))).mappings().all()
            for letter in dead:
                topic, message = Topic(letter["origin"]), UUID(letter["reference"])
                await outbox.insert_again(session, self._tenant_id, message, topic, letter["payload"], NOW)
            await session.execute(delete(letters).where(letters.c.id.in_([letter["id"] for letter in dead])))


@pytest.mark.timeout(240 + 2 * SECONDS)
async def test_what_clients_were_told_is_what_is_there(
    faulty_settings: Settings,
    database: Database,
    database_name: str,
    acme: TestTenant,
    own_redis: OwnRedis,
    redis_proxy: Proxy,
    postgres_proxy: Proxy,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seed = draw_seed()
    clock = (time.time(), SPEED)
    history, newest = History(), [0]
    over = asyncio.Event()
    replayer = Replayer(generator(f"{seed} replayer"), database, acme)
    server = Server(faulty_settings, now=quick_clock(*clock), with_worker=True)
    direct = faulty_settings.model_copy(update={"database_url": services.application_url(database_name)})
    transport = httpx.ASGITransport(Starlette(routes=server.routes()))
    async with (
        server.running(),
        WorkerProcess(direct, tmp_path / "worker.log", clock) as worker,
        httpx.AsyncClient(transport=transport, base_url="http://testserver") as http,
    ):
        users = [await Api(http).login("acme", "admin") for _ in range(CLIENTS)]
        injector = Injector(generator(f"{seed} faults"), database_name, own_redis, redis_proxy, postgres_proxy, worker)
        work = [
            *(
                client(generator(f"{seed} client {number}"), user, history, newest, over)
                for number, user in enumerate(users)
            ),
            replayer.run(over),
            injector.run(over),
        ]
        async with asyncio.TaskGroup() as tasks:
            for part in work:
                tasks.create_task(part)
            await asyncio.sleep(SECONDS)
            over.set()

        async def settled() -> bool:
            await replayer.replay_dead()
            return not await differences(database, acme)

        try:
            await wait_until(settled, seconds=120)
        finally:
            faults = await history.faults(database, acme)
            with capsys.disabled():
                sys.stdout.write(
                    f"\nseed {seed}: {history.summary()}\n  put back: {replayer.again}; faults: {dict(injector.done)}\n"
                )
            assert faults == {}, f"CIP_FAULTS_SEED={seed}"
        assert server.stopped == []

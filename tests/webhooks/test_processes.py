"""A worker that is killed in the middle of a call: the message comes again, under the same id."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.responses import Response

from api.settings import Settings
from models.database import Database
from tests.support.client import Api
from tests.support.waiting import wait_until
from tests.support.world import TestTenant
from tests.webhooks.receiver import Received, Receiver, is_signed
from tests.webhooks.support import TEST, Clock, create, customer_of, rows_of

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[[], "subprocess.Popen[bytes]"]


@pytest.fixture
def at() -> Clock:
    """The workers have the machine's clock, so what they are given must not lie in their future."""
    return Clock(datetime.now(UTC) - timedelta(minutes=1))


@pytest.fixture
def start(settings: Settings) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []

    def run() -> "subprocess.Popen[bytes]":
        environment = {
            **os.environ,
            "DATABASE_URL": settings.database_url.replace("+asyncpg", ""),
            "REDIS_URL": settings.redis_url,
            "JWT_SECRET_KEY": settings.jwt_secret_key.get_secret_value(),
            "WEBHOOK_PRIVATE_ADDRESSES": "true",
        }
        command = [sys.executable, "-m", "tests.webhooks.worker_process"]
        started.append(subprocess.Popen(command, cwd=ROOT, env=environment))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait()


async def test_a_message_whose_worker_was_killed_comes_again_under_its_id(
    admin: Api, database: Database, acme: TestTenant, receiver: Receiver, start: Start
) -> None:
    endpoint = await create(admin, receiver.url)
    calls, ended = 0, asyncio.Event()

    async def hang_the_first_time(_: Received) -> Response:
        nonlocal calls
        calls += 1
        if calls == 1:
            await ended.wait()
        return Response(status_code=204)

    receiver.behave = hang_the_first_time
    subject = await customer_of(database, acme)
    given = {"id": endpoint.id, "event": "CUSTOMER_BOUGHT", "subject": subject, "send": True}
    assert (await admin.data(TEST, {"input": given}))["webhookTest"]["userErrors"] == []
    worker = start()

    async def called() -> bool:
        assert worker.poll() is None
        return bool(receiver.received)

    await wait_until(called)
    worker.kill()
    worker.wait()
    [row] = await rows_of(database, acme)
    assert (row.state, row.attempts, row.status) == ("waiting", 1, None)

    start()

    async def delivered() -> bool:
        return all(row.state == "delivered" for row in await rows_of(database, acme))

    await wait_until(delivered)
    ended.set()
    first, *again = receiver.received
    assert {one.message_id for one in again} == {first.message_id}
    assert all(is_signed(one, endpoint.secret, datetime.now(UTC).timestamp()) for one in receiver.received)
    [row] = await rows_of(database, acme)
    assert (row.attempts, row.status) == (2, 204)

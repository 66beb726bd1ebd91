"""A worker for the tests, in a process of its own: the job's engine and the dispatcher, quick enough to be killed."""

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from api.jobs.runner import Runner
from api.settings import load_settings
from api.streams.hub import Hub
from api.webhooks.contracts import SEND
from api.webhooks.dispatcher import Dispatcher
from api.worker import redis_clients, webhook_sending
from models.database import Database
from tests.jobs.counting import QUICK

PAUSES = (timedelta(seconds=1),) * 7


def now() -> datetime:
    return datetime.now(UTC)


async def main() -> None:
    settings = load_settings(os.environ)
    database = Database.connect(settings.database_url, pool_size=5)
    async with redis_clients(settings.redis_url) as (commands, blocking):
        made = webhook_sending(database, Hub(commands, blocking), now, settings)
        sending = replace(made, pauses=PAUSES, outgoing=replace(settings.outgoing, seconds=120.0))
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(Runner(database, {SEND: sending.run}, now, QUICK).run())
            tasks.create_task(Dispatcher(database, now, sweep=0.2).run())


if __name__ == "__main__":
    asyncio.run(main())

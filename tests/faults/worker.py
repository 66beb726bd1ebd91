"""A program for the tests: `cip worker` with a quick clock and little patience, so that minutes take seconds.

Arguments: the moment at which the clock and the machine's agreed, and how much faster it runs. Processes that are given
the same two have the same clock.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from api.cache.invalidation import Invalidation
from api.cli.logs import configure_logging
from api.settings import load_settings
from api.streams.hub import Hub
from api.worker import Worker, redis_clients
from models.database import Database

PATIENCE: Final = 3.0
"""Seconds after which PostgreSQL ends the transaction of a worker that stands still; 30 in the product."""


def quick_clock(origin: float, speed: float) -> Callable[[], datetime]:
    begin = datetime.fromtimestamp(origin, UTC)
    return lambda: begin + timedelta(seconds=(time.time() - origin) * speed)


async def main() -> None:
    origin, speed = map(float, sys.argv[1:])
    settings = load_settings(os.environ)
    database = Database.connect(settings.database_url, pool_size=5, patience=PATIENCE)
    async with redis_clients(settings.redis_url) as (commands, blocking):
        hub = Hub(commands, blocking)
        sys.stdout.write("Working.\n")
        sys.stdout.flush()
        await Worker.of(
            database, commands, blocking, hub, quick_clock(origin, speed), settings, Invalidation(None, time.monotonic)
        ).run()


if __name__ == "__main__":
    configure_logging("worker")
    asyncio.run(main())

"""The server's own life: it stops whenever it is told to."""

import asyncio

from api.app import Server
from api.settings import Settings
from tests.support.world import clock


async def test_a_server_stops_at_whatever_moment_of_its_start_it_is_told_to(settings: Settings) -> None:
    """Cancelling a task that is just connecting to Redis can be swallowed by the client."""

    async def live(turns: int) -> None:
        async with Server(settings, now=clock, with_worker=True).running():
            for _ in range(turns):
                await asyncio.sleep(0)

    for turns in range(0, 40, 5):
        async with asyncio.timeout(60):
            await live(turns)

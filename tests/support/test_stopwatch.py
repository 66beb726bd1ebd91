"""Only the machine's own fault is left out."""

import asyncio
import time

from tests.support.stopwatch import timed

WORK = 0.2


async def test_what_is_computed_and_what_is_waited_for_counts() -> None:
    async def work() -> str:
        begun = time.thread_time()
        while time.thread_time() - begun < WORK:
            pass
        time.sleep(WORK)  # noqa: ASYNC251  (it holds up the loop, on purpose)
        await asyncio.sleep(WORK)
        return "done"

    result, seconds = await timed(work())
    assert result == "done"
    assert seconds >= 3 * WORK

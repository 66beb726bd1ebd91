"""A long computation, in a thread of its own: its job shows how far it is, and can be cancelled meanwhile."""

import asyncio
import threading
from collections.abc import Callable
from typing import Final, TypeVar

from api.jobs.contracts import JobRun

HEARD_SECONDS: Final = 0.25

T = TypeVar("T")


class StoppedError(Exception):
    """The computation is to end: nobody waits for it any more."""


async def compute(run: JobRun, work: Callable[[Callable[[int, int], None]], T], *, around: int = 0) -> T:
    """`work` calls what it is given with how much is done, and of how much: there it ends when the job has. `around`
    are steps of the job before the work, and as many after it."""
    heard = (0, 1)
    stopped = threading.Event()

    def progress(done: int, total: int) -> None:
        nonlocal heard
        heard = (done, total)
        if stopped.is_set():
            raise StoppedError

    task = asyncio.create_task(asyncio.to_thread(work, progress))
    try:
        while not task.done():
            await asyncio.wait({task}, timeout=HEARD_SECONDS)
            done, total = heard
            await run.report(done + around, total + 2 * around)
    except BaseException:
        stopped.set()
        await asyncio.wait({task})
        task.exception()  # read, so that nobody hears of it a second time
        raise
    return task.result()

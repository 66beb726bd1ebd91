"""SIGTERM and a closed terminal end a command like Ctrl-C does: through its `finally` blocks."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

ENDING: Final = (signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = {number: signal.signal(number, stop) for number in ENDING}
    try:
        yield
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def run_until_stopped(work: Coroutine[None, None, None]) -> None:
    """asyncio.run, where every stop signal cancels the work, as Ctrl-C does there: an exception out of the loop would
    cancel all its tasks at once, and none could wait for another."""

    async def cancellable() -> None:
        task = asyncio.current_task()
        assert task is not None
        for number in ENDING:
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await work

    try:
        asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None

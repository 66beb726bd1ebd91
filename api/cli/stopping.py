"""SIGTERM and a closed terminal end a command like Ctrl-C does: through its `finally` blocks."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except KeyboardInterrupt:
        print("\nStopped.", flush=True)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

"""One thread a fit: default threading slows small fits many times over when the machine is busy. Tenants run side by
side."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from threadpoolctl import threadpool_info, threadpool_limits


class ThreadsError(RuntimeError):
    """A library of this process goes on with more threads than it was told to."""


class _Limit:
    """The libraries' limit is the process's, and fits run side by side in its threads: the first one sets it, and the
    last one gives back what was there. Each sets it again, for a library that was loaded meanwhile."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._inside = 0
        self._for_life = False
        self._first: threadpool_limits | None = None

    def for_life(self) -> None:
        with self._lock:
            self._for_life = True
            threadpool_limits(limits=1)

    def enter(self) -> None:
        with self._lock:
            limits = threadpool_limits(limits=1)
            if self._inside == 0:
                self._first = limits
            self._inside += 1
            many = [pool["internal_api"] for pool in threadpool_info() if pool["num_threads"] != 1]
        if many:
            self.leave()
            raise ThreadsError(f"more than one thread: {', '.join(many)}")

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._first is not None and not self._for_life:
                self._first.restore_original_limits()


_limit = _Limit()


def limit_process() -> None:
    """For the life of a worker."""
    _limit.for_life()


@contextmanager
def single_thread() -> Iterator[None]:
    _limit.enter()
    try:
        yield
    finally:
        _limit.leave()

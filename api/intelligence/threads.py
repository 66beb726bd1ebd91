"""One thread a fit: default threading slows small fits many times over when the machine is busy. Tenants run side by
side."""

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_info, threadpool_limits


class ThreadsError(RuntimeError):
    """A library of this process goes on with more threads than it was told to."""


def limit_process() -> None:
    """For the life of a worker: two fits at once would otherwise undo each other's limit when they end."""
    threadpool_limits(limits=1)


@contextmanager
def single_thread() -> Iterator[None]:
    with threadpool_limits(limits=1):
        many = [pool["internal_api"] for pool in threadpool_info() if pool["num_threads"] != 1]
        if many:
            raise ThreadsError(f"more than one thread: {', '.join(many)}")
        yield

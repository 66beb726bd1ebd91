"""One thread a fit: default threading slows small fits many times over when the machine is busy. Tenants run side by
side."""

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def single_thread() -> Iterator[None]:
    with threadpool_limits(limits=1):
        yield

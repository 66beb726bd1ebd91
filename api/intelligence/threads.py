"""One thread a fit: default threading slows small fits many times over when the machine is busy. Tenants run side by
side."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, local

from threadpoolctl import OpenBLASController, ThreadpoolController, threadpool_info, threadpool_limits


class ThreadsError(RuntimeError):
    """A library of this process goes on with more threads than it was told to."""


class _Limit:
    """The first fit sets the limit, and the last one gives back what was there. Each sets it again, for a library that
    was loaded meanwhile.

    Of BLAS threadpoolctl takes a limit from one thread only, the first that ever set one, and ignores all others
    without a word (3.8, `OpenBLASController`): whoever sets it here takes that right, and gives it up at the end.
    """

    def __init__(self, user_api: str) -> None:
        self._user_api = user_api
        self._lock = Lock()
        self._inside = 0
        self._for_life = False
        self._first: threadpool_limits | None = None

    def for_life(self) -> None:
        with self._lock:
            self._for_life = True
            self._set()

    def enter(self) -> None:
        with self._lock:
            limits = self._set()
            if self._inside == 0:
                self._first = limits
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._first is not None and not self._for_life:
                _anyone_may_set()
                self._first.restore_original_limits()
                _anyone_may_set()

    def _set(self) -> threadpool_limits:
        _anyone_may_set()
        return ThreadpoolController().select(user_api=self._user_api).limit(limits=1)


def _anyone_may_set() -> None:
    OpenBLASController.clear_controlling_thread(force=True)


class _OfThread(local):
    """OpenMP has a limit a thread."""

    def __init__(self) -> None:
        self.openmp = _Limit("openmp")


_blas = _Limit("blas")  # BLAS has one for the process
_own = _OfThread()


def limit_process() -> None:
    """For the life of a worker."""
    _blas.for_life()
    _own.openmp.for_life()


@contextmanager
def single_thread() -> Iterator[None]:
    _blas.enter()
    _own.openmp.enter()
    try:
        many = [pool["internal_api"] for pool in threadpool_info() if pool["num_threads"] != 1]
        if many:
            raise ThreadsError(f"more than one thread: {', '.join(many)}")
        yield
    finally:
        _own.openmp.leave()
        _blas.leave()

"""Asking something that may never answer, without waiting for it: whoever asks goes on after a moment."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")
Errors = tuple[type[Exception], ...]

FRESH_SECONDS: Final = 0.5
"""An answer this young is given again instead of asking once more."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """`value` is None when there was no answer; `fault` says why, in words that name no address."""

    value: T | None
    fault: str | None = None


class Probe(Generic[T]):
    """One question at a time is under way, however many ask; it goes on when those who asked have left."""

    def __init__(self, ask: Callable[[], Coroutine[Any, Any, T]], expected: Errors, clock: Callable[[], float]) -> None:
        self.last: T | None = None
        """The newest answer; None when the last one asked did not come in time."""
        self._ask = ask
        self._expected = expected
        self._clock = clock
        self._asking: asyncio.Task[Answer[T]] | None = None
        self._answered_at = -FRESH_SECONDS

    async def measure(self, patience: float) -> Answer[T]:
        answer = await self._measure(patience)
        self.last = answer.value
        return answer

    async def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def _measure(self, patience: float) -> Answer[T]:
        if self._asking is None or (self._asking.done() and self._clock() - self._answered_at >= FRESH_SECONDS):
            self._asking = asyncio.create_task(self._answer())
        await asyncio.wait({self._asking}, timeout=patience)
        return self._asking.result() if self._asking.done() else _too_late(patience)

    async def _answer(self) -> Answer[T]:
        try:
            return Answer(await self._ask())
        except self._expected as error:
            return Answer(None, f"failed: {type(error).__name__}")
        finally:
            self._answered_at = self._clock()


async def within(patience: float, work: Awaitable[T], expected: Errors) -> Answer[T]:
    """A question of one asker alone: it is given up, and not waited for, when the patience is over."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task}, timeout=patience)
    finally:
        if not task.done():
            task.add_done_callback(_forget)
            task.cancel()
    if not task.done():
        return _too_late(patience)
    try:
        return Answer(task.result())
    except expected as error:
        return Answer(None, f"failed: {type(error).__name__}")


def _too_late(patience: float) -> Answer[Any]:
    return Answer(None, f"no answer within {patience:g} s")


def _forget(task: "asyncio.Future[Any]") -> None:
    """Takes the outcome of what nobody waits for any more."""
    if not task.cancelled():
        task.exception()

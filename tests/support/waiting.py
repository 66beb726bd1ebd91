"""Waiting for something that another task does: polled against a deadline, never slept for."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def wait_until(probe: Callable[[], Awaitable[T | None]], *, seconds: float = 60.0) -> T:
    """The first answer of the probe that is neither None nor False."""
    async with asyncio.timeout(seconds):
        while True:
            found = await probe()
            if found:
                return found
            await asyncio.sleep(0.02)

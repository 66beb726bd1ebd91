"""Whether Redis does its work. It is asked to write: one that is full, or a replica, still answers a ping."""

import time
from collections import deque
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from api.streams import keys

SLOW_SECONDS: Final = 0.1
BEATS: Final = 3
"""Slow means that even the quickest of so many answers was: a busy loop of ours delays one or two."""

AWAY: Final = "is not answering"
REFUSES: Final = "refuses to write, it may be full"
SLOW: Final = "answers slowly"


class Pulse:
    """One per process, felt by the hub at each of its turns."""

    def __init__(self, commands: "Redis") -> None:
        self._commands = commands
        self._taken: deque[float] = deque(maxlen=BEATS)
        self._failure: str | None = AWAY

    @property
    def complaint(self) -> str | None:
        """What is wrong, to be read after the word Redis; None when all is well."""
        if self._failure is not None:
            return self._failure
        return SLOW if len(self._taken) == BEATS and min(self._taken) > SLOW_SECONDS else None

    async def beat(self) -> None:
        """Raises what the client raises."""
        begun = time.perf_counter()
        await self._commands.set(keys.PULSE, "1", ex=60)
        self._taken.append(time.perf_counter() - begun)
        self._failure = None

    def failed(self, error: Exception) -> None:
        self._failure = REFUSES if isinstance(error, ResponseError) else AWAY
        self._taken.clear()

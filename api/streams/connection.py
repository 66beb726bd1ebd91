"""Clients of the Redis protocol that give up quickly: a page never waits for Redis."""

import asyncio
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

COMMAND_TIMEOUT: Final = 0.5
BLOCKING_TIMEOUT: Final = 5.0
CACHE_TIMEOUT: Final = 0.1
"""What a cache may cost when its server does not answer; reading without it takes about as long."""

UNREACHABLE: Final = (RedisError, OSError, TimeoutError)
"""What any client raises when Redis is refused, frozen, wiped or full."""


def connect(url: str) -> "Redis":
    """For commands that answer at once. redis-py's own defaults wait 3 s for a refused and 59 s for a frozen server."""
    return _client(url, COMMAND_TIMEOUT)


def connect_blocking(url: str) -> "Redis":
    """For commands that wait for something to happen."""
    return _client(url, BLOCKING_TIMEOUT)


def connect_cache(url: str) -> "Redis":
    """For the cache: it gives up sooner, and speaks bytes."""
    return _client(url, CACHE_TIMEOUT, decode_responses=False)


def _client(url: str, timeout: float, *, decode_responses: bool = True) -> "Redis":
    return Redis.from_url(
        url,
        decode_responses=decode_responses,
        socket_timeout=timeout,
        socket_connect_timeout=min(timeout, COMMAND_TIMEOUT),
        retry=Retry(NoBackoff(), 0),
        retry_on_timeout=False,
    )


def stop_if_cancelled() -> None:
    """For the head of an endless loop: redis-py can swallow a cancellation that comes while it connects."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError

"""L2: answers in Redis, shared by all processes.

Beside the answers stands a token for each tenant and tag, replaced after each write. An answer carries the tokens that
stood before it was read, and is good while they stand; so it never matters in which order a reader and a writer reach
Redis. Tokens are never used twice: after a wipe no old answer can fit a new one.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
from redis.asyncio import Redis

from api.cache.breaker import Breaker
from api.cache.freshness import Tag
from api.streams import keys
from api.streams.connection import UNREACHABLE
from api.telemetry import CACHE_LOOKUPS

CHANNEL: Final = "changes"
MAXIMUM_BYTES: Final = 512 * 1024
"""Of one answer: a larger one is quicker read again than carried to and fro."""
TOKEN_SECONDS: Final = 24 * 3600
"""A token outlives every answer by far; that it ends at all lets any eviction policy work on a full Redis."""

_LOOKUPS: Final = {outcome: CACHE_LOOKUPS.labels("l2", outcome) for outcome in ("hit", "miss", "unreachable")}

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedAnswer:
    """`read_at` by the wall clock of the process that read it."""

    body: bytes
    read_at: float


@dataclass(frozen=True, slots=True)
class Found:
    """Without tokens Redis did not answer, and nothing may be stored."""

    answer: SharedAnswer | None
    tokens: Tokens | None


NOTHING: Final = Found(None, None)


class Shared:
    def __init__(self, redis: "Redis", monotonic: Callable[[], float]) -> None:
        self.origin = secrets.token_hex(8)
        self._redis = redis
        self._breaker = Breaker(monotonic)

    async def find(self, tenant_id: UUID, key: bytes, tags: Sequence[Tag]) -> Found:
        """In one round trip, but for the first one of a tenant."""
        if not self._breaker.allows():
            _LOOKUPS["unreachable"].inc()
            return NOTHING
        names = [keys.cache_generation(tenant_id, tag) for tag in tags]
        try:
            found: list[Any] = await self._redis.mget([keys.cached_answer(tenant_id, key), *names])
            stored, *tokens = found
            if None in tokens:
                tokens = await self._first_tokens(names)
        except UNREACHABLE:
            self._breaker.failed()
            _LOOKUPS["unreachable"].inc()
            return NOTHING
        self._breaker.succeeded()
        if None in tokens:
            return NOTHING  # evicted at once: no room for anything
        standing = tuple(token.decode() for token in tokens)
        answer = None if stored is None else _unpack(stored, key, standing)
        _LOOKUPS["miss" if answer is None else "hit"].inc()
        return Found(answer, standing)

    async def store(self, tenant_id: UUID, key: bytes, answer: SharedAnswer, tokens: Tokens, seconds: float) -> None:
        if len(answer.body) > MAXIMUM_BYTES or not self._breaker.allows():
            return
        head = orjson.dumps([key.hex(), answer.read_at, tokens])
        try:
            name = keys.cached_answer(tenant_id, key)
            await self._redis.set(name, head + b"\n" + answer.body, px=max(1, int(seconds * 1000)))
        except UNREACHABLE:
            self._breaker.failed()
        else:
            self._breaker.succeeded()

    async def replace_tokens(self, tenant_id: UUID, tags: Iterable[Tag]) -> bool:
        """Makes every answer of these tags untrue and tells the other processes; False when Redis did not answer."""
        if not self._breaker.allows():
            return False
        changed = sorted(tags)
        async with self._redis.pipeline(transaction=False) as pipeline:
            for tag in changed:
                pipeline.set(keys.cache_generation(tenant_id, tag), secrets.token_hex(8), ex=TOKEN_SECONDS)
            pipeline.publish(keys.channel(tenant_id, CHANNEL), f"{self.origin} {','.join(changed)}")
            try:
                await pipeline.execute()
            except UNREACHABLE:
                self._breaker.failed()
                return False
        self._breaker.succeeded()
        return True

    async def _first_tokens(self, names: Sequence[str]) -> list[Any]:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for name in names:
                pipeline.set(name, secrets.token_hex(8), nx=True, ex=TOKEN_SECONDS)
            pipeline.mget(names)
            return list((await pipeline.execute())[-1])


def _unpack(stored: bytes, key: bytes, standing: Tokens) -> SharedAnswer | None:
    """None for an answer that has become untrue, or that is not what was asked for."""
    head, _, body = stored.partition(b"\n")
    name, read_at, tokens = orjson.loads(head)
    return SharedAnswer(body, read_at) if name == key.hex() and tuple(tokens) == standing else None

"""Takes a person's traces out of Redis: the tenant's kept answers, and what names the person on the streams."""

import logging
import time
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from redis.asyncio import Redis

from api.cache.freshness import EVERYTHING
from api.cache.shared import Shared
from api.streams import keys
from api.streams.connection import UNREACHABLE
from api.streams.topics import TOPICS

PAGE: Final = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Forgotten:
    answers: int
    entries: int


async def forget(redis: "Redis", tenant_id: UUID, customer_id: UUID) -> Forgotten | None:
    """None when Redis did not answer. Answers there end by themselves within seconds, and streams hold ids alone."""
    try:
        # First, so that no answer from before is stored or shown afterwards.
        if not await Shared(redis, time.monotonic).replace_tokens(tenant_id, EVERYTHING):
            return None
        return Forgotten(await _answers(redis, tenant_id), await _entries(redis, tenant_id, customer_id.hex))
    except UNREACHABLE as error:
        log.warning("what Redis holds of an erased person is not taken away: %s", type(error).__name__)
        return None


async def _answers(redis: "Redis", tenant_id: UUID) -> int:
    found = [name async for name in redis.scan_iter(match=keys.cached_answers(tenant_id), count=PAGE)]
    for begin in range(0, len(found), PAGE):
        await redis.unlink(*found[begin : begin + PAGE])
    return len(found)


async def _entries(redis: "Redis", tenant_id: UUID, sign: str) -> int:
    """An entry with others beside this person goes too: its row in the outbox brings it again, without the person."""
    removed = 0
    for topic in TOPICS:
        stream = keys.stream(keys.shard_of(tenant_id), topic)
        begin = "-"
        while page := await redis.xrange(stream, min=begin, count=PAGE):
            named = [_text(entry) for entry, fields in page if _names(fields, tenant_id, sign)]
            if named:
                removed += int(await redis.xdel(stream, *named))
            begin = f"({_text(page[-1][0])}"
    return removed


def _names(fields: Any, tenant_id: UUID, sign: str) -> bool:
    given = {_text(name): _text(value) for name, value in fields.items()}
    return given.get("tenant") == tenant_id.hex and sign in given.get("payload", "")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)

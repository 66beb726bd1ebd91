"""What Redis says of itself and of the six streams. Two round trips, however many shards there are."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from api.streams import keys
from api.streams.stream import GROUP
from api.streams.topics import TOPICS, Topic

INFO_SECTIONS: Final = ("server", "memory", "clients", "stats")
COMMANDS_PER_STREAM: Final = 3


@dataclass(frozen=True, slots=True)
class ShardReport:
    """`lag` counts entries that no consumer has read, None when Redis cannot tell; `pending` those that were read and
    not acknowledged. `oldest_seconds` is the age of the oldest of both."""

    topic: Topic
    shard: int
    length: int
    lag: int | None
    pending: int
    oldest_seconds: float | None


@dataclass(frozen=True, slots=True)
class RedisReport:
    latency_seconds: float
    version: str
    memory_bytes: int
    memory_limit_bytes: int | None
    clients: int
    evicted_keys: int
    shards: tuple[ShardReport, ...]


async def inspect(commands: "Redis") -> RedisReport:
    begun = time.perf_counter()
    await commands.ping()
    latency = time.perf_counter() - begun
    names = [(topic, shard) for topic in TOPICS for shard in range(keys.SHARDS)]
    async with commands.pipeline(transaction=False) as pipeline:
        pipeline.time()
        pipeline.info(*INFO_SECTIONS)
        for topic, shard in names:
            key = keys.stream(shard, topic)
            pipeline.xlen(key)
            pipeline.xinfo_groups(key)
            pipeline.xpending(key, GROUP)
        now, info, *answers = await pipeline.execute(raise_on_error=False)
    now_milliseconds = now[0] * 1000 + now[1] / 1000
    found = [answers[start : start + COMMANDS_PER_STREAM] for start in range(0, len(answers), COMMANDS_PER_STREAM)]
    oldest = await _oldest(commands, names, found)
    limit = int(info["maxmemory"])
    return RedisReport(
        latency_seconds=latency,
        version=_product(info),
        memory_bytes=int(info["used_memory"]),
        memory_limit_bytes=limit or None,
        clients=int(info["connected_clients"]),
        evicted_keys=int(info["evicted_keys"]),
        shards=tuple(
            ShardReport(
                topic,
                shard,
                length=_length(answer[0]),
                lag=_lag(_group(answer[1]), _length(answer[0])),
                pending=int(_group(answer[1]).get("pending", 0)),
                oldest_seconds=None if first is None else max(0.0, (now_milliseconds - first) / 1000),
            )
            for (topic, shard), answer, first in zip(names, found, oldest, strict=True)
        ),
    )


async def _oldest(
    commands: "Redis", names: Sequence[tuple[Topic, int]], found: Sequence[Sequence[Any]]
) -> list[float | None]:
    """When the oldest entry without effect was added, in milliseconds: an entry's id begins with its time."""
    async with commands.pipeline(transaction=False) as pipeline:
        for (topic, shard), answer in zip(names, found, strict=True):
            delivered = str(_group(answer[1]).get("last-delivered-id", "0-0"))
            pipeline.xrange(keys.stream(shard, topic), min=f"({delivered}", count=1)
        unread = await pipeline.execute(raise_on_error=False)
    moments: list[float | None] = []
    for answer, entries in zip(found, unread, strict=True):
        ids = [str(entries[0][0])] if isinstance(entries, list) and entries else []
        if isinstance(answer[2], dict) and answer[2].get("min"):
            ids.append(str(answer[2]["min"]))
        moments.append(min((float(one.partition("-")[0]) for one in ids), default=None))
    return moments


def _group(groups: Any) -> dict[str, Any]:
    """Ours among a stream's groups; empty while there is no such stream or group."""
    if isinstance(groups, ResponseError):
        return {}
    return next((group for group in groups if group["name"] == GROUP), {})


def _lag(group: dict[str, Any], length: int) -> int | None:
    lag = group.get("lag", length)
    return None if lag is None else int(lag)


def _length(answer: Any) -> int:
    if isinstance(answer, Exception):
        raise answer
    return int(answer)


def _product(info: dict[str, Any]) -> str:
    valkey = info.get("valkey_version")
    return f"Valkey {valkey}" if valkey else f"Redis {info['redis_version']}"

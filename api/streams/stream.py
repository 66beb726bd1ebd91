"""Redis streams: sharded by tenant, bounded, read by one consumer group."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

import orjson
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from api.streams import keys
from api.streams.connection import UNREACHABLE, stop_if_cancelled
from api.streams.topics import TOPICS, Topic

GROUP: Final = "cip"
MAXIMUM_LENGTH: Final = 10_000
READ_COUNT: Final = 64
BLOCK_MILLISECONDS: Final = 2_000
ABANDONED_MILLISECONDS: Final = 30_000
RETRY_SECONDS: Final = 0.5

Deliver = Callable[[Topic, UUID, UUID, dict[str, Any]], Awaitable[bool]]
"""Takes (topic, tenant id, message id, payload); says whether the message has had its effect."""

log = logging.getLogger(__name__)


class Stream:
    def __init__(self, commands: "Redis", blocking: "Redis", consumer: str) -> None:
        self._commands = commands
        self._blocking = blocking
        self._consumer = consumer

    async def add(self, topic: Topic, tenant_id: UUID, message_id: UUID, payload: dict[str, Any]) -> None:
        fields: dict[Any, Any] = {"tenant": tenant_id.hex, "id": message_id.hex, "payload": orjson.dumps(payload)}
        key = keys.stream(keys.shard_of(tenant_id), topic)
        await self._commands.xadd(key, fields, maxlen=MAXIMUM_LENGTH, approximate=True)

    async def consume(self, shard: int, deliver: Deliver) -> None:
        """Reads one shard of every topic until cancelled; an entry is acknowledged after it was delivered."""
        topics = {keys.stream(shard, topic): topic for topic in TOPICS}
        while True:
            stop_if_cancelled()
            try:
                for key in topics:
                    await self._create_group(key)
                while True:
                    stop_if_cancelled()
                    for key, topic in topics.items():
                        await self._take_over(key, topic, deliver)
                    answer = await self._blocking.xreadgroup(
                        GROUP, self._consumer, dict.fromkeys(topics, ">"), count=READ_COUNT, block=BLOCK_MILLISECONDS
                    )
                    for found in answer or ():
                        key = str(found[0])
                        await self._deliver(key, topics[key], found[1], deliver)
            except ResponseError as error:
                log.warning("the streams of shard %s must be set up again: %s", shard, error)
            except UNREACHABLE as error:
                log.debug("the streams of shard %s cannot be reached: %s", shard, type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _create_group(self, key: str) -> None:
        try:
            await self._commands.xgroup_create(key, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _take_over(self, key: str, topic: Topic, deliver: Deliver) -> None:
        """Finishes what a consumer that died had read and not acknowledged."""
        answer = await self._commands.xautoclaim(
            key, GROUP, self._consumer, ABANDONED_MILLISECONDS, start_id="0-0", count=READ_COUNT
        )
        await self._deliver(key, topic, answer[1], deliver)

    async def _deliver(self, key: str, topic: Topic, entries: Any, deliver: Deliver) -> None:
        """Every entry is acknowledged: one without effect stays in the outbox, where its tries are counted."""
        for entry_id, fields in entries:
            try:
                if fields:
                    tenant_id, message_id = UUID(hex=fields["tenant"]), UUID(hex=fields["id"])
                    await deliver(topic, tenant_id, message_id, orjson.loads(fields["payload"]))
            except Exception:
                log.exception("the entry %s of %s cannot be read", entry_id, key)
            await self._commands.xack(key, GROUP, entry_id)

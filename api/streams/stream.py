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

GROUP: Final = "metrics"
MAXIMUM_LENGTH: Final = 10_000
READ_COUNT: Final = 64
BLOCK_MILLISECONDS: Final = 2_000
ABANDONED_MILLISECONDS: Final = 30_000
RETRY_SECONDS: Final = 0.5

Handler = Callable[[UUID, UUID, dict[str, Any]], Awaitable[None]]

log = logging.getLogger(__name__)


class Stream:
    def __init__(self, commands: "Redis", blocking: "Redis", consumer: str) -> None:
        self._commands = commands
        self._blocking = blocking
        self._consumer = consumer

    async def add(self, name: str, tenant_id: UUID, message_id: UUID, payload: dict[str, Any]) -> None:
        fields: dict[Any, Any] = {"tenant": tenant_id.hex, "id": message_id.hex, "payload": orjson.dumps(payload)}
        key = keys.stream(keys.shard_of(tenant_id), name)
        await self._commands.xadd(key, fields, maxlen=MAXIMUM_LENGTH, approximate=True)

    async def consume(self, name: str, shard: int, handle: Handler) -> None:
        """Reads one shard until cancelled; an entry is acknowledged after it was handled."""
        key = keys.stream(shard, name)
        while True:
            stop_if_cancelled()
            try:
                await self._create_group(key)
                while True:
                    stop_if_cancelled()
                    await self._take_over(key, handle)
                    answer = await self._blocking.xreadgroup(
                        GROUP, self._consumer, {key: ">"}, count=READ_COUNT, block=BLOCK_MILLISECONDS
                    )
                    for found in answer or ():
                        await self._handle(key, found[1], handle)
            except ResponseError as error:
                log.warning("the stream %s must be set up again: %s", key, error)
            except UNREACHABLE as error:
                log.debug("the stream %s cannot be reached: %s", key, type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def _create_group(self, key: str) -> None:
        try:
            await self._commands.xgroup_create(key, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _take_over(self, key: str, handle: Handler) -> None:
        """Finishes what a consumer that died had read and not acknowledged."""
        answer = await self._commands.xautoclaim(
            key, GROUP, self._consumer, ABANDONED_MILLISECONDS, start_id="0-0", count=READ_COUNT
        )
        await self._handle(key, answer[1], handle)

    async def _handle(self, key: str, entries: Any, handle: Handler) -> None:
        """Every entry is acknowledged: one without effect stays in the outbox, and the relay hands it over again."""
        for entry_id, fields in entries:
            try:
                if fields:
                    tenant_id, message_id = UUID(hex=fields["tenant"]), UUID(hex=fields["id"])
                    await handle(tenant_id, message_id, orjson.loads(fields["payload"]))
            except Exception:
                log.exception("the entry %s of %s had no effect", entry_id, key)
            await self._commands.xack(key, GROUP, entry_id)

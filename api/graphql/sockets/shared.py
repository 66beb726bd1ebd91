"""One execution, and one serialisation of each of its messages, for all its subscribers in this process."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

from api.auth.permissions import Permission
from api.graphql.context import Context
from api.graphql.errors import shown
from api.graphql.operation import CipSchema
from api.graphql.sockets.audiences import Audience, Subscriber, audience
from api.graphql.sockets.frames import Subscribe
from api.graphql.sockets.results import execute, payload, refusal
from api.streams.feeds import Feed, Sharing
from api.telemetry import SHARED_STREAMS

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Key:
    """Who has the same key may have the same messages."""

    tenant_id: UUID
    permissions: frozenset[Permission]
    query: str
    operation_name: str | None
    variables: bytes


@dataclass(frozen=True, slots=True, eq=False)
class SharedStream:
    key: Key
    audience: Audience
    task: asyncio.Task[None]


class SharedStreams:
    """The first subscriber starts an execution, the last one stops it."""

    def __init__(self, schema: CipSchema, now: Callable[[], float] = monotonic) -> None:
        self._schema = schema
        self._now = now
        self._streams: dict[Key, SharedStream] = {}

    def __len__(self) -> int:
        return len(self._streams)

    def join(
        self,
        key: Key,
        sharing: Sharing,
        asked: Subscribe,
        variables: dict[str, Any],
        context: Context,
        subscriber: Subscriber,
        cursor: str | None,
    ) -> SharedStream:
        stream = self._streams.get(key)
        if stream is None:
            shared = context.of_nobody()
            shared.feed = Feed()
            listeners = audience(sharing, shared.feed, self._now)
            task = asyncio.create_task(self._run(key, listeners, asked, variables, shared))
            stream = self._streams[key] = SharedStream(key, listeners, task)
            SHARED_STREAMS.inc()
        stream.audience.join(subscriber, cursor)
        return stream

    async def leave(self, stream: SharedStream, subscriber: Subscriber) -> None:
        """At its end nothing of an execution that nobody needs any more is left."""
        stream.audience.leave(subscriber)
        if len(stream.audience) == 0 and self._forget(stream.key, stream.audience):
            stream.task.cancel()
            await asyncio.wait([stream.task])

    def _forget(self, key: Key, listeners: Audience) -> bool:
        """False when it was forgotten before; there may be a new one by now."""
        stream = self._streams.get(key)
        if stream is None or stream.audience is not listeners:
            return False
        del self._streams[key]
        SHARED_STREAMS.dec()
        return True

    async def _run(
        self, key: Key, listeners: Audience, asked: Subscribe, variables: dict[str, Any], context: Context
    ) -> None:
        errors: list[Any] | None = None
        try:
            async with aclosing(await execute(self._schema, asked, variables, context)) as results:
                async for result in results:
                    errors = refusal(result)
                    if errors is not None:
                        break
                    listeners.publish(payload(result))
                    await context.renew_operation()
        except Exception as error:  # noqa: BLE001  (shown and logged)
            errors = [shown(error, context.request_id).formatted]
        self._forget(key, listeners)
        for subscriber in tuple(listeners):
            listeners.leave(subscriber)
            subscriber.ended()
            subscriber.lane.finish(errors)

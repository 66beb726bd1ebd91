"""The operations of one socket: each with an execution of its own, or with a part in a shared one."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Protocol

from api.graphql.context import Context
from api.graphql.errors import shown
from api.graphql.operation import CipSchema
from api.graphql.permissions import refusal
from api.graphql.sockets import frames, results
from api.graphql.sockets.audiences import Subscriber
from api.graphql.sockets.frames import Subscribe
from api.graphql.sockets.outbox import Lane, Outbox
from api.graphql.sockets.plans import Plan, canonical
from api.graphql.sockets.shared import Key, SharedStream, SharedStreams

Ended = Callable[[], None]


class Operation(Protocol):
    async def stop(self) -> None:
        """Returns when nothing of it is left."""


class Alone:
    """Pulls each result when the one before has found its place in the outbox: a slow client slows itself down."""

    def __init__(self, schema: CipSchema, asked: Subscribe, context: Context, outbox: Outbox, ended: Ended) -> None:
        self._outbox = outbox
        self._ended = ended
        self._task = asyncio.create_task(self._run(schema, asked, context.for_operation()))

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self, schema: CipSchema, asked: Subscribe, context: Context) -> None:
        try:
            last = await self._pass_on(schema, asked, context)
        except Exception as error:  # noqa: BLE001  (shown and logged)
            last = frames.error(asked.id, [shown(error, context.request_id).formatted])
        await self._outbox.put(last)
        self._ended()

    async def _pass_on(self, schema: CipSchema, asked: Subscribe, context: Context) -> str:
        """The last frame."""
        head = frames.next_head(asked.id)
        async with aclosing(await results.execute(schema, asked, asked.variables, context)) as stream:
            async for result in stream:
                errors = results.refusal(result)
                if errors is not None:
                    return frames.error(asked.id, errors)
                await self._outbox.put(f"{head}{results.payload(result)}}}")
                await context.renew_operation()
        return frames.complete(asked.id)


class Shared:
    def __init__(self, streams: SharedStreams, stream: SharedStream, subscriber: Subscriber) -> None:
        self._streams = streams
        self._stream = stream
        self._subscriber = subscriber

    async def stop(self) -> None:
        self._subscriber.lane.clear()
        await self._streams.leave(self._stream, self._subscriber)

    @classmethod
    def join(
        cls, streams: SharedStreams, plan: Plan, asked: Subscribe, context: Context, outbox: Outbox, ended: Ended
    ) -> "Shared | None":
        """None for what has to run alone, were it only to be refused."""
        split = plan.split(asked.variables)
        if plan.sharing is None or split is None or refusal(context.maybe_caller, plan.needs) is not None:
            return None
        variables, cursor = split
        equal = canonical(variables)
        if equal is None:
            return None
        principal = context.principal
        key = Key(principal.tenant_id, principal.permissions, asked.query, asked.operation_name, equal)
        subscriber = Subscriber(Lane(outbox, asked.id), ended)
        stream = streams.join(key, plan.sharing, asked, variables, context, subscriber, cursor)
        return cls(streams, stream, subscriber)

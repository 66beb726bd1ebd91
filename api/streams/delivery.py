"""Hands messages to the consumer of their topic, whichever way they came: by a stream, or by the relay itself."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from api import log_context, telemetry
from api.log_context import LogContext
from api.streams import outbox
from api.streams.topics import Topic
from models.database import Database, is_unreachable

Handler = Callable[[UUID, UUID, dict[str, Any]], Awaitable[None]]
"""Takes (tenant id, message id, payload) and has its effect once, however often it is called."""

log = logging.getLogger(__name__)


class Delivery:
    """One consumer a topic."""

    def __init__(self, database: Database, handlers: Mapping[Topic, Handler]) -> None:
        self._database = database
        self._handlers = handlers

    async def deliver(self, topic: Topic, tenant_id: UUID, message_id: UUID, payload: dict[str, Any]) -> bool:
        """False when it had no effect: then it stays in the outbox, with what went wrong noted there."""
        with log_context.bound(LogContext(tenant_id=tenant_id, message_id=message_id)):
            done = await self._deliver(topic, tenant_id, message_id, payload)
        telemetry.MESSAGES.labels(topic.value, "done" if done else "failed").inc()
        return done

    async def _deliver(self, topic: Topic, tenant_id: UUID, message_id: UUID, payload: dict[str, Any]) -> bool:
        try:
            await self._handlers[topic](tenant_id, message_id, payload)
        except Exception as error:
            if is_unreachable(error):
                log.warning("message %s of tenant %s waits for the database", message_id, tenant_id)
                return False
            log.exception("message %s of tenant %s had no effect and stays in the outbox", message_id, tenant_id)
            await self._note(tenant_id, message_id, error)
            return False
        return True

    async def drain(self, tenant_id: UUID) -> None:
        """Delivers what waits in the outbox without any stream: for loading history, where nobody listens yet."""
        while True:
            async with self._database.unit_of_work(tenant_id) as session:
                waiting = await outbox.list_waiting(session, tenant_id)
            if not waiting:
                return
            for message in waiting:
                await self._handlers[Topic(message.topic)](tenant_id, message.id, message.payload)

    async def _note(self, tenant_id: UUID, message_id: UUID, error: Exception) -> None:
        """The kind of error alone: its text could hold a customer's data."""
        try:
            async with self._database.unit_of_work(tenant_id) as session:
                await outbox.note_fault(session, tenant_id, message_id, type(error).__name__)
        except Exception as unnoted:
            if not is_unreachable(unnoted):
                raise

"""Wakes the subscriptions of a tenant when its numbers changed.

A wake-up carries no data: whoever is woken reads the database. So a lost, doubled or late one can make an update late,
never wrong; and without Redis the subscriptions look for themselves (see `patience`).
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from redis.asyncio import Redis

from api.streams import keys
from api.streams.connection import UNREACHABLE, stop_if_cancelled
from api.streams.pause import Pause
from api.streams.pulse import Pulse

CHANNEL: Final = "metrics"
HEARTBEAT_SECONDS: Final = 2.0
RETRY_SECONDS: Final = 0.5
PATIENCE_WITH_REDIS: Final = 5.0
PATIENCE_WITHOUT_REDIS: Final = 1.0

log = logging.getLogger(__name__)


class Hub:
    """One per process. `connected` says whether Redis carries the wake-ups right now."""

    def __init__(self, commands: "Redis", blocking: "Redis") -> None:
        self.connected = False
        self.pulse = Pulse(commands)
        self._pause = Pause()
        self._commands = commands
        self._blocking = blocking
        self._listeners: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._announced: list[Callable[[UUID], None]] = []
        self._channels: dict[str, Callable[[UUID, str], None]] = {}

    def on_announce(self, observer: Callable[[UUID], None]) -> None:
        """Called before anybody is woken by an announcement of this process."""
        self._announced.append(observer)

    @property
    def commands(self) -> "Redis":
        """For what is to be changed in Redis itself."""
        return self._commands

    def listen(self, channel: str, hear: Callable[[UUID, str], None]) -> None:
        """Hands on what is published on another channel of any tenant. To be called before `run`."""
        self._channels[channel] = hear

    @property
    def patience(self) -> float:
        """Seconds after which a subscription looks for changes although nothing woke it."""
        return PATIENCE_WITH_REDIS if self.connected else PATIENCE_WITHOUT_REDIS

    @contextmanager
    def listening(self, tenant_id: UUID) -> Iterator[asyncio.Event]:
        """An event that is set at each wake-up of the tenant; the listener clears it."""
        wake = asyncio.Event()
        self._listeners[tenant_id].add(wake)
        try:
            yield wake
        finally:
            self._listeners[tenant_id].discard(wake)
            if not self._listeners[tenant_id]:
                del self._listeners[tenant_id]

    async def announce(self, tenant_id: UUID, revision: int) -> None:
        """Wakes this process's subscriptions at once, and those of others by Redis when it answers."""
        for observer in self._announced:
            observer(tenant_id)
        self._wake(tenant_id)
        if self._pause.lasts:
            return
        try:
            await self._commands.publish(keys.channel(tenant_id, CHANNEL), str(revision))
        except UNREACHABLE as error:
            self._pause.begin()
            self._lost(error)

    async def run(self) -> None:
        """Listens until cancelled, and comes back by itself after any loss of Redis."""
        while True:
            stop_if_cancelled()
            try:
                await self._listen()
            except UNREACHABLE as error:
                self._lost(error)
                await asyncio.sleep(RETRY_SECONDS)

    async def _listen(self) -> None:
        async with self._blocking.pubsub() as pubsub:
            await pubsub.psubscribe(*map(keys.channels_of_all_tenants, (CHANNEL, *self._channels)))
            loop = asyncio.get_running_loop()
            due = loop.time()
            while True:
                stop_if_cancelled()
                if loop.time() >= due:  # however many messages come in between
                    await self.pulse.beat()
                    self._found()
                    due = loop.time() + HEARTBEAT_SECONDS
                wait = max(0.01, due - loop.time())
                message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=wait)
                if message is not None:
                    self._hear(message["channel"], message["data"])

    def _hear(self, channel: str, data: str) -> None:
        tenant_id = keys.tenant_of(channel)
        hear = self._channels.get(keys.name_of(channel))
        if hear is None:
            self._wake(tenant_id)
        else:
            hear(tenant_id, data)

    def _wake(self, tenant_id: UUID) -> None:
        for wake in self._listeners.get(tenant_id, ()):
            wake.set()

    def _found(self) -> None:
        if not self.connected:
            log.info("Redis answers: live updates go through it")
            self.connected = True

    def _lost(self, error: Exception) -> None:
        self.pulse.failed(error)
        if self.connected:
            log.warning("Redis does not answer (%s): live updates come from Postgres", type(error).__name__)
            self.connected = False
            for tenant_id in self._listeners:
                self._wake(tenant_id)

"""Composition root of the background work: the relay of the outbox, the consumers of the streams, and the jobs."""

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, Final
from uuid import UUID

from redis.asyncio import Redis

from api.accounts.service import UNTHROTTLED
from api.audit.denials import record_denial
from api.audit.sealing import Sealer
from api.auth.keys import Keys
from api.auth.passwords import Passwords
from api.bulk.contracts import RUN as BULK
from api.bulk.contracts import WRITE as BULK_WRITE
from api.bulk.running import BulkWork, Reading
from api.bulk.writing import BulkWriting
from api.cache.cache import Cache
from api.cache.forgetting import forget
from api.cache.freshness import Tag
from api.cache.invalidation import Invalidation
from api.consumers import delivery
from api.events.service import Ingest
from api.graphql.context import Services
from api.graphql.operation import CipSchema
from api.imports.contracts import RUN_JOB, UNDO_JOB
from api.imports.running import ImportWork
from api.imports.undoing import UndoWork
from api.jobs.contracts import JobHandler
from api.jobs.runner import Runner
from api.jobs.turn import Ended
from api.journeys import rebuild as journeys
from api.limits.limiter import Limiter
from api.metrics import recompute as metrics
from api.predictions.contracts import SCORE_JOB, TRAIN_JOB
from api.predictions.jobs import ModelWork
from api.privacy.contracts import ERASE_JOB, EXPORT_JOB
from api.privacy.erasing import Erasure
from api.privacy.exporting import DataExport
from api.privacy.retention import RETENTION_JOB, Retention
from api.schema import make_schema
from api.segments.contracts import REFRESH_JOB
from api.segments.contracts import RUN_JOB as SEGMENTATION_JOB
from api.segments.refreshing import Refresh
from api.segments.running import SegmentationWork
from api.settings import Settings
from api.streams.connection import connect, connect_blocking
from api.streams.delivery import Delivery
from api.streams.hub import Hub
from api.streams.inspection import inspect
from api.streams.keys import SHARDS
from api.streams.relay import Relay
from api.streams.stream import Stream
from api.system.monitor import Monitor
from api.system.process import Process
from api.tenants.repository import list_tenant_ids
from api.webhooks.contracts import SEND, DeliveryRecord
from api.webhooks.dispatcher import Dispatcher
from api.webhooks.principal import ServicePrincipal
from api.webhooks.selection import render
from api.webhooks.sending import Sending
from models.database import Database

WRITTEN_BY_JOBS: Final = frozenset(Tag) - {Tag.ACCOUNTS}
"""Imports, rebuilds, recomputations, models and segments: none of them touches who may come in."""


def job_handlers(
    database: Database, hub: Hub, now: Callable[[], datetime], settings: Settings
) -> dict[str, JobHandler]:
    """Who does the work of each kind of job."""
    ingest = Ingest(database, lambda _: None, now)
    models = ModelWork(database, now)
    reading = reader(database, hub, now, settings)
    return {
        metrics.KIND: metrics.Recompute(database, hub, now).run,
        journeys.KIND: journeys.Rebuild(database, hub, now).run,
        RUN_JOB: ImportWork(database, ingest, now).run,
        UNDO_JOB: UndoWork(database, ingest, now).run,
        SEGMENTATION_JOB: SegmentationWork(database, now).run,
        REFRESH_JOB: Refresh(database, now).run,
        TRAIN_JOB: models.train,
        SCORE_JOB: models.score,
        RETENTION_JOB: Retention(database, now).run,
        EXPORT_JOB: DataExport(database, now).run,
        ERASE_JOB: Erasure(database, hub, partial(forget, hub.commands), now).run,
        SEND: webhook_sending(database, hub, now, settings, reading).run,
        BULK: BulkWork(database, reading, now).run,
        BULK_WRITE: BulkWriting(database, reading, now).run,
    }


def reader(database: Database, hub: Hub, now: Callable[[], datetime], settings: Settings) -> Reading:
    """Runs queries for jobs. The schema takes a while to make, so it is made when the first of them asks for it."""
    keys = Keys.derive(*settings.keys)

    @cache
    def reading() -> tuple[CipSchema, Services]:
        services = Services(
            database,
            keys,
            Passwords(),
            hub,
            now,
            lambda _: None,
            partial(record_denial, database, now),
            None,
            shows_installation=False,
            invalidation=Invalidation(None, time.monotonic),
            limiter=Limiter(None, enabled=False),
            logins=UNTHROTTLED,
            outgoing=settings.outgoing,
            discovery=None,
            base_url=settings.base_url,
        )
        return make_schema(), services

    return reading


def webhook_sending(
    database: Database, hub: Hub, now: Callable[[], datetime], settings: Settings, reading: Reading | None = None
) -> Sending:
    reading = reading or reader(database, hub, now, settings)
    keys = Keys.derive(settings.jwt_secret_key.get_secret_value())

    async def render_message(reader: ServicePrincipal, delivery: DeliveryRecord, query: str | None) -> bytes:
        return await render(*reading(), reader, delivery, query)

    accepted = [one.webhooks for one in keys.all[1:]]
    return Sending(database, settings.outgoing, render_message, keys.webhooks, now, accepted=accepted)


def tells(invalidation: Invalidation) -> Ended:
    """After each turn at a job nothing is shown that was kept before it. Messages to webhooks change nothing here."""

    def ended(tenant_id: UUID, kind: str) -> None:
        if kind != SEND:
            invalidation.changed(tenant_id, WRITTEN_BY_JOBS)

    return ended


@dataclass(frozen=True, slots=True)
class Worker:
    """The relay, the consumers and the jobs, ready to run in any loop."""

    relay: Relay
    stream: Stream
    delivery: Delivery
    jobs: Runner
    watchers: tuple[Callable[[], Coroutine[Any, Any, None]], ...]
    """Those who look for work that time brings, and ask for jobs; each goes on until cancelled."""

    @classmethod
    def of(
        cls,
        database: Database,
        commands: "Redis",
        blocking: "Redis",
        hub: Hub,
        now: Callable[[], datetime],
        settings: Settings,
        invalidation: Invalidation,
    ) -> "Worker":
        def worked_out(tenant_id: UUID) -> None:
            invalidation.streamed(tenant_id, {Tag.INTELLIGENCE})

        deliveries = delivery(database, hub, now)
        name = f"{socket.gethostname()}-{os.getpid()}"
        stream = Stream(commands, blocking, name)
        jobs = Runner(database, job_handlers(database, hub, now, settings), now, ended=tells(invalidation))
        watchers = (
            Refresh(database, now, worked_out).watch,
            ModelWork(database, now, worked_out).rescore,
            Dispatcher(database, now).run,
            Retention(database, now).watch,
            partial(Sealer(database, now).watch, partial(list_tenant_ids, database)),
        )
        return cls(Relay(database, stream, deliveries, now), stream, deliveries, jobs, watchers)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.run_streams())
            tasks.create_task(self.jobs.run())

    async def run_streams(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.relay.run())
            for watch in self.watchers:
                tasks.create_task(watch())
            for shard in range(SHARDS):
                tasks.create_task(self.stream.consume(shard, self.delivery.deliver))


@asynccontextmanager
async def redis_clients(url: str) -> AsyncIterator[tuple["Redis", "Redis"]]:
    commands, blocking = connect(url), connect_blocking(url)
    try:
        yield commands, blocking
    finally:
        await commands.aclose()
        await blocking.aclose()


def real_now() -> datetime:
    return datetime.now(UTC)


async def run(settings: Settings) -> None:
    """Until cancelled."""
    database = Database.connect(settings.database_url, pool_size=5)
    try:
        async with redis_clients(settings.redis_url) as (commands, blocking):
            hub = Hub(commands, blocking)
            cache = Cache.of(settings.redis_url, hub)
            worker = Worker.of(database, commands, blocking, hub, real_now, settings, cache.invalidation)
            process = Process("worker", real_now(), lambda: ("worker",), (), None)
            monitor = Monitor(process, database, settings.database_url, partial(inspect, commands), real_now)
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(worker.run())
                    tasks.create_task(cache.run())
                    tasks.create_task(monitor.run())
            finally:
                await monitor.close()
                await cache.close()
    finally:
        await database.close()

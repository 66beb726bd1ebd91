"""Composition root of the web: settings and adapters become one ASGI application."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

import httpx
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute

from api.accounts.api_key_service import ApiKeys
from api.accounts.service import Accounts
from api.accounts.sessions_service import find_principals
from api.accounts.source_key_service import SourceKeys
from api.audit.denials import record_denial
from api.auth.keys import Keys
from api.auth.passwords import Passwords
from api.cache.cache import Cache
from api.cache.freshness import Tag
from api.demo.replay_loop import replay_all
from api.demo.tenants import DEMO_TENANTS
from api.events.service import Ingest
from api.graphql.context import Services
from api.graphql.credentials import Authenticator
from api.graphql.events import Events
from api.graphql.hits import Hits
from api.graphql.limits import BODY_LIMIT
from api.graphql.observed import Observed
from api.graphql.transport import GraphQLView, refused_answer
from api.http import health, metrics
from api.http.batch import Batches
from api.http.bulk import BulkFiles
from api.http.exports import Exports
from api.http.outage import PATIENCE_SECONDS, Outage
from api.http.privacy import PersonFiles
from api.http.schema_file import SchemaFile
from api.http.sessions import SessionCookie, Sessions
from api.http.sign_in import SignInForms
from api.http.uploads import Uploads
from api.identity_providers.discovery import Discovery
from api.identity_providers.service import SignIn
from api.limits.limiter import Limits
from api.limits.own import OwnLimits
from api.operation_window import OperationWindow
from api.schema import make_schema
from api.settings import Settings
from api.streams.connection import connect, connect_blocking
from api.streams.hub import Hub
from api.streams.inspection import inspect
from api.system.monitor import Monitor
from api.system.process import Process
from api.tenants.limits_service import find_own
from api.worker import Worker, real_now
from models.database import Database
from models.roles import check_database_role

PAGE_BODY_LIMIT: Final = 1024 * 1024
PROVIDER_SECONDS: Final = 3.0
"""An identity provider has this long for each answer, while a person waits."""

log = logging.getLogger(__name__)


class Server:
    """The API and, when asked, the worker's tasks. It opens nothing before `running`."""

    def __init__(
        self,
        settings: Settings,
        *,
        with_worker: bool = False,
        with_replay: bool = False,
        watch: Callable[[], Coroutine[None, None, None]] | None = None,
        now: Callable[[], datetime] = real_now,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.settings = settings
        self.database = Database.connect(settings.database_url)
        self._commands = connect(settings.redis_url)
        self._blocking = connect_blocking(settings.redis_url)
        self._with_replay = with_replay
        self._watch = watch
        self._patience = patience
        self._now = now
        self.stopped: list[str] = []
        self.started: list[str] = []
        self.operations = OperationWindow(time.monotonic)
        self.hub = Hub(self._commands, self._blocking)
        self.cache = Cache.of(settings.redis_url, self.hub)
        self.own_limits = OwnLimits(partial(find_own, self.database))
        self.limits = Limits.of(settings.redis_url, enabled=settings.enable_rate_limiting, own=self.own_limits)
        self.passwords = Passwords()
        self.keys = Keys.derive(*settings.keys)
        self.providers = replace(settings.outgoing, seconds=PROVIDER_SECONDS)
        self.discovery = Discovery(self.providers, time.monotonic)
        self.monitor = self._monitor("web and worker" if with_worker else "web")
        self.worker = (
            Worker.of(self.database, self._commands, self._blocking, self.hub, now, settings, self.cache.invalidation)
            if with_worker
            else None
        )
        self.ingest = Ingest(self.database, self._wake_relay, now)

    def routes(self) -> list[BaseRoute]:
        accounts = Accounts(self.database, self.passwords, self._now, self.limits.logins)
        programs = ApiKeys(self.database, self._now)
        sources = SourceKeys(self.database, self._now)
        authenticator = Authenticator(
            self.keys,
            accounts.find_users,
            self._now,
            partial(find_principals, accounts, programs),
            sources.find_source,
            programs.find_principal,
        )

        def forget_principals(tenant_id: UUID, tags: frozenset[Tag]) -> None:
            if Tag.TENANT in tags:
                self.own_limits.forget(tenant_id)
            if Tag.ACCOUNTS in tags:
                authenticator.forget(tenant_id)

        self.cache.invalidation.on_change(forget_principals)
        services = Services(
            self.database,
            self.keys,
            self.passwords,
            self.hub,
            self._now,
            self._wake_relay,
            partial(record_denial, self.database, self._now),
            self.monitor,
            self.settings.shows_installation,
            self.cache.invalidation,
            self.limits.limiter,
            self.limits.logins,
            self.settings.outgoing,
            self.discovery,
            self.settings.base_url,
        )
        schema = make_schema()
        view = GraphQLView(schema, services, authenticator, self.cache.answers)
        reading = Outage(view, refused_answer, self._patience)
        graphql = Events(Observed(Hits(reading, view.cached), self.operations), view)
        secure = self.settings.base_url.startswith("https://")
        cookie = SessionCookie(self.keys, secure=secure)
        return [
            Route("/graphql", graphql, methods=["GET", "POST"], max_body_size=BODY_LIMIT),
            WebSocketRoute("/graphql", graphql),
            *health.routes(self.monitor, self.stopped),
            *metrics.routes(self.monitor, self.settings),
            *Batches(authenticator, self.ingest, self.limits.limiter, self._patience).routes(),
            *Sessions(accounts, authenticator, cookie, self.cache.invalidation, patience=self._patience).routes(),
            *SignInForms(
                self._sign_in(), cookie, self.cache.invalidation, secure=secure, patience=self._patience
            ).routes(),
            *Uploads(services, authenticator, self.settings.max_import_mb, self._patience).routes(),
            *Exports(services, authenticator, self._patience).routes(),
            *BulkFiles(services, authenticator, self.settings.max_import_mb, self._patience).routes(),
            *SchemaFile(schema, services, authenticator, self._patience).routes(),
            *PersonFiles(services, authenticator, self._patience).routes(),
        ]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Refuses to run under a database role that could see past a tenant."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.close)
            async with self.database.engine.connect() as connection:
                await check_database_role(connection)
            self._start(stack, "hub", self.hub.run)
            self._start(stack, "cache", self.cache.run)
            self._start(stack, "monitor", self.monitor.run)
            if self.worker is not None:
                self._start(stack, "worker", self.worker.run_streams)
                self._start(stack, "jobs", self.worker.jobs.run)
            if self._watch is not None:
                self._start(stack, "watch", self._watch)
            if self._with_replay:
                self._start(stack, "replay", lambda: replay_all(self.database, self.ingest))
            yield

    async def close(self) -> None:
        self.passwords.close()
        await self.monitor.close()
        await self.cache.close()
        await self.limits.close()
        await self._blocking.aclose()
        await self._commands.aclose()
        await self.database.close()

    def _start(self, stack: AsyncExitStack, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work(), name=name)
        self.started.append(name)
        task.add_done_callback(self._report)
        stack.push_async_callback(_stop, task)

    def _sign_in(self) -> SignIn:
        return SignIn(
            self.database,
            self.keys,
            self.discovery,
            self.providers,
            self.limits.logins,
            self.settings.base_url,
            self._now,
        )

    def _monitor(self, role: str) -> Monitor:
        process = Process(role, self._now(), lambda: self.started, self.stopped, self.operations)
        return Monitor(process, self.database, self.settings.database_url, partial(inspect, self._commands), self._now)

    def _report(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.critical("the background task %s has stopped", task.get_name(), exc_info=error)
            self.stopped.append(task.get_name())

    def _wake_relay(self, tenant_id: UUID) -> None:
        """Called after each commit of ingest."""
        self.cache.invalidation.streamed(tenant_id, {Tag.RECORDS})
        if self.worker is not None:
            self.worker.relay.wake(tenant_id)


def create_app(
    settings: Settings,
    *,
    with_worker: bool = False,
    with_replay: bool = False,
    watch: Callable[[], Coroutine[None, None, None]] | None = None,
) -> Starlette:
    """The whole product: GraphQL, the plain routes and the pages; with the worker's tasks when asked.

    `watch` runs beside them, in their loop, to look after the services that were started for this process.
    """
    from ui.app import create_ui  # noqa: PLC0415  (Dash takes seconds to import, and only this root needs it)

    server = Server(settings, with_worker=with_worker, with_replay=with_replay, watch=watch)
    routes = server.routes()
    in_process = httpx.ASGITransport(Starlette(routes=routes), raise_app_exceptions=False)
    hint = [(demo.slug, user.username, user.password) for demo in DEMO_TENANTS for user in demo.users]
    pages = create_ui(in_process, settings.base_url, hint if settings.demo else ())

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with server.running():
            await pages.startup()
            try:
                yield
            finally:
                await pages.client.close()

    return Starlette(routes=[*routes, Mount("/", app=pages.asgi, max_body_size=PAGE_BODY_LIMIT)], lifespan=lifespan)


async def _stop(task: asyncio.Task[None]) -> None:
    """Asks until it is heard: clients can swallow a cancellation that comes at the moment of their answer."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1)

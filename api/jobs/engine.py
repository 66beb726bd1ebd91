"""The engine: procrastinate on connections of its own, as the role that has rights on its schema alone.

It says which job is whose turn, and no more: what a job is, and what becomes of it, stands in the tenant's row.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import psycopg
from procrastinate import App, BaseRetryStrategy, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import DeleteJobCondition, Job, Status
from procrastinate.manager import JobManager

from api.jobs.timings import Timings
from api.jobs.turn import AgainError
from models.job_engine import SCHEMA
from models.roles import JOBS_ROLE
from models.urls import libpq_parameters

CONCURRENCY: Final = 4
CONNECT_SECONDS: Final = 5
OPTIONS: Final = f"-c role={JOBS_ROLE} -c search_path={SCHEMA} -c statement_timeout=30000 -c jit=off"
UNREACHABLE: Final = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.IntegrityError)
"""The last: another worker took this one for dead and struck it off."""

MINE: Final = """
    WITH mine AS MATERIALIZED (
        SELECT id FROM procrastinate_jobs
        WHERE id = %(job_id)s AND worker_id = %(worker_id)s AND attempts = %(attempts)s AND status = 'doing' FOR UPDATE
    )"""
"""The engine would let a paused worker end another one's claim."""
FINISH: Final = f"{MINE} SELECT procrastinate_finish_job_v1(id, %(status)s, true) FROM mine"
RETRY: Final = f"{MINE} SELECT procrastinate_retry_job_v2(id, %(retry_at)s, NULL, NULL, %(lock)s) FROM mine"
TAKE_BACK: Final = """
    WITH stalled AS MATERIALIZED (
        SELECT job.id FROM procrastinate_jobs AS job LEFT JOIN procrastinate_workers AS worker ON worker.id = worker_id
        WHERE status = 'doing'
            AND (worker.id IS NULL OR last_heartbeat < now() - make_interval(secs => %(seconds)s))
        FOR UPDATE OF job SKIP LOCKED
    )
    SELECT id, procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM stalled"""

Take = Callable[[UUID, UUID], Awaitable[None]]

log = logging.getLogger(__name__)


def is_engine_unreachable(error: BaseException) -> bool:
    cause = error.__cause__ if isinstance(error, ConnectorException) else error
    return isinstance(cause, UNREACHABLE)


class Claims(JobManager):
    """Ends a claim while it is this worker's. `lost` is set when one could not be ended: the worker lives, so nobody
    would take the job back until it begins anew under another number."""

    def __init__(self, connector: PsycopgConnector) -> None:
        super().__init__(connector)
        self.lost = asyncio.Event()

    async def finish_job(self, job: Job, status: Status, delete_job: bool) -> None:
        """The engine's row goes with the job's end: its history stands in the tenant's."""
        await self._end(FINISH, job, status=status.value)

    async def retry_job(
        self,
        job: Job,
        retry_at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        await self._end(RETRY, job, retry_at=retry_at, lock=lock)

    async def take_back(self, seconds: float) -> list[int]:
        """The jobs of workers that are dead, or have been silent for so long."""
        rows = await self.connector.execute_query_all_async(TAKE_BACK, seconds=seconds)
        return [row["id"] for row in rows]

    async def _end(self, query: Any, job: Job, **arguments: object) -> None:
        try:
            await self.connector.execute_query_async(
                query, job_id=job.id, worker_id=job.worker_id, attempts=job.attempts, **arguments
            )
        except ConnectorException as error:
            log.warning("the claim of the engine's job %s is not ended: %s", job.id, type(error.__cause__).__name__)
            self.lost.set()


class AsAsked(BaseRetryStrategy):
    """Whatever ends a turn without a result leads to another one."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        if not isinstance(exception, AgainError):
            return RetryDecision(retry_in={"seconds": 0})
        # A lock of its own: while it waits, the others of its lane go on.
        return RetryDecision(retry_in={"milliseconds": int(exception.seconds * 1000)}, lock=f"again:{job.id}")


class Engine:
    def __init__(self, app: App, claims: Claims, timings: Timings) -> None:
        self._app = app
        self.claims = claims
        self._timings = timings

    async def work(self) -> None:
        """Until cancelled: then running jobs have a moment to end, and go back."""
        await self._app.run_worker_async(
            concurrency=CONCURRENCY,
            fetch_job_polling_interval=self._timings.poll,
            abort_job_polling_interval=3600,
            shutdown_graceful_timeout=self._timings.stopping,
            delete_jobs=DeleteJobCondition.ALWAYS,
            install_signal_handlers=False,
            update_heartbeat_interval=self._timings.heartbeat,
            stalled_worker_timeout=self._timings.stalled,
        )

    async def sweep(self) -> None:
        """Gives the jobs of dead workers to whoever is free. Returns when this worker has to begin anew."""
        while not self.claims.lost.is_set():
            taken = await self.claims.take_back(self._timings.stalled)
            await self.claims.prune_stalled_workers(self._timings.stalled)
            if taken:
                log.warning("jobs taken back from dead workers: %d", len(taken))
            await asyncio.sleep(self._timings.sweep)


@asynccontextmanager
async def open_engine(url: str, take: Take, timings: Timings) -> AsyncIterator[Engine]:
    """`url` leads to PostgreSQL itself: a pooler between them would lose the role and the notifications."""
    connector = PsycopgConnector(
        min_size=1,
        max_size=CONCURRENCY,
        timeout=CONNECT_SECONDS,
        kwargs={
            **libpq_parameters(url),
            "application_name": "cip-jobs",
            "connect_timeout": CONNECT_SECONDS,
            "options": OPTIONS,
            "tcp_user_timeout": 10_000,
        },
    )
    app = App(connector=connector)
    app.job_manager = claims = Claims(connector)

    @app.task(name="run", retry=AsAsked())
    async def run(tenant_id: str, job_id: str) -> None:
        await take(UUID(tenant_id), UUID(job_id))

    async with app.open_async():
        yield Engine(app, claims, timings)

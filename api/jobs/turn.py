"""One worker's turn at a job: what the work sees of it, and what becomes of the job at its end."""

import asyncio
import logging
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.errors import CipError
from api.jobs import repository
from api.jobs.contracts import FencedError, JobCancelledError, JobHandler
from api.jobs.timings import Timings
from api.telemetry import JOB_TURNS
from models.database import Database, is_unreachable

WORKER_DIED: Final = "WORKER_DIED"

log = logging.getLogger(__name__)


Ended = Callable[[UUID, str], None]
"""What is told of each turn's end, however it ended: the tenant, and the kind of job."""


def told_nobody(tenant_id: UUID, kind: str) -> None:
    """Where nothing is kept that a job could make untrue."""


class AgainError(Exception):
    """The job needs another turn, after so many seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


@dataclass(slots=True)
class Turn:
    """A JobRun. Reports are written twice a second at most; the last one with the job's end."""

    database: Database
    timings: Timings
    tenant_id: UUID
    job_id: UUID
    subject_id: UUID
    fence: int
    failures: int
    progress: dict[str, object] = field(default_factory=dict)
    _reported: float = -1e9

    async def report(self, done: int, total: int | None = None) -> None:
        self.progress = {"progress_done": done, "progress_total": total}
        if time.monotonic() - self._reported < self.timings.report:
            return
        self._reported = time.monotonic()
        async with self.database.unit_of_work(self.tenant_id) as session:
            cancel = await repository.update_progress(session, self.tenant_id, self.job_id, self.fence, done, total)
        if cancel is None:
            raise FencedError
        if cancel:
            raise JobCancelledError

    async def hold(self, session: AsyncSession) -> None:
        held = await repository.find_held_fence(session, self.tenant_id, self.job_id, self.timings.held)
        if held != self.fence:
            raise FencedError

    async def end(self, **values: object) -> None:
        async with self.database.unit_of_work(self.tenant_id) as session:
            mine = await repository.end_turn(
                session, self.tenant_id, self.job_id, self.fence, **self.progress, **values
            )
        if not mine:
            raise FencedError


class Turns:
    """Takes jobs up, one turn each."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, JobHandler],
        now: Callable[[], datetime],
        timings: Timings,
        ended: Ended = told_nobody,
    ) -> None:
        self._database = database
        self._handlers = handlers
        self._now = now
        self._timings = timings
        self._ended = ended

    async def take(self, tenant_id: UUID, job_id: UUID) -> None:
        """Returns when the job needs no other turn; raises AgainError when it does."""
        try:
            begun = await self._begin(tenant_id, job_id)
            if begun is not None:
                turn, kind = begun
                try:
                    outcome = await self._work(turn, self._handlers[kind])
                finally:
                    self._ended(tenant_id, kind)
                JOB_TURNS.labels(outcome).inc()
        except FencedError:
            JOB_TURNS.labels("fenced").inc()
            log.warning("job %s of tenant %s was taken up by another worker", job_id, tenant_id)
            raise AgainError(self._timings.stalled) from None
        except AgainError:
            JOB_TURNS.labels("again").inc()
            raise
        except asyncio.CancelledError:
            JOB_TURNS.labels("put_back").inc()
            raise
        except Exception as error:  # noqa: BLE001  (it is logged, and the job gets another turn)
            # The turn could not be begun or ended: nobody knows more than what is committed.
            if is_unreachable(error):
                log.warning("job %s of tenant %s waits for the database", job_id, tenant_id)
            else:
                log_error(tenant_id, job_id, error)
            raise AgainError(self._timings.sweep) from None

    async def _begin(self, tenant_id: UUID, job_id: UUID) -> tuple[Turn, str] | None:
        async with self._database.unit_of_work(tenant_id) as session:
            row = await repository.lock_job(session, tenant_id, job_id)
            if row is None or row.state not in ("queued", "running"):
                return None
            if row.kind not in self._handlers:
                # A newer version asked for it, whose worker will know it. It must not hold its lane until then.
                log.warning("job %s of tenant %s is of the unknown kind %s", job_id, tenant_id, row.kind)
                raise AgainError(self._timings.unknown)
            failures = row.failures + (row.state == "running")  # a turn that did not end has died
            if row.cancel_requested:
                await repository.end_job(session, tenant_id, job_id, "cancelled", None, failures, self._now())
                return None
            if failures >= self._timings.tries:
                log.error("job %s of tenant %s has killed %d workers", job_id, tenant_id, failures)
                await repository.end_job(session, tenant_id, job_id, "failed", WORKER_DIED, failures, self._now())
                return None
            fence = await repository.begin_turn(session, tenant_id, job_id, failures, self._now())
        turn = Turn(self._database, self._timings, tenant_id, job_id, row.subject_id, fence, failures)
        return turn, str(row.kind)

    async def _work(self, turn: Turn, handler: JobHandler) -> str:
        """How it ended."""
        try:
            await handler(turn)
        except asyncio.CancelledError:
            await asyncio.shield(self._put_back(turn))
            raise
        except JobCancelledError:
            await turn.end(state="cancelled", finished_at=self._now())
            return "cancelled"
        except FencedError:
            raise
        except Exception as error:  # noqa: BLE001  (it becomes the job's fault)
            return await self._fail(turn, error)
        await turn.end(state="succeeded", fault=None, finished_at=self._now())
        return "succeeded"

    async def _fail(self, turn: Turn, error: Exception) -> str:
        if is_unreachable(error):
            await self._put_back(turn)
            raise AgainError(self._timings.sweep)
        log_error(turn.tenant_id, turn.job_id, error)
        failures, fault = turn.failures + 1, fault_of(error)
        if failures >= self._timings.tries:
            await turn.end(state="failed", fault=fault, failures=failures, finished_at=self._now())
            return "failed"
        await turn.end(state="queued", fault=fault, failures=failures)
        raise AgainError(self._timings.pauses[failures - 1])

    async def _put_back(self, turn: Turn) -> None:
        """As if this turn had not been; what is committed stays."""
        try:
            await turn.end(state="queued")
        except FencedError:
            return
        except Exception as error:  # noqa: BLE001  (it is logged, and the next turn takes this one for dead)
            log_error(turn.tenant_id, turn.job_id, error)


def fault_of(error: Exception) -> str:
    """The kind of error. Its text only when it was written for people: any other could hold a customer's data."""
    return f"{error.code}: {error.message}" if isinstance(error, CipError) else type(error).__name__


def log_error(tenant_id: UUID, job_id: UUID, error: Exception) -> None:
    """Without the error's text, for the same reason."""
    where = "".join(traceback.format_tb(error.__traceback__))
    log.error("job %s of tenant %s: %s\n%s", job_id, tenant_id, type(error).__name__, where)

"""The background work of models. What it computes with takes seconds to load, so that happens at its first use, in a
thread: a start does not wait for it."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from api.jobs.contracts import JobRun
from api.jobs.queue import enqueue
from api.predictions import repository, version_repository
from api.predictions.contracts import SCORE_JOB
from api.tenants.repository import get_tenant, list_tenant_ids
from models.database import Database

if TYPE_CHECKING:
    from api.predictions.rescoring import Rescoring
    from api.predictions.scoring_job import Scoring
    from api.predictions.training_job import Training

LOOK_SECONDS: Final = 5.0
ACTOR: Final = "service:rescoring"
DAILY: Final = timedelta(days=1)
AT_MOST_EVERY: Final = timedelta(hours=1)
"""By the real clock: a demo's days pass in minutes."""

log = logging.getLogger(__name__)


class ModelWork:
    def __init__(
        self, database: Database, now: Callable[[], datetime], rescored: Callable[[UUID], None] = lambda _: None
    ) -> None:
        """`rescored` is told of each tenant that has new scores, after the commit."""
        self._database = database
        self._now = now
        self._rescored = rescored

    async def train(self, run: JobRun) -> None:
        training: type[Training] = await _load("training_job", "Training")
        await training(self._database, self._now).run(run)

    async def score(self, run: JobRun) -> None:
        scoring: type[Scoring] = await _load("scoring_job", "Scoring")
        await scoring(self._database, self._now).run(run)

    async def rescore(self) -> None:
        """Until cancelled: customers with news at once, everybody once a day. What fails for one tenant does not keep
        the others waiting."""
        while True:
            try:
                tenants = await list_tenant_ids(self._database)
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("rescoring could not reach the database: %s", type(error).__name__)
                tenants = []
            for tenant_id in tenants:
                await self._rescore_or_wait(tenant_id)
            await asyncio.sleep(LOOK_SECONDS)

    async def _rescore_or_wait(self, tenant_id: UUID) -> None:
        try:
            if await self.has_stale(tenant_id):
                rescoring: type[Rescoring] = await _load("rescoring", "Rescoring")
                await rescoring(self._database, self._now).rescore(tenant_id)
                self._rescored(tenant_id)
            await self.ask_for_daily_pass(tenant_id)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("rescoring of tenant %s waits for the database: %s", tenant_id, type(error).__name__)
        except Exception as error:  # noqa: BLE001  (one tenant's odd data must not stop everybody's scores)
            # Without the error's text: it could hold a customer's data.
            log.error("rescoring of tenant %s failed: %s", tenant_id, type(error).__name__)  # noqa: TRY400

    async def has_stale(self, tenant_id: UUID) -> bool:
        async with self._database.unit_of_work(tenant_id) as session:
            return await repository.has_stale(session, tenant_id)

    async def ask_for_daily_pass(self, tenant_id: UUID) -> None:
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            tenant = await get_tenant(session, tenant_id)
            due = await version_repository.list_due(
                session, tenant_id, scored_before=tenant.now(now) - DAILY, done_before=now - AT_MOST_EVERY
            )
            for version_id in due:
                await enqueue(session, tenant_id, SCORE_JOB, version_id, actor=ACTOR, now=now)


async def _load(module: str, name: str) -> Any:
    return getattr(await asyncio.to_thread(_import, f"api.predictions.{module}"), name)


def _import(module: str) -> Any:
    found = import_module(module)
    import_module("api.intelligence.threads").limit_process()
    return found

"""A training that somebody ends."""

import asyncio
import threading
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from api.graphql.ids import global_id
from api.intelligence.churn import walking
from api.jobs.contracts import JobCancelledError
from api.jobs.repository import end_job
from api.predictions import version_repository
from api.predictions.contracts import ModelKind, TrainingRecord
from api.predictions.service import Models
from api.predictions.training_job import Training
from models.database import Database
from tests.predictions.support import HORIZON, load, shop
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, clock, make_tenant

TRAININGS = "{ modelTrainings(first: 5) { nodes { id finishedAt explanation version { id } job { state } } } }"


async def asked_for(database: Database, tenant: TestTenant) -> TrainingRecord:
    key = await Models(database, clock).train(tenant.id, ModelKind.CHURN, HORIZON, complete_until=NOW, actor="test")
    async with database.unit_of_work(tenant.id) as session:
        return await version_repository.get_training(session, tenant.id, key)


@dataclass
class Cancelled:
    """A turn whose end is asked for once the fit is under way; only then may the fit go on."""

    tenant_id: UUID
    job_id: UUID
    subject_id: UUID
    go_on: threading.Event
    reports: list[tuple[int, int | None]] = field(default_factory=list)

    async def report(self, done: int, total: int | None = None) -> None:
        self.reports.append((done, total))
        if total is not None and total > 3:
            asyncio.get_running_loop().call_soon(self.go_on.set)
            raise JobCancelledError

    async def hold(self, session: AsyncSession) -> None:
        raise AssertionError("nothing is kept of it")


async def test_a_training_that_is_cancelled_ends_within_its_fit(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await make_tenant(database, "store", "storecanary")
    await load(database, store, shop(store))
    asked = await asked_for(database, store)
    go_on, fitted = threading.Event(), []

    def foretold(*given: Any) -> Any:
        fitted.append(given)
        assert go_on.wait(60)
        return real(*given)

    real = walking._foretold
    monkeypatch.setattr(walking, "_foretold", foretold)
    assert asked.job_id is not None
    turn = Cancelled(store.id, asked.job_id, asked.id, go_on)
    with pytest.raises(JobCancelledError):
        await Training(database, clock).run(turn)
    assert len(fitted) == 1
    assert turn.reports[0] == (0, None)
    assert turn.reports[-1] == (1, 12)  # nothing yet of three candidates at three cutoffs and the last fit
    async with database.reading(store.id) as snapshot:
        assert await version_repository.load_current(snapshot, [("CHURN", HORIZON)]) == [None]


@pytest.mark.parametrize("state", ["cancelled", "failed"])
async def test_a_training_whose_job_ended_waits_no_more(api: Api, database: Database, state: str) -> None:
    tenant = await make_tenant(database, "acme", "acmecanary")
    asked = await asked_for(database, tenant)
    analyst = await api.login("acme", "analyst")
    async with database.reading(tenant.id) as snapshot:
        assert await version_repository.load_trainings(snapshot, [asked.id]) == [asked]
    assert asked.job_id is not None
    async with database.unit_of_work(tenant.id) as session:
        await end_job(session, tenant.id, asked.job_id, state, None, 0, NOW)
    [ended] = (await analyst.data(TRAININGS))["modelTrainings"]["nodes"]
    assert ended == {
        "id": global_id("ModelTraining", asked.id),
        "finishedAt": NOW.isoformat(),
        "explanation": "Its job ended before it was done: it was cancelled, or it failed.",
        "version": None,
        "job": {"state": state.upper()},
    }

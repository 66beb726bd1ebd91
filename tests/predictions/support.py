"""Models and histories for tests: a version as training would write it, and shops with customers to learn from."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.events.contracts import IncomingEvent
from api.jobs.queue import enqueue
from api.predictions import drift_repository, version_repository
from api.predictions.cards import hash_of
from api.predictions.contracts import (
    SCORE_JOB,
    TRAIN_JOB,
    DriftColumn,
    Drifted,
    ModelKind,
    Scored,
    State,
    TrainingRecord,
)
from api.predictions.repository import upsert_predictions
from api.predictions.scoring_job import Scoring
from api.predictions.service import ask_for_training
from api.predictions.training_job import Training
from models import Customer, Prediction
from models.base import new_id, table
from models.database import AnyRow, Database
from tests.support.world import NOW, TestTenant, clock, ingest, order

customer = table(Customer)
prediction = table(Prediction)

HORIZON: Final = 30
DAYS: Final = 150
BUCKET: Final = {
    "low": 0.1, "high": 0.9, "mean": 0.5, "n": 40, "churned": 20, "interval": [0.37, 0.63], "observed": 0.5,
}  # fmt: skip


class Turn:
    """A JobRun of a worker that nobody overtakes."""

    def __init__(self, tenant: TestTenant, job_id: UUID, subject_id: UUID) -> None:
        self.tenant_id, self.job_id, self.subject_id = tenant.id, job_id, subject_id
        self.reports: list[tuple[int, int | None]] = []

    async def report(self, done: int, total: int | None = None) -> None:
        self.reports.append((done, total))

    async def hold(self, session: AsyncSession) -> None:
        return


async def current_model(
    session: AsyncSession, tenant_id: UUID, *, made_by: str, kind: str = "CHURN", method: str = "purchases"
) -> UUID:
    """A version, its training, and what it says of the tenant's first customer, without any learning."""
    card: dict[str, Any] = {
        "kind": kind, "method": method, "horizonDays": HORIZON, "champion": "logistic",
        "baseline": "best single feature", "championIsBaseline": False, "cutoffs": [], "testCutoffs": [],
        "features": ["days_since_last_purchase"], "n": 400, "exclusions": {}, "candidates": {}, "calibration": [BUCKET],
        "backtest": [], "seed": 1, "codeVersion": "test",
        "data": {"until": "2026-03-17", "rows": 9, "customers": 3, "firstDay": None, "lastDay": None, "hash": made_by},
    }  # fmt: skip
    version_id = new_id()
    values = {
        "id": version_id, "kind": kind, "horizon_days": HORIZON, "number": 1, "as_of": NOW, "complete_until": None,
        "seed": 1, "n": 400, "is_baseline": False, "parameters": {"method": method}, "card": card,
        "card_hash": hash_of(card), "data_hash": made_by, "code_version": "test", "created_by": made_by,
        "created_at": NOW,
    }  # fmt: skip
    await version_repository.insert_version(session, tenant_id, values, State.CURRENT)
    training_id = await ask_for_training(
        session, tenant_id, ModelKind(kind), HORIZON, complete_until=None, actor=made_by, now=NOW
    )
    await version_repository.end_training(session, tenant_id, training_id, {"version": str(version_id)}, NOW)
    key = (await session.execute(select(customer.c.id).order_by(customer.c.id).limit(1))).scalar_one()
    reason = {"feature": "days_since_last_purchase", "value": 3.0, "contribution": 0.2}
    scored = Scored(key, 0.55, 0.37, 0.63, 0.0, [reason], 0, None, None)
    await upsert_predictions(session, tenant_id, version_id, kind, HORIZON, NOW, [scored])
    measured = Drifted(300, 400, "STABLE", (DriftColumn("estimate", 0.01, 0.12, "STABLE"),))
    await drift_repository.upsert_drift(session, tenant_id, version_id, measured, as_of=NOW, at=NOW)
    return version_id


def shop(
    tenant: TestTenant,
    *,
    customers: int = 120,
    days: int = DAYS,
    seed: int = 5,
    amount: Callable[[int], int] | None = None,
) -> list[IncomingEvent]:
    """Orders of customers who buy each at a rate of his own, and stop at a time of his own; up to today."""
    random = np.random.default_rng(seed)
    events: list[IncomingEvent] = []
    for number in range(customers):
        day, stop = float(random.uniform(0, days * 0.7)), float(random.exponential(days * 0.8))
        begun, rate = day, float(random.gamma(2.0, 0.05)) + 0.01
        while day < days and day - begun <= stop:
            at = (NOW - timedelta(days=days)).replace(hour=9) + timedelta(days=day)
            cents = int(random.gamma(4, 500)) + 100 if amount is None else amount(number)
            events.append(order(tenant, 10_000 + len(events), customer=number, amount=cents, at=at))
            day += max(1.0, float(random.exponential(1 / rate)))
    return events


async def load(database: Database, tenant: TestTenant, events: list[IncomingEvent]) -> None:
    for begin in range(0, len(events), 1_000):
        await ingest(database, tenant, *events[begin : begin + 1_000])


async def train(
    database: Database,
    tenant: TestTenant,
    kind: ModelKind = ModelKind.CHURN,
    horizon: int = HORIZON,
    *,
    complete_until: datetime | None = NOW,
    reproduces: UUID | None = None,
) -> TrainingRecord:
    """What came of it, as if a worker had done it."""
    async with database.unit_of_work(tenant.id) as session:
        training_id = await ask_for_training(
            session,
            tenant.id,
            kind,
            horizon,
            complete_until=complete_until,
            reproduces=reproduces,
            actor="test",
            now=NOW,
        )
        job_id = await enqueue(session, tenant.id, TRAIN_JOB, training_id, actor="test", now=NOW)
    await Training(database, clock).run(Turn(tenant, job_id, training_id))
    async with database.unit_of_work(tenant.id) as session:
        return await version_repository.get_training(session, tenant.id, training_id)


async def score(database: Database, tenant: TestTenant, version_id: UUID, now: Callable[[], datetime] = clock) -> None:
    async with database.unit_of_work(tenant.id) as session:
        job_id = await enqueue(session, tenant.id, SCORE_JOB, version_id, actor="test", now=NOW)
    await Scoring(database, now).run(Turn(tenant, job_id, version_id))


def version_of(training: TrainingRecord) -> UUID:
    assert training.outcome is not None
    return UUID(training.outcome["version"])


async def predictions(database: Database, tenant: TestTenant) -> dict[UUID, AnyRow]:
    async with database.unit_of_work(tenant.id) as session:
        return {row.customer_id: row for row in await session.execute(select(prediction))}

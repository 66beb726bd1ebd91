"""The background work as the worker runs it: everybody is scored once a day, and one tenant's fault stays its own."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from api.predictions import jobs
from api.predictions.contracts import SCORE_JOB
from api.predictions.jobs import ModelWork
from models import Job, ModelState
from models.base import table
from models.database import Database
from tests.predictions.support import current_model
from tests.support.world import NOW, TestTenant, clock

job = table(Job)


async def _asked(database: Database, tenant: TestTenant) -> int:
    async with database.unit_of_work(tenant.id) as session:
        return len((await session.execute(select(job.c.id).where(job.c.kind == SCORE_JOB))).all())


async def test_everybody_is_scored_once_a_day_and_at_most_once_an_hour(database: Database, acme: TestTenant) -> None:
    work = ModelWork(database, clock)
    async with database.unit_of_work(acme.id) as session:
        await current_model(session, acme.id, made_by="test")
    state = update(table(ModelState))
    for at, as_of, expected in (
        (NOW - timedelta(hours=2), NOW - timedelta(hours=2), 0),
        (NOW - timedelta(minutes=30), NOW - timedelta(days=3), 0),
        (NOW - timedelta(hours=2), NOW - timedelta(days=3), 1),
        (NOW - timedelta(hours=2), NOW - timedelta(days=3), 1),
    ):
        async with database.unit_of_work(acme.id) as session:
            await session.execute(state.values(scored_at=at, scored_as_of=as_of))
        await work.ask_for_daily_pass(acme.id)
        assert await _asked(database, acme) == expected


async def test_what_fails_for_one_tenant_leaves_the_next_its_turn(
    database: Database,
    acme: TestTenant,
    globex: TestTenant,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for tenant in (acme, globex):
        async with database.unit_of_work(tenant.id) as session:
            await current_model(session, tenant.id, made_by="test")
    turns: list[object] = []

    class Failing:
        def __init__(self, *_: object) -> None:
            return

        async def rescore(self, tenant_id: object) -> int:
            turns.append(tenant_id)
            raise ValueError("customer 17850 has odd data")

    async def load(module: str, name: str) -> type[Failing]:
        return Failing

    monkeypatch.setattr(jobs, "_load", load)
    work = ModelWork(database, clock)
    for tenant in (acme, globex):
        await work._rescore_or_wait(tenant.id)
    assert turns == [acme.id, globex.id]
    assert "ValueError" in caplog.text
    assert "17850" not in caplog.text

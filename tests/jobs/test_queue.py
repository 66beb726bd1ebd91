"""A job starts only if its transaction commits, and each tenant gets its turn."""

import random

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from api.jobs.queue import enqueue
from models import Job
from models.base import new_id, table
from models.database import Database
from tests.jobs.support import engine_rows
from tests.support.world import NOW, TestTenant, make_tenant

KIND = "test.work"


class Undone(Exception):
    pass


async def put(database: Database, tenant: TestTenant, count: int = 1) -> list[str]:
    made = []
    for _ in range(count):
        async with database.unit_of_work(tenant.id) as session:
            made.append(str(await enqueue(session, tenant.id, KIND, new_id(), actor="test", now=NOW)))
    return made


async def test_a_job_is_there_for_each_transaction_that_committed_and_for_no_other(
    database: Database, database_name: str
) -> None:
    tenant = await make_tenant(database, "acme", "acmecanary")
    chance = random.Random(20)  # noqa: S311
    committed: set[str] = set()
    for _ in range(100):
        undo = chance.random() < 0.5
        try:
            async with database.unit_of_work(tenant.id) as session:
                made = await enqueue(session, tenant.id, KIND, new_id(), actor="test", now=NOW)
                if undo:
                    raise Undone  # noqa: TRY301
            committed.add(str(made))
        except Undone:
            continue
    assert 30 < len(committed) < 70
    rows = await engine_rows(database_name, "SELECT args->>'job_id' AS id FROM jobs.procrastinate_jobs")
    async with database.unit_of_work(tenant.id) as session:
        kept = {str(identity) for identity in (await session.execute(select(table(Job).c.id))).scalars()}
    assert sorted(row["id"] for row in rows) == sorted(committed)
    assert kept == committed


async def test_the_engine_holds_ids_alone_and_the_tenant_is_the_transactions(
    database: Database, database_name: str
) -> None:
    tenant = await make_tenant(database, "acme", "acmecanary")
    [made] = await put(database, tenant)
    [row] = await engine_rows(database_name, "SELECT *, args::text AS text FROM jobs.procrastinate_jobs")
    assert row["text"] == f'{{"job_id": "{made}", "tenant_id": "{tenant.id}"}}'
    assert (row["queue_name"], row["task_name"]) == (KIND, "run")


async def test_a_hundred_jobs_of_one_tenant_do_not_keep_the_one_of_another_waiting(
    database: Database, database_name: str
) -> None:
    acme = await make_tenant(database, "acme", "acmecanary")
    globex = await make_tenant(database, "globex", "globexcanary")
    many = await put(database, acme, 100)
    [one] = await put(database, globex)
    order = [
        row["id"]
        for row in await engine_rows(
            database_name,
            "SELECT args->>'job_id' AS id FROM jobs.procrastinate_jobs ORDER BY priority DESC, id",
        )
    ]
    assert order.index(one) == 1
    assert [identity for identity in order if identity != one] == many
    lanes = await engine_rows(database_name, "SELECT lock, count(*) FROM jobs.procrastinate_jobs GROUP BY lock")
    assert sorted(row["count"] for row in lanes) == [1, 50, 50]


@pytest.mark.parametrize("kind", ["", "Kind", "a" * 41, "a b", "a#b"])
async def test_a_kind_that_the_engine_cannot_listen_for_is_refused(database: Database, kind: str) -> None:
    tenant = await make_tenant(database, "acme", "acmecanary")
    with pytest.raises(DBAPIError, match="a job has a kind"):
        async with database.unit_of_work(tenant.id) as session:
            await enqueue(session, tenant.id, kind, new_id(), actor="test", now=NOW)


async def test_without_a_tenant_nothing_is_enqueued(database: Database) -> None:
    async with database.directory() as session:
        with pytest.raises(DBAPIError, match="no tenant is bound"):
            await enqueue(session, new_id(), KIND, new_id(), actor="test", now=NOW)

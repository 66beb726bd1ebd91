"""Asking for jobs in tests, and looking at what became of them."""

import os
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import select, text

from api.jobs.queue import enqueue
from models import Job
from models.base import new_id, table
from models.database import AnyRow, Database
from models.urls import asyncpg_url, with_database
from tests.jobs.counting import KIND
from tests.support import services
from tests.support.waiting import wait_until
from tests.support.world import NOW, TestTenant

job = table(Job)


async def ask(database: Database, tenant: TestTenant, kind: str = KIND) -> tuple[UUID, UUID]:
    """The ids of a new job and of its subject."""
    subject = new_id()
    async with database.unit_of_work(tenant.id) as session:
        return await enqueue(session, tenant.id, kind, subject, actor="test", now=NOW), subject


async def row_of(database: Database, tenant: TestTenant, job_id: UUID) -> AnyRow:
    async with database.unit_of_work(tenant.id) as session:
        return (await session.execute(select(job).where(job.c.id == job_id))).one()


async def request_cancel(database: Database, tenant: TestTenant, job_id: UUID) -> None:
    async with database.unit_of_work(tenant.id) as session:
        await session.execute(text("UPDATE job SET cancel_requested = true WHERE id = :id"), {"id": job_id})


async def until_ended(database: Database, tenant: TestTenant, job_id: UUID) -> AnyRow:
    async def ended() -> AnyRow | None:
        row = await row_of(database, tenant, job_id)
        return row if row.finished_at is not None else None

    return await wait_until(ended)


async def until_one_waits_for_a_lock(database_name: str) -> None:
    async def waits() -> bool:
        waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        return len(await engine_rows(database_name, waiting)) == 1

    await wait_until(waits)


async def engine_rows(database_name: str, query: str) -> list[Any]:
    """As an administrator: the application may not look."""
    connection = await asyncpg.connect(asyncpg_url(with_database(os.environ[services.ADMIN_VARIABLE], database_name)))
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()

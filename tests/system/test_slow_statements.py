"""Slow statements are read where the extension is, and where it is not the reason is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from api.embedded.postgres import EmbeddedPostgres
from api.system.postgres_repository import NOT_INSTALLED, NOT_READABLE, read_postgres
from models.database import Database
from models.urls import sqlalchemy_url
from tests.support import services

OPTIONS = {"shared_preload_libraries": "pg_stat_statements", "fsync": "off"}


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """One of its own: the library must be there from the start."""
    postgres = EmbeddedPostgres(tmp_path, options=OPTIONS)
    postgres.start()
    yield postgres
    postgres.stop()


async def test_the_slowest_statements_are_shown_without_their_constants(postgres: EmbeddedPostgres) -> None:
    engine = create_async_engine(sqlalchemy_url(postgres.url()))
    async with engine.begin() as connection:
        for statement in (
            "CREATE TABLE alembic_version (version_num text)",
            "CREATE SCHEMA monitoring",
            "CREATE EXTENSION pg_stat_statements SCHEMA monitoring",
        ):
            await connection.execute(text(statement))
        await connection.execute(text("SELECT pg_sleep(0.05),\n 'canary@example.org'"))
    report = await read_postgres(engine)
    assert report.slow_absent is None
    assert report.slow is not None
    assert report.migration is None
    [slow] = [one for one in report.slow if "pg_sleep" in one.text]
    assert slow.text == "SELECT pg_sleep($1), $2"
    assert slow.calls == 1
    assert slow.mean_milliseconds == slow.highest_milliseconds >= 50
    assert "canary" not in str(report)
    await engine.dispose()


async def test_without_the_extension_or_its_library_the_reason_is_told(database: Database, database_name: str) -> None:
    report = await read_postgres(database.engine)
    assert (report.slow, report.slow_absent) == (None, NOT_INSTALLED)
    admin = create_async_engine(services.admin_url(database_name))
    async with admin.begin() as connection:
        await connection.execute(text("CREATE SCHEMA monitoring"))
        await connection.execute(text("CREATE EXTENSION pg_stat_statements SCHEMA monitoring"))
    report = await read_postgres(database.engine)
    assert (report.slow, report.slow_absent) == (None, NOT_READABLE)
    assert report.size_bytes > 1_000_000
    await admin.dispose()

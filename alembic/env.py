"""Runs migrations online, as the owner, one runner at a time.

The connection comes from models.migrations; the command line (to write a new revision) uses DATABASE_MIGRATION_URL.
"""

import asyncio
import os

from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

import models  # noqa: F401  (fills the metadata)
from alembic import context

ADVISORY_LOCK = 4_271_889_301


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_server_default=True,
        include_schemas=False,
    )
    with context.begin_transaction():
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        connection.execute(text("set local lock_timeout = '10s'"))
        context.run_migrations()


async def run_from_the_command_line() -> None:
    engine = create_async_engine(os.environ["DATABASE_MIGRATION_URL"])
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    asyncio.run(run_from_the_command_line())

"""Alembic as a function: the same configuration (pyproject.toml) and the same env.py as its command line."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, pool
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from alembic import command
from models.quoting import identifier
from models.roles import OWNER
from models.urls import sqlalchemy_url

PROJECT = Path(__file__).resolve().parents[1]


def _configuration() -> Config:
    return Config(toml_file=PROJECT / "pyproject.toml")


async def upgrade(migration_url: str) -> None:
    """To the newest revision, as the owner, in one transaction; env.py takes `config.attributes["connection"]`."""
    engine = create_async_engine(sqlalchemy_url(migration_url), poolclass=pool.NullPool)
    try:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"SET LOCAL ROLE {identifier(OWNER)}")
            await connection.run_sync(_upgrade)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection) -> None:
    configuration = _configuration()
    configuration.attributes["connection"] = connection
    command.upgrade(configuration, "head")


def head_revision() -> str | None:
    return ScriptDirectory.from_config(_configuration()).get_current_head()


async def current_revision(connection: AsyncConnection) -> str | None:
    """Reads `alembic_version`, which the application role must be allowed to."""
    return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())

"""One embedded PostgreSQL and one Valkey for the whole test run, with a template database migrated once by Alembic."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

import asyncpg

from api.embedded.services import EmbeddedServices
from models.bootstrap import bootstrap
from models.migrations import upgrade
from models.roles import OWNER, plan_roles
from models.urls import sqlalchemy_url, with_database

TEMPLATE: Final = "cip_template"
APPLICATION: Final = ("cip_web", "application-password")
MIGRATOR: Final = ("cip_migrator", "migrator-password")
ADMIN_VARIABLE: Final = "CIP_TEST_ADMIN_URL"
APPLICATION_VARIABLE: Final = "CIP_TEST_APPLICATION_URL"
MIGRATION_VARIABLE: Final = "CIP_TEST_MIGRATION_URL"
REDIS_VARIABLE: Final = "CIP_TEST_REDIS_URL"
FAST: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}


class TestServices:
    """Started by the first process of a run; the others find the addresses in the environment."""

    __test__ = False

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cip-test-"))
        self.services = EmbeddedServices(self.folder, postgres_options=FAST)

    def start(self) -> None:
        self.services.start()
        postgres = self.services.postgres
        admin = postgres.url()
        application, migration = postgres.url(TEMPLATE, *APPLICATION), postgres.url(TEMPLATE, *MIGRATOR)
        asyncio.run(_prepare(admin, application, migration))
        os.environ[ADMIN_VARIABLE] = admin
        os.environ[APPLICATION_VARIABLE] = application
        os.environ[MIGRATION_VARIABLE] = migration
        os.environ[REDIS_VARIABLE] = self.services.valkey.url

    def stop(self) -> None:
        self.services.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


async def _prepare(admin: str, application: str, migration: str) -> None:
    await bootstrap(admin, plan_roles(application, migration))
    await upgrade(migration)


async def clone_template(name: str) -> None:
    connection = await asyncpg.connect(os.environ[ADMIN_VARIABLE])
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" OWNER {OWNER}')
    finally:
        await connection.close()


async def drop(name: str) -> None:
    connection = await asyncpg.connect(os.environ[ADMIN_VARIABLE])
    try:
        await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    finally:
        await connection.close()


def application_url(name: str) -> str:
    return sqlalchemy_url(with_database(os.environ[APPLICATION_VARIABLE], name))


def admin_url(name: str) -> str:
    return sqlalchemy_url(with_database(os.environ[ADMIN_VARIABLE], name))


def redis_url() -> str:
    """A database of its own for each process of the run: what runs at the same time shares no stream."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return f"{os.environ[REDIS_VARIABLE]}?db={1 + int(worker)}"

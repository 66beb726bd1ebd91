"""One PostgreSQL and one Redis for the whole test run, with a template database migrated once by Alembic.

They are the embedded ones, or with CIP_TEST_SERVICES=servers Debian's on the network.
"""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final, Protocol

import asyncpg
from redis.asyncio import Redis

from api.embedded.postgres import EmbeddedPostgres
from api.embedded.valkey import EmbeddedValkey
from models.bootstrap import bootstrap
from models.migrations import upgrade
from models.roles import OWNER, plan_roles
from models.urls import sqlalchemy_url, with_database
from tests.support.servers import ServerPostgres, ServerRedis

TEMPLATE: Final = "cip_template"
APPLICATION: Final = ("cip_web", "application-password")
MIGRATOR: Final = ("cip_migrator", "migrator-password")
MODE_VARIABLE: Final = "CIP_TEST_SERVICES"
MODES: Final = ("embedded", "servers")
ADMIN_VARIABLE: Final = "CIP_TEST_ADMIN_URL"
APPLICATION_VARIABLE: Final = "CIP_TEST_APPLICATION_URL"
MIGRATION_VARIABLE: Final = "CIP_TEST_MIGRATION_URL"
REDIS_VARIABLE: Final = "CIP_TEST_REDIS_URL"
FAST: Final = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}


class OwnRedis(Protocol):
    """One that a test may stop, freeze or fill."""

    @property
    def url(self) -> str: ...

    @property
    def pid(self) -> int: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


def mode() -> str:
    wanted = os.environ.get(MODE_VARIABLE, MODES[0])
    if wanted not in MODES:
        raise RuntimeError(f"{MODE_VARIABLE} is {wanted!r}, choose one of {', '.join(MODES)}")
    return wanted


def make_redis(folder: Path) -> OwnRedis:
    """Not started; of the kind that this run is on."""
    return ServerRedis(folder) if mode() == "servers" else EmbeddedValkey(folder)


class TestServices:
    """Started by the first process of a run; the others find the addresses in the environment."""

    __test__ = False

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cip-test-"))
        self.redis = make_redis(self.folder / "redis")
        self.postgres: EmbeddedPostgres | ServerPostgres = (
            ServerPostgres(FAST) if mode() == "servers" else EmbeddedPostgres(self.folder / "postgres", options=FAST)
        )

    def start(self) -> None:
        try:
            self.redis.start()
            self.postgres.start()
        except BaseException:
            self.stop()
            raise
        admin = self.postgres.url()
        application = self.postgres.url(TEMPLATE, *APPLICATION)
        migration = self.postgres.url(TEMPLATE, *MIGRATOR)
        asyncio.run(_prepare(admin, application, migration))
        os.environ[ADMIN_VARIABLE] = admin
        os.environ[APPLICATION_VARIABLE] = application
        os.environ[MIGRATION_VARIABLE] = migration
        os.environ[REDIS_VARIABLE] = self.redis.url

    def stop(self) -> None:
        try:
            self.postgres.stop()
        finally:
            self.redis.stop()
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


def redis_client(url: str | None = None) -> Redis:
    """An administrator's: without the product's short patience."""
    return Redis.from_url(url or redis_url(), decode_responses=True)

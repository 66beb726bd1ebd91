"""Every test has a real PostgreSQL, migrated by Alembic, and a real Valkey; each writing test a database of its own."""

import os
from collections.abc import AsyncIterator, Generator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from api.app import Server
from api.settings import Environment, Settings
from models.database import Database
from tests.support import services
from tests.support.client import Api
from tests.support.world import TestTenant, clock, fill, make_tenant

STARTED = pytest.StashKey[services.TestServices]()


def pytest_configure(config: pytest.Config) -> None:
    """In the first process of the run only: xdist's workers inherit its environment."""
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        started = services.TestServices()
        config.stash[STARTED] = started
        started.start()


def pytest_unconfigure(config: pytest.Config) -> None:
    started = config.stash.get(STARTED, None)
    if started is not None:
        started.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """What CI leaves out, nobody has tested."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome, report.longrepr = "failed", f"{item.nodeid} was left out in CI: {report.longrepr}"
    return report


@pytest.fixture
async def database_name() -> AsyncIterator[str]:
    name = f"cip_test_{uuid4().hex}"
    await services.clone_template(name)
    yield name
    await services.drop(name)


@pytest.fixture
async def database(database_name: str) -> AsyncIterator[Database]:
    """As the application role sees it."""
    database = Database.connect(services.application_url(database_name), pool_size=5)
    yield database
    await database.close()


@pytest.fixture
async def settings(database_name: str) -> Settings:
    """For a server on the test's own database, and on a Redis that no other test has left anything in."""
    redis = services.redis_client()
    await redis.flushdb()
    await redis.aclose()
    return Settings(
        database_url=services.application_url(database_name),
        redis_url=services.redis_url(),
        jwt_secret_key=SecretStr("the tests' own secret, as long as a real one"),
        environment=Environment.TEST,
    )


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Server]:
    """The API without the worker's tasks, on the tests' clock, and patient: machines are noisy."""
    server = Server(settings, now=clock, patience=60)
    async with server.running():
        yield server


@pytest.fixture
async def api(server: Server) -> AsyncIterator[Api]:
    """Nobody yet: `await api.login(...)` gives a client for somebody."""
    transport = httpx.ASGITransport(Starlette(routes=server.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        yield Api(http)


@pytest.fixture
async def acme(database: Database) -> TestTenant:
    tenant = await make_tenant(database, "acme", "acmecanary")
    await fill(database, tenant)
    return tenant


@pytest.fixture
async def globex(database: Database) -> TestTenant:
    tenant = await make_tenant(database, "globex", "globexcanary", time_zone="America/New_York", currency="USD")
    await fill(database, tenant)
    return tenant

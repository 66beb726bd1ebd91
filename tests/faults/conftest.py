"""A whole server, worker included, whose PostgreSQL and Redis are behind proxies and can be broken."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest
from starlette.applications import Starlette

from api.app import Server
from api.settings import Settings
from tests.support import services
from tests.support.client import Api
from tests.support.proxy import Proxy, address_of_postgres, address_of_redis, through
from tests.support.world import NOW, real_clock

PATIENCE: Final = 60.0
"""Seconds that something may take which takes one or two when nothing else runs."""


@pytest.fixture
def own_redis() -> Iterator[services.OwnRedis]:
    folder = Path(tempfile.mkdtemp(prefix="cip-redis-"))
    redis = services.make_redis(folder)
    redis.start()
    yield redis
    redis.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def redis_proxy(own_redis: services.OwnRedis) -> AsyncIterator[Proxy]:
    async with Proxy(address_of_redis(own_redis.url)).running() as proxy:
        yield proxy


@pytest.fixture
async def postgres_proxy(database_name: str) -> AsyncIterator[Proxy]:
    async with Proxy(address_of_postgres(services.application_url(database_name))).running() as proxy:
        yield proxy


@pytest.fixture
def faulty_settings(settings: Settings, postgres_proxy: Proxy, redis_proxy: Proxy) -> Settings:
    return settings.model_copy(
        update={
            "database_url": through(settings.database_url, postgres_proxy),
            "redis_url": f"redis://127.0.0.1:{redis_proxy.port}",
        }
    )


@pytest.fixture
def patience() -> float:
    """Seconds after which the server gives up; the product's own where that is what is tested."""
    return 60.0


@pytest.fixture
async def faulty(faulty_settings: Settings, patience: float) -> AsyncIterator[Server]:
    server = Server(faulty_settings, now=real_clock(NOW), with_worker=True, patience=patience)
    async with server.running():
        yield server
        assert server.stopped == []


@pytest.fixture
async def client(faulty: Server) -> AsyncIterator[Api]:
    transport = httpx.ASGITransport(Starlette(routes=faulty.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        yield Api(http)

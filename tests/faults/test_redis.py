"""Redis refused, frozen, wiped, slow, full, restarted: every page works, people are told, and the sums are right."""

import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import pytest

from api.app import Server
from models.database import Database
from tests.api.test_events import ACCEPTED, DUPLICATE, Event, ingest
from tests.api.test_events import order as order_event
from tests.faults.conftest import PATIENCE
from tests.faults.pages import known_variables, visit
from tests.faults.sums import become_right
from tests.support.client import Api
from tests.support.proxy import Proxy
from tests.support.services import OwnRedis, redis_client
from tests.support.waiting import wait_until
from tests.support.world import NOW, TestTenant

STATUS: Final = "{ status { live message } }"
SLOWER_AT_MOST: Final = 1.0
"""Seconds at the median. Measured 0.00 to 0.02; the bound is this wide because machines are noisy."""

Fault = Callable[[OwnRedis, Proxy], Awaitable[Callable[[], Awaitable[None]]]]


async def refused(redis: OwnRedis, proxy: Proxy) -> Callable[[], Awaitable[None]]:
    await proxy.refuse()
    return proxy.accept


async def frozen(redis: OwnRedis, proxy: Proxy) -> Callable[[], Awaitable[None]]:
    os.kill(redis.pid, signal.SIGSTOP)

    async def heal() -> None:
        os.kill(redis.pid, signal.SIGCONT)

    return heal


async def slow(redis: OwnRedis, proxy: Proxy) -> Callable[[], Awaitable[None]]:
    proxy.delay = 0.2

    async def heal() -> None:
        proxy.delay = 0.0

    return heal


async def full(redis: OwnRedis, proxy: Proxy) -> Callable[[], Awaitable[None]]:
    admin = redis_client(redis.url)
    await admin.config_set("maxmemory", "1")

    async def heal() -> None:
        await admin.config_set("maxmemory", "0")
        await admin.aclose()

    return heal


async def wiped(redis: OwnRedis, proxy: Proxy) -> Callable[[], Awaitable[None]]:
    admin = redis_client(redis.url)
    await admin.flushall()

    async def again() -> None:
        await admin.flushall()
        await admin.aclose()

    return again


async def restarted(redis: OwnRedis, proxy: Proxy) -> Callable[[], Awaitable[None]]:
    redis.stop()
    redis.start()

    async def nothing() -> None:
        return

    return nothing


LASTING: Final[list[Fault]] = [refused, frozen, slow, full]
PASSING: Final[list[Fault]] = [wiped, restarted]


def named(fault: Fault) -> str:
    return fault.__name__


@asynccontextmanager
async def broken(fault: Fault, redis: OwnRedis, proxy: Proxy) -> AsyncIterator[None]:
    heal = await fault(redis, proxy)
    try:
        yield
    finally:
        await heal()


@pytest.fixture
async def viewer(client: Api, acme: TestTenant) -> Api:
    return await client.login("acme", "viewer")


@pytest.fixture
async def admin(client: Api, acme: TestTenant) -> Api:
    return await client.login("acme", "admin")


def batch(number: int) -> list[Event]:
    at = (NOW - timedelta(minutes=number)).isoformat()
    return [order_event(f"fault-{number}-{part}") | {"occurredAt": at} for part in range(3)]


async def says(user: Api, live: str, *, banner: bool) -> None:
    async def told() -> bool:
        status = (await user.data(STATUS))["status"]
        return status["live"] == live and (status["message"] is not None) == banner

    await wait_until(told, seconds=PATIENCE)


TOO_DEEP: Final = (
    "{ customers(first: 1) { nodes { " + "orders(first: 1) { nodes { customer { " * 4 + "name " + "} } } " * 4 + "} } }"
)


@pytest.mark.parametrize("fault", LASTING + PASSING, ids=named)
async def test_every_page_works_people_are_told_and_the_sums_are_right(
    fault: Fault,
    faulty: Server,
    viewer: Api,
    admin: Api,
    acme: TestTenant,
    database: Database,
    own_redis: OwnRedis,
    redis_proxy: Proxy,
    capsys: pytest.CaptureFixture[str],
) -> None:
    await says(viewer, "REDIS", banner=False)
    known = await known_variables(database, acme)
    before = (await visit(admin, known)).medians()
    async with broken(fault, own_redis, redis_proxy):
        during = (await visit(admin, known)).medians()
        assert await ingest(admin, *batch(1)) == [ACCEPTED] * 3
        assert await ingest(admin, *batch(1)) == [DUPLICATE] * 3
        assert await viewer.error_code(TOO_DEEP) == "MAX_COST_EXCEEDED"
        if fault in LASTING:
            await says(viewer, "REDIS" if fault is slow else "POSTGRES", banner=True)
        assert await ingest(admin, *batch(2)) == [ACCEPTED] * 3
        await become_right(database, acme)
        later = (await visit(admin, known)).medians()
    await says(viewer, "REDIS", banner=False)
    assert await ingest(admin, *batch(3)) == [ACCEPTED] * 3
    await become_right(database, acme)
    slower = {name: max(during[name], later[name]) - before[name] for name in before}
    with capsys.disabled():
        shown = ", ".join(f"{name} {1e3 * before[name]:.0f}{1e3 * slower[name]:+.0f}" for name in before)
        sys.stdout.write(f"\nRedis {named(fault)}, ms at the median: {shown}\n")
    assert max(slower.values()) < SLOWER_AT_MOST, slower

"""The crawl can fail: each guard is taken away once, and what leaks is found. Two guards of one door hold alone."""

import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from sqlalchemy import event

import api.cache.key
from api.accounts.service import Accounts
from api.app import Server
from api.auth.principal import Principal
from api.customers import repository as customers
from api.graphql.context import NOBODY, Context
from api.graphql.sockets import shared
from api.settings import Settings
from api.streams.connection import connect
from models.database import Database
from tests.isolation.conftest import TwoWorlds
from tests.isolation.sightings import Sightings, crawl_exports, crawl_fields, redis_faults, signs_of
from tests.support import services
from tests.support.client import Api
from tests.support.frames import open_socket
from tests.support.log_lines import kept_lines
from tests.support.objects import object_ids, other_ids
from tests.support.running import running
from tests.support.world import NOW, TestTenant, clock, ingest, order

PREDICATE: Final = re.compile(r"\w+\.tenant_id = (\$\d+::UUID)")
FOLLOW: Final = 'subscription { metricUpdates(metrics: ["revenue"], range: {preset: LAST_7_DAYS}) { metric total } }'
ENOUGH: Final = frozenset({"customers", "events", "jobs"})
"""Where a guard is missed: what holds with all of them is looked for everywhere."""
Remove = Callable[[pytest.MonkeyPatch, TestTenant], None]


@asynccontextmanager
async def _serving(settings: Settings) -> AsyncIterator[tuple[Server, str, httpx.AsyncClient]]:
    server = Server(settings, now=clock, patience=60)
    async with server.running(), running(server) as url, httpx.AsyncClient(base_url=url, timeout=60) as http:
        yield server, url, http


async def _leaks(
    settings: Settings,
    database: Database,
    worlds: TwoWorlds,
    prepare: Callable[[Server], None] = lambda _: None,
    only: frozenset[str] | None = None,
) -> set[str]:
    """The places where an analyst of the first tenant sees a sign of the second, who was there just before."""
    acme, globex = worlds
    await _forget_all()
    ids = {**await object_ids(database, acme), **await other_ids(database, acme)}
    theirs_ids = {**await object_ids(database, globex), **await other_ids(database, globex)}
    signs = {tenant: await signs_of(database, tenant) for tenant in worlds}
    sightings = Sightings()
    async with _serving(settings) as (server, url, http):
        theirs, mine = await Api(http).login("globex", "analyst"), await Api(http).login("acme", "analyst")
        prepare(server)
        with kept_lines() as lines:
            await crawl_fields(url, theirs, mine, theirs_ids, Sightings(), "Query", only=only)
            await crawl_fields(url, mine, theirs, ids, sightings, "Query", just_before=theirs, only=only)
            await crawl_exports(http, mine, sightings)
        found = {line.partition(":")[0] for line in sightings.of(signs[globex])}
        if any(globex.canary in line for line in lines.rendered):
            found.add("log")
        return found | {"redis" for _ in (await redis_faults(signs))[:1]}


def _another_tenant_is_bound(patch: pytest.MonkeyPatch, other: TestTenant) -> None:
    patch.setattr(Context, "tenant_id", property(lambda _: other.id))


def _the_principal_is_anothers(patch: pytest.MonkeyPatch, other: TestTenant) -> None:
    find = Accounts.find_users

    async def found(self: Accounts, tenant_id: UUID, session_ids: Sequence[UUID]) -> Mapping[UUID, Principal]:
        known = await find(self, tenant_id, session_ids)
        return {session_id: replace(principal, tenant_id=other.id) for session_id, principal in known.items()}

    patch.setattr(Accounts, "find_users", found)


def _answers_are_kept_without_a_tenant(patch: pytest.MonkeyPatch, other: TestTenant) -> None:
    key = api.cache.key.answer_key

    def without(**parts: Any) -> bytes:
        return key(**{**parts, "tenant_id": NOBODY, "user": None})

    patch.setattr("api.graphql.requests.answer_key", without)
    patch.setattr("api.streams.keys.cached_answer", lambda tenant_id, key: f"cip:{{pulse}}:cache:answer:{key.hex()}")


def _records_are_logged(patch: pytest.MonkeyPatch, other: TestTenant) -> None:
    load = customers.CUSTOMERS.page

    async def talkative(*arguments: Any) -> Any:
        found = await load(*arguments)
        logging.getLogger("api.customers").info("found %s", found)
        return found

    patch.setattr(customers.CUSTOMERS, "page", talkative)


def _names_are_made_without_the_builder(patch: pytest.MonkeyPatch, other: TestTenant) -> None:
    patch.setattr("api.streams.keys.cached_answer", lambda tenant_id, key: f"answer-{key.hex()}")


def _names_say_no_tenant(patch: pytest.MonkeyPatch, other: TestTenant) -> None:
    patch.setattr("api.streams.keys.cached_answer", lambda tenant_id, key: f"cip:{{{NOBODY.hex}}}:cache:{key.hex()}")


GUARDS: Final[dict[str, tuple[Remove, set[str]]]] = {
    "the tenant of an operation's snapshot": (_another_tenant_is_bound, {"Query.customers", "Query.events"}),
    "the principal's tenant": (_the_principal_is_anothers, {"Query.customers", "export orders.csv"}),
    "the tenant in the key of an answer": (_answers_are_kept_without_a_tenant, {"Query.customers", "redis"}),
    "silence of the log": (_records_are_logged, {"log"}),
    "the builder of names": (_names_are_made_without_the_builder, {"redis"}),
    "the tenant in a name": (_names_say_no_tenant, {"redis"}),
}


@pytest.mark.parametrize("guard", GUARDS)
async def test_a_guard_that_is_taken_away_is_missed(
    guard: str, settings: Settings, database: Database, two_worlds: TwoWorlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove, expected = GUARDS[guard]
    remove(monkeypatch, two_worlds[1])
    assert expected <= await _leaks(settings, database, two_worlds, only=ENOUGH)


async def test_with_all_guards_nothing_leaks(settings: Settings, database: Database, two_worlds: TwoWorlds) -> None:
    assert await _leaks(settings, database, two_worlds) == set()


async def test_the_database_and_the_statements_keep_tenants_apart_each_without_the_other(
    settings: Settings, database: Database, database_name: str, two_worlds: TwoWorlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The role that no policy binds must never serve; here it shows what the predicates alone hold."""

    async def powerful_may_serve(connection: object) -> None:
        pass

    monkeypatch.setattr("api.app.check_database_role", powerful_may_serve)
    powerful = settings.model_copy(update={"database_url": services.admin_url(database_name)})
    assert await _leaks(settings, database, two_worlds, _drop_predicates) == set()
    assert await _leaks(powerful, database, two_worlds) == set()
    found = await _leaks(powerful, database, two_worlds, _drop_predicates, only=ENOUGH)
    assert {"Query.customers", "Query.events", "Query.jobs", "export orders.csv"} <= found


def _drop_predicates(server: Server) -> None:
    """From every statement, just before it is sent; its parameter must still be used."""

    def without(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        return PREDICATE.sub(r"\1 IS NOT NULL", statement), parameters

    event.listen(server.database.engine.sync_engine, "before_cursor_execute", without, retval=True)


async def test_without_a_tenant_in_its_key_a_shared_stream_shows_one_tenant_the_figures_of_another(
    settings: Settings, database: Database, two_worlds: TwoWorlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, globex = two_worlds
    await ingest(database, globex, order(globex, 777, customer=0, amount=77_777, at=NOW - timedelta(hours=1)))
    own, foreign = await _totals(settings)
    assert own != foreign
    monkeypatch.setattr("api.graphql.sockets.operations.Key", lambda _, *parts: shared.Key(NOBODY, *parts))
    assert await _totals(settings) == (foreign, foreign)


async def _totals(settings: Settings) -> tuple[object, object]:
    """What the first tenant is told of its revenue while the second follows its own."""
    async with _serving(settings) as (_, url, http), open_socket(url) as theirs, open_socket(url) as frames:
        await theirs.init((await Api(http).login("globex", "viewer")).token)
        foreign = await theirs.first(FOLLOW)
        await frames.init((await Api(http).login("acme", "viewer")).token)
        own = await frames.first(FOLLOW)
        return own["payload"], foreign["payload"]


async def _forget_all() -> None:
    redis = connect(services.redis_url())
    await redis.flushdb()
    await redis.aclose()

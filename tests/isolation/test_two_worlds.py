"""P2: what a tenant sees is the same whether or not another one is there: each of its tables, each of its fields."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text
from starlette.applications import Starlette

from api.app import Server
from api.events.contracts import IncomingEvent
from api.events.service import Ingest
from api.metrics.weights_service import EngagementWeights
from api.settings import Settings
from models.database import Database
from models.tenancy import TENANT_TABLES
from tests.isolation.crawl import Crawler
from tests.isolation.root_fields import ROOT_FIELDS, with_ids
from tests.isolation.sightings import schema
from tests.metrics.test_oracle import event, happenings
from tests.support import services
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, clock, make_tenant, settle

OF_THE_PROCESS: Final = {
    "systemHealth": "figures of the process and its machine, different at every look",
    "status": "whether Redis answers",
}
"""Root fields that do not tell of the tenant's data alone."""
MASKED: Final = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # an id
    r"|\b[0-9a-f]{32}\b"
    r'|(?<="id":")[\w-]+(?=")|(?<=[cC]ursor":")[\w-]+(?=")'
    r'|(?<="requestId":")\w+'
)
BY_THE_REAL_CLOCK: Final = re.compile(r'(?<=[": ])20[2-9]\d-(?!0[1-3])\d\d-\d\d[T ][\d:.]+(?:Z|[+-][\d:]+)?')
"""Moments after the world's own: its newest is in March."""

# (whether it is the other tenant's, what happens): a batch of events, new weights, or that the outbox is worked off.
acts = st.tuples(
    st.booleans(),
    st.lists(happenings, min_size=1, max_size=6) | st.sampled_from([2.0, 5.0]) | st.none(),
)


@dataclass(slots=True)
class World:
    """A database of its own, with a server on it."""

    database: Database
    server: Server
    http: httpx.AsyncClient


@asynccontextmanager
async def _world(settings: Settings) -> AsyncIterator[World]:
    name = f"cip_test_{uuid4().hex}"
    async with AsyncExitStack() as stack:
        await services.clone_template(name)
        stack.push_async_callback(services.drop, name)
        url = services.application_url(name)
        server = Server(settings.model_copy(update={"database_url": url}), now=clock, patience=60)
        await stack.enter_async_context(server.running())
        transport = httpx.ASGITransport(Starlette(routes=server.routes()))
        http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://testserver"))
        yield World(server.database, server, http)


@pytest.fixture
async def worlds(settings: Settings) -> AsyncIterator[tuple[World, World]]:
    async with _world(settings) as alone, _world(settings) as shared:
        yield alone, shared


@hypothesis_settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(acts, min_size=2, max_size=8))
async def test_what_a_tenant_sees_does_not_depend_on_another_one(
    worlds: tuple[World, World], drawn: list[tuple[bool, list[tuple[object, ...]] | float | None]]
) -> None:
    assert await _differences(worlds, drawn) == []


async def test_a_write_that_reaches_every_tenant_is_noticed(
    worlds: tuple[World, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest = Ingest.ingest

    async def to_all(self: Ingest, tenant_id: UUID, events: Sequence[IncomingEvent], *, actor: str) -> object:
        async with self._database.directory() as session:
            tenants = (await session.execute(text("SELECT id FROM tenant"))).scalars().all()
        return [await ingest(self, one, events, actor=actor) for one in tenants]

    monkeypatch.setattr(Ingest, "ingest", to_all)
    found = await _differences(worlds, [(True, [("page_viewed", 0, NOW, 0, None)])])
    assert {"event", "customer", "Query.events"} <= set(found)


async def _differences(
    worlds: tuple[World, World], drawn: Sequence[tuple[bool, list[tuple[object, ...]] | float | None]]
) -> list[str]:
    """The tables and fields in which the tenant is another one for having company."""
    slug = f"t{uuid4().hex}"[:20]
    _, shared = worlds
    seen = []
    for world in worlds:
        mine = await make_tenant(world.database, slug, "minecanary")
        other = await make_tenant(world.database, f"o{slug}", "theirscanary") if world is shared else None
        for number, (of_other, act) in enumerate(drawn):
            tenant = other if of_other else mine
            if tenant is not None:
                await _act(world, tenant, number, act)
        for tenant in filter(None, (other, mine)):
            await settle(world.database, tenant.id)
        seen.append({**await _tables(world.database, mine), **await _fields(world, mine)})
    return [place for place in seen[0] if seen[1][place] != seen[0][place]]


async def _act(world: World, tenant: TestTenant, number: int, act: list[tuple[object, ...]] | float | None) -> None:
    """Both tenants use the same ids and names: what one has taken must be free for the other."""
    if act is None:
        await settle(world.database, tenant.id)
    elif isinstance(act, float):
        await EngagementWeights(world.database, world.server.hub, clock).set(
            tenant.id, {"recency": act}, actor="user:admin"
        )
    else:
        events = [event(number * 10 + at, *one) for at, one in enumerate(act)]  # type: ignore[arg-type]
        await Ingest(world.database, lambda _: None, clock).ingest(tenant.id, events, actor="test")


async def _tables(database: Database, tenant: TestTenant) -> dict[str, list[str]]:
    found = {}
    async with database.unit_of_work(tenant.id) as session:
        for table in TENANT_TABLES:
            rows = await session.execute(text(f"SELECT to_jsonb({table}.*)::text FROM {table}"))
            found[table] = sorted(_masked(row) for row in rows.scalars())
    return found


async def _fields(world: World, tenant: TestTenant) -> dict[str, list[str]]:
    """Every field that can be asked for without an object that the tenant does not have."""
    caller = await Api(world.http).login(tenant.slug, "admin")
    found = {}
    for (root, name), listed in ROOT_FIELDS.items():
        if root == "Query" and name not in OF_THE_PROCESS and "<" not in str(listed.variables):
            document = Crawler(schema).document(root, name)
            found[f"Query.{name}"] = [_masked((await caller.post(document, with_ids(listed.variables, {}))).text)]
    return found


def _masked(seen: str) -> str:
    return BY_THE_REAL_CLOCK.sub("<now>", MASKED.sub("<id>", seen))


def test_what_is_left_out_is_there() -> None:
    assert {("Query", name) for name in OF_THE_PROCESS} <= set(ROOT_FIELDS)

"""No answer, frame, export, log line or name in Redis shows one tenant a sign of another one."""

from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest
from starlette.routing import Route, WebSocketRoute

from api.app import Server
from api.auth.permissions import ROLE_PERMISSIONS, Role
from api.exports.contracts import NEEDS
from api.exports.listings import LISTINGS
from models.database import Database
from tests.isolation.conftest import TwoWorlds
from tests.isolation.sightings import Sightings, crawl_exports, crawl_fields, redis_faults, signs_of
from tests.support.client import Api
from tests.support.log_lines import kept_lines
from tests.support.objects import object_ids, other_ids
from tests.support.running import running

SINGLES: Final = ("track", "t", "identify", "i", "group", "g", "page", "p", "screen", "s", "alias", "a")
ROUTES: Final = {
    "/graphql": "crawled field by field",
    "/exports/{name}.{extension}": "crawled list by list",
    "/health/live": "asked here",
    "/health/ready": "asked here",
    "/metrics": "asked here",
    "/imports/files": "answers the root field `import` of what it took in",
    "/bulk/{id}.jsonl": "answers 404 for another tenant's id; tests/bulk/test_bulk.py",
    "/bulk/lines": "answers the id of what it took in; tests/bulk/test_mutations.py",
    "/schema.graphql": "the schema, which is the same for every tenant; tests/http/test_schema_file.py",
    "/privacy/exports/{id}.json": "answers 404 for another tenant's id; tests/privacy/test_api.py",
    "/imports/{id}/errors.csv": "asked here with an id of the other tenant",
    **dict.fromkeys(("/v1/batch", "/batch", "/batch/"), "answers verdicts of what is sent; tests/http/test_batch.py"),
    **dict.fromkeys(
        (
            f"/v1/{name}"
            for name in ["track", "t", "identify", "i", "group", "g", "page", "p", "screen", "s", "alias", "a"]
        ),
        "the same as a batch of one",
    ),
    **dict.fromkeys(("/sign-in", "/sign-in/callback"), "by a provider; tests/identity_providers"),
    **dict.fromkeys(("/login", "/logout", "/setup"), "answers a redirection to a path of this host"),
}
"""Every way in, with where it is crawled. A new one fails the tests until it is here."""
MAY_EXPORT: Final = {"analyst", "admin"}


@pytest.fixture
async def url(server: Server) -> AsyncIterator[str]:
    async with running(server) as base_url:
        yield base_url


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        yield client


def test_every_route_and_every_export_is_listed(server: Server) -> None:
    assert {route.path for route in server.routes() if isinstance(route, Route | WebSocketRoute)} == set(ROUTES)
    assert set(NEEDS) == {*LISTINGS, "metric_series"}


@pytest.mark.parametrize("persona", ["viewer", "analyst", "admin"])
async def test_nothing_that_a_persona_brings_to_light_shows_the_other_tenant(
    persona: str, url: str, http: httpx.AsyncClient, database: Database, two_worlds: TwoWorlds
) -> None:
    acme, globex = two_worlds
    signs = {tenant: await signs_of(database, tenant) for tenant in two_worlds}
    mine, theirs = await Api(http).login("acme", persona), await Api(http).login("globex", persona)
    ids = {tenant: {**await object_ids(database, tenant), **await other_ids(database, tenant)} for tenant in two_worlds}
    sightings, others = Sightings(), Sightings()
    with kept_lines() as lines:
        await crawl_fields(url, theirs, mine, ids[globex], others, "Query")
        await crawl_fields(url, mine, theirs, ids[acme], sightings, "Query", "Subscription", "Mutation")
        again = await Api(http).login("acme", persona)
        await crawl_fields(url, again, theirs, ids[globex], sightings, "Query", "Mutation")
        again = await Api(http).login("acme", persona)
        statuses = await crawl_exports(http, again, sightings)
        await _plain_routes(http, again, ids[globex]["Import"], sightings)
    granted = ROLE_PERMISSIONS[Role(persona)]
    assert statuses == {name: {200} if needs <= granted else {403} for name, needs in NEEDS.items()}
    assert any(status == {200} for status in statuses.values()) == (persona in MAY_EXPORT)
    assert sightings.of(signs[globex]) == []
    assert others.of(signs[acme]) == []
    assert others.of({globex.canary}) != []
    # Addresses of customers, as they are, are for those who may export them.
    addresses = {f"c{number}@{acme.canary}.example" for number in range(3)}
    assert (sightings.of(addresses) != []) is (persona in MAY_EXPORT)
    texts = {acme.canary, globex.canary, "@"}
    assert lines.rendered != []
    assert [line for line in lines.rendered if any(text in line for text in texts)] == []
    assert await redis_faults(signs) == []


async def _plain_routes(http: httpx.AsyncClient, caller: Api, foreign_import: str, sightings: Sightings) -> None:
    headers = {"authorization": f"Bearer {caller.token}"}
    for path in ("/health/live", "/health/ready", "/metrics", f"/imports/{foreign_import}/errors.csv"):
        answer = await http.get(path, headers=headers)
        sightings.add(path.replace(foreign_import, "<Import>"), answer.text)

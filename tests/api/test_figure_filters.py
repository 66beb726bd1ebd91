"""A list of customers is as long as the figure that it stands behind is high, and its file holds the same."""

import csv
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from api.auth.permissions import Permission, Role
from api.segments.contracts import RunRequest
from models.database import Database
from tests.api.test_uploads import get
from tests.predictions.support import current_model
from tests.segments.support import buy, run, two_kinds
from tests.support.api_keys import make_api_key
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, make_tenant

COUNT = "query Count($where: CustomerWhere) { customers(first: 1, where: $where) { totalCount { value } } }"
FIGURES = """{
  rfm { grid { recency frequency customers } }
  segments(first: 50, kind: RFM) { nodes { id name customers } }
  segmentMovement(method: RFM, horizonDays: 60) { rows { segmentId customers cells { segmentId customers } } }
  journey(range: {preset: LAST_90_DAYS}) { rangeStart asOf stages { stage { key } customers here } }
}"""


@pytest.fixture
async def shop(database: Database) -> TestTenant:
    return await make_tenant(database, "behind", "behindcanary")


async def number(client: Any, where: dict[str, Any]) -> int:
    found: int = (await client.data(COUNT, {"where": where}))["customers"]["totalCount"]["value"]
    return found


async def test_lists_are_as_long_as_figures_are_high(api: Api, database: Database, shop: TestTenant) -> None:
    await buy(database, shop, two_kinds(80))
    await buy(database, shop, [(90, 10, 5_000), (91, 20, 5_000)], start=1_000)
    await run(database, shop, RunRequest("rfm"))
    viewer = await api.login(shop.slug, "viewer")
    found = await viewer.data(FIGURES)
    cells = [one for one in found["rfm"]["grid"] if one["customers"]]
    assert len(cells) > 2
    for one in found["rfm"]["grid"]:
        where = {"rfm": {"recency": one["recency"], "frequency": one["frequency"]}}
        assert await number(viewer, where) == one["customers"], one
    for one in found["segments"]["nodes"]:
        assert await number(viewer, {"segment": one["id"]}) == one["customers"], one
    rows = [row for row in found["segmentMovement"]["rows"] if row["customers"]]
    assert len(rows) > 1
    for row in rows:
        moved = {"from": row["segmentId"], "horizonDays": 60}
        assert await number(viewer, {"moved": moved}) == row["customers"]
        for cell in row["cells"]:
            assert await number(viewer, {"moved": {**moved, "to": cell["segmentId"]}}) == cell["customers"]
    journey = found["journey"]
    entered = [one for one in journey["stages"] if one["customers"]]
    assert entered
    for one in entered:
        span = {"stage": one["stage"]["key"], "gte": journey["rangeStart"], "lt": journey["asOf"]}
        assert await number(viewer, {"entered": span}) == one["customers"], one
        assert await number(viewer, {"entered": {**span, "stillHere": True}}) <= one["here"]


async def test_who_is_foretold_what(api: Api, database: Database, shop: TestTenant) -> None:
    await buy(database, shop, two_kinds(4))
    async with database.unit_of_work(shop.id) as session:
        await current_model(session, shop.id, made_by="test")
    viewer = await api.login(shop.slug, "viewer")
    churn = {"kind": "CHURN", "horizonDays": 30}
    cases: tuple[tuple[dict[str, float], int], ...] = (
        ({}, 1),
        ({"gte": 0.55}, 1),
        ({"lt": 0.55}, 0),
        ({"gte": 0.5, "lt": 0.6}, 1),
        ({"gte": 0.56}, 0),
    )
    for bounds, expected in cases:
        assert await number(viewer, {"predicted": {**churn, **bounds}}) == expected, bounds
    assert await number(viewer, {"predicted": {**churn, "horizonDays": 60}}) == 0


async def test_the_file_holds_who_is_behind_a_figure(api: Api, database: Database, shop: TestTenant) -> None:
    await buy(database, shop, two_kinds(40))
    await run(database, shop, RunRequest("rfm"))
    analyst = await api.login(shop.slug, "analyst")
    found = await analyst.data(FIGURES)
    segment = next(one for one in found["segments"]["nodes"] if one["customers"])
    cell = next(one for one in found["rfm"]["grid"] if one["customers"])
    row = next(row for row in found["segmentMovement"]["rows"] if row["customers"])
    cases = (
        ({"segment": segment["id"]}, segment["customers"]),
        ({"rfm": f"{cell['recency']}-{cell['frequency']}"}, cell["customers"]),
        ({"movedFrom": row["segmentId"], "movedDays": "60"}, row["customers"]),
        ({"entered": "purchase", "enteredGte": (NOW - timedelta(days=3)).isoformat(), "enteredTo": "advocacy"}, 0),
        ({"predicted": "CHURN", "predictedDays": "30", "predictedGte": "0.5"}, 0),
    )
    for query, expected in cases:
        file = await get(analyst, "/exports/customers.csv", **query)
        assert len(list(csv.DictReader(StringIO(file.text)))) == expected, query


async def test_another_tenants_segment_has_nobody(
    api: Api, database: Database, shop: TestTenant, globex: TestTenant
) -> None:
    await buy(database, shop, two_kinds(40))
    await run(database, shop, RunRequest("rfm"))
    mine, other = await api.login(shop.slug, "viewer"), await api.login(globex.slug, "viewer")
    segments = (await mine.data(FIGURES))["segments"]["nodes"]
    one = next(found["id"] for found in segments if found["customers"])
    assert await number(mine, {"segment": one}) > 0
    assert await number(other, {"segment": one}) == 0
    assert await number(other, {"moved": {"from": one, "horizonDays": 60}}) == 0


async def test_what_was_worked_out_needs_analytics(api: Api, database: Database, acme: TestTenant) -> None:
    scopes = frozenset({Permission.CUSTOMERS_READ, Permission.CUSTOMERS_EXPORT})
    key = await make_api_key(database, acme, role=Role.ANALYST, scopes=scopes)
    program = replace(api, token=key.text)
    assert await number(program, {"orderCount": {"range": {"gte": 1}}}) > 0
    cell = {"rfm": {"recency": 5, "frequency": 5}}
    await number(await api.login("acme", "admin"), cell)  # kept from here on, for those who may ask for it
    assert await program.error_code(COUNT, {"where": cell}) == "FORBIDDEN"
    assert (await get(program, "/exports/customers.csv", ordersGte="1")).status_code == 200
    assert (await get(program, "/exports/customers.csv", rfm="5-5")).status_code == 403


async def test_what_cannot_be_says_where(api: Api, acme: TestTenant) -> None:
    analyst = await api.login(acme.slug, "analyst")
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"segment": "nonsense"}, ["where", "segment"]),
        ({"rfm": {"recency": 6, "frequency": 1}}, ["where", "rfm", "recency"]),
        ({"moved": {"from": "U2VnbWVudA", "horizonDays": 30}}, ["where", "moved", "from"]),
        ({"entered": {"stage": ""}}, ["where", "entered", "stage"]),
        ({"entered": {"stage": "a", "to": "b", "stillHere": True}}, ["where", "entered", "stillHere"]),
        ({"entered": {"stage": "a", "gte": "2026-03-01T00:00:00"}}, ["where", "entered", "gte"]),
        ({"predicted": {"kind": "CLV", "horizonDays": 0}}, ["where", "predicted", "horizonDays"]),
        ({"predicted": {"kind": "CLV", "horizonDays": 30, "gte": 2, "lt": 1}}, ["where", "predicted", "lt"]),
    ]
    for where, path in cases:
        [error] = (await analyst.answer(COUNT, {"where": where}))["errors"]
        assert (error["extensions"]["code"], error["extensions"]["argument"]) == ("BAD_USER_INPUT", path), where
    for query in ({"rfm": "5"}, {"rfm": "9-1"}, {"predicted": "SUN"}, {"predicted": "CLV", "predictedGte": "x"}):
        assert (await get(analyst, "/exports/customers.csv", **query)).status_code == 400, query

"""New versions of the methods: what they say, what they keep, and when they refuse."""

from collections import Counter

import pytest

from api.intelligence.segmentation import LABELS
from api.segments.contracts import RunRequest
from models.database import Database
from tests.segments.support import buy, groups, member_numbers, run, two_kinds
from tests.support.world import NOW, TestTenant, make_tenant

RFM = RunRequest("rfm")
CUSTOMERS = 120


@pytest.fixture
async def tenant(database: Database) -> TestTenant:
    return await make_tenant(database, "acme", "acmecanary")


@pytest.fixture
async def shop(database: Database, tenant: TestTenant) -> TestTenant:
    await buy(database, tenant, two_kinds(CUSTOMERS))
    return tenant


async def test_rfm_has_its_eleven_segments_and_everybody_is_in_one(database: Database, shop: TestTenant) -> None:
    found = await run(database, shop, RFM)
    assert (found.state, found.current, found.number, found.n, found.cutoff) == ("ready", True, 1, CUSTOMERS, NOW)
    listed = await groups(database, shop, found.id)
    assert tuple(group.name for group in listed) == LABELS
    placed: Counter[int] = Counter()
    for group in listed:
        placed.update(await member_numbers(database, shop, group.id))
    assert placed == Counter(range(CUSTOMERS))
    champions = await member_numbers(database, shop, listed[0].id)
    assert champions
    assert all(number % 2 for number in champions)


async def test_kmeans_finds_both_kinds_and_says_what_sets_them_apart(database: Database, shop: TestTenant) -> None:
    found = await run(database, shop, RunRequest("kmeans", k=2))
    assert found.state == "ready"
    assert found.quality is not None
    best, rest = await groups(database, shop, found.id)
    assert await member_numbers(database, shop, best.id) == set(range(1, CUSTOMERS, 2))
    assert await member_numbers(database, shop, rest.id) == set(range(0, CUSTOMERS, 2))
    assert (found.quality["clusters"], found.quality["stable"]) == (2, True)
    assert found.quality["silhouette"] > 0.6
    assert best.traits is not None
    assert {trait["feature"]: trait["effect"] > 0 for trait in best.traits} == {
        "recency": False,
        "frequency": True,
        "monetary": True,
    }

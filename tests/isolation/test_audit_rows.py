"""Every mutation leaves one entry in the audit trail, done or denied; one that changes nothing leaves none."""

from typing import Final

import pytest
from sqlalchemy import text

from models.database import Database
from tests.isolation.conftest import TwoWorlds
from tests.isolation.crawl import Crawler
from tests.isolation.root_fields import ROOT_FIELDS, with_ids
from tests.isolation.test_root_fields import schema
from tests.support.client import Api
from tests.support.objects import object_ids, other_ids
from tests.support.world import TestTenant

MUTATIONS: Final = [name for root, name in ROOT_FIELDS if root == "Mutation"]
CHANGES_NOTHING: Final = frozenset({"refreshSession"})
COUNT: Final = text("SELECT count(*) FROM audit_entry")


async def _entries(database: Database, tenant: TestTenant) -> int:
    async with database.unit_of_work(tenant.id) as session:
        return int((await session.execute(COUNT)).scalar_one())


@pytest.mark.parametrize("persona", ["viewer", "admin"])
async def test_each_mutation_leaves_one_entry(
    persona: str, api: Api, database: Database, two_worlds: TwoWorlds
) -> None:
    acme, _ = two_worlds
    ids = {**await object_ids(database, acme), **await other_ids(database, acme)}
    caller = await api.login("acme", persona)
    found: dict[str, int] = {}
    for name in MUTATIONS:
        listed = ROOT_FIELDS["Mutation", name]
        document = Crawler(schema).document("Mutation", name)
        before = await _entries(database, acme)
        answer = await caller.answer(document, with_ids(listed.variables, ids))
        payload = (answer.get("data") or {}).get(name) or {}
        count = await _entries(database, acme) - before
        if payload.get("userErrors"):
            assert count in {0, 1}, name  # a wrong password is a denial; a wrong address is nothing
        else:
            found[name] = count
    assert len(found) >= len(MUTATIONS) // 2
    assert {name: count for name, count in found.items() if count != (name not in CHANGES_NOTHING)} == {}

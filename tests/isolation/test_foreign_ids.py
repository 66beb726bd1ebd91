"""In whatever field an id is given: one of another tenant answers like one that never was, and changes nothing."""

import re
from typing import Final
from uuid import uuid4

from sqlalchemy import text

from api.graphql.ids import global_id
from models.database import Database
from models.tenancy import TENANT_TABLES
from tests.isolation.conftest import TwoWorlds
from tests.isolation.crawl import Crawler
from tests.isolation.root_fields import ROOT_FIELDS, with_ids
from tests.isolation.sightings import schema
from tests.support.client import Api
from tests.support.objects import object_ids, other_ids
from tests.support.world import TestTenant

REQUEST_ID: Final = re.compile(r'"requestId":"[0-9a-f]{32}"')
BY_ID: Final = {
    name: listed
    for name, listed in ROOT_FIELDS.items()
    if "'<" in str(listed.variables) and name[0] != "Subscription" and name != ("Query", "node")
}
"""`node` is asked for each type in test_root_fields."""


async def test_a_foreign_id_answers_like_one_that_never_was_and_changes_nothing(
    api: Api, database: Database, two_worlds: TwoWorlds
) -> None:
    _, globex = two_worlds
    foreign = {**await object_ids(database, globex), **await other_ids(database, globex)}
    unknown = {type_name: str(global_id(type_name, uuid4())) for type_name in foreign}
    before = await _tables(database, globex)
    admin = await api.login("acme", "admin")
    for (root, name), listed in BY_ID.items():
        document = Crawler(schema).document(root, name)
        answers = [await _answer(admin, document, with_ids(listed.variables, ids), ids) for ids in (foreign, unknown)]
        assert answers[0] == answers[1], (root, name)
    assert len(BY_ID) > 10
    assert await _tables(database, globex) == before


async def _answer(caller: Api, document: str, variables: dict[str, object], ids: dict[str, str]) -> str:
    """Without the ids it was given, which it may say again."""
    answer = REQUEST_ID.sub("", (await caller.post(document, variables)).text)
    for given in ids.values():
        answer = answer.replace(given, "<id>")
    return answer


async def _tables(database: Database, tenant: TestTenant) -> dict[str, list[str]]:
    async with database.unit_of_work(tenant.id) as session:
        return {
            table: sorted((await session.execute(text(f"SELECT to_jsonb({table}.*)::text FROM {table}"))).scalars())
            for table in TENANT_TABLES
        }

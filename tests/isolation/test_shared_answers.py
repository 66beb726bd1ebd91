"""An answer that the cache may show to others is the same for all who may ask for it: no role sees more in it."""

import pytest

from api.schema import make_schema
from models.database import Database
from tests.isolation.conftest import TwoWorlds
from tests.isolation.crawl import Crawler
from tests.isolation.root_fields import ROOT_FIELDS, with_ids
from tests.support.client import Api
from tests.support.objects import object_ids, other_ids

schema = make_schema()
KEPT = [
    (root, field)
    for root, field in ROOT_FIELDS
    if (found := schema.freshnesses.of(Crawler(schema._schema).document(root, field), None).freshness) is not None
    and not found.per_user
]


def test_there_are_such_answers() -> None:
    assert {("Query", "customers"), ("Query", "metricSeries"), ("Query", "events"), ("Query", "tenant")} <= set(KEPT)


@pytest.mark.parametrize("field", [field for _, field in KEPT])
async def test_every_role_reads_the_same(api: Api, database: Database, two_worlds: TwoWorlds, field: str) -> None:
    """Each role reads it anew: a comment makes it another document to the cache."""
    acme, _ = two_worlds
    listed = ROOT_FIELDS["Query", field]
    variables = with_ids(listed.variables, {**await object_ids(database, acme), **await other_ids(database, acme)})
    document = Crawler(schema._schema).document("Query", field)
    answers = set()
    for persona in sorted(listed.allowed - {"anonymous"}):
        answer = await (await api.login("acme", persona)).post(f"{document} # {persona}", variables)
        assert answer.headers["x-cache"] == "miss"
        answers.add(answer.text)
    assert len(answers) == 1

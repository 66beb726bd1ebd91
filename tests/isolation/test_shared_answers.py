"""An answer that the cache may show to others is the same for all it may be shown to: no role sees more in it."""

import pytest

from api.auth.permissions import ROLE_PERMISSIONS, Role
from api.schema import make_schema
from models.database import Database
from tests.isolation.conftest import TwoWorlds
from tests.isolation.crawl import Crawler
from tests.isolation.root_fields import ROOT_FIELDS, with_ids
from tests.support.client import Api
from tests.support.objects import object_ids, other_ids

schema = make_schema()
FIELDS = 30
"""Of one document: what may not be kept shall not hide what may."""
KEPT = [
    (field, document, found.looks_at)
    for root, field in ROOT_FIELDS
    for _, document in Crawler(schema._schema).documents(root, field, FIELDS)
    if (found := schema.freshnesses.of(document, None).freshness) is not None and not found.per_user
]


def test_there_are_such_answers() -> None:
    assert {"customers", "metricSeries", "events", "tenant"} <= {field for field, _, _ in KEPT}


@pytest.mark.parametrize("field", sorted({field for field, _, _ in KEPT}))
async def test_every_role_reads_the_same(api: Api, database: Database, two_worlds: TwoWorlds, field: str) -> None:
    """Each role reads it anew: a comment makes it another document to the cache. Those who differ in a permission that
    the answer looks at are never shown each other's."""
    acme, _ = two_worlds
    listed = ROOT_FIELDS["Query", field]
    variables = with_ids(listed.variables, {**await object_ids(database, acme), **await other_ids(database, acme)})
    callers = {persona: await api.login("acme", persona) for persona in sorted(listed.allowed - {"anonymous"})}
    for document, looks_at in ((document, looks_at) for name, document, looks_at in KEPT if name == field):
        answers: dict[frozenset[str], set[str]] = {}
        for persona, caller in callers.items():
            answer = await caller.post(f"{document} # {persona}", variables)
            assert answer.headers["x-cache"] == "miss"
            answers.setdefault(looks_at & ROLE_PERMISSIONS[Role(persona)], set()).add(answer.text)
        assert [len(alike) for alike in answers.values()] == [1] * len(answers)

"""The product's own operations, and one that asks for everything of each root field: as graphql-core answers them."""

from pathlib import Path
from typing import Any, Final

import pytest

from api.graphql.plain import PlainExecutor, Plan
from api.schema import make_schema
from models.database import Database
from tests.isolation.crawl import Crawler
from tests.isolation.root_fields import ROOT_FIELDS, with_ids
from tests.isolation.worlds import complete
from tests.support.client import Api
from tests.support.objects import object_ids, other_ids
from tests.support.world import TestTenant

OPERATIONS: Final = Path("ui/operations")
RANGE: Final = {"preset": "LAST_7_DAYS"}
PAGES: Final[dict[str, dict[str, Any]]] = {
    "RealtimePage": {"range": RANGE},
    "EverReceived": {"range": RANGE},
    "NewestEvents": {},
    "Shell": {},
    "Me": {},
    "Customers": {"first": 10, "orderBy": [{"field": "NAME", "direction": "ASC"}]},
    "CustomerPage": {"id": "<Customer>", "first": 5},
    "Imports": {"first": 5},
}
MEASURED: Final = frozenset({"systemHealth"})
"""Shows what was measured this very moment."""


@pytest.fixture
async def ids(database: Database, acme: TestTenant) -> dict[str, str]:
    await complete(database, acme)
    return {**await object_ids(database, acme), **await other_ids(database, acme)}


def documents() -> dict[str, tuple[str, dict[str, Any]]]:
    """With their variables."""
    found = {name: (Path(OPERATIONS, f"{name}.graphql").read_text(), given) for name, given in PAGES.items()}
    crawler = Crawler(make_schema()._schema)
    for (root, field), listed in ROOT_FIELDS.items():
        if root == "Query" and field not in MEASURED:
            for number, (type_name, document) in enumerate(crawler.documents(root, field)):
                variables = {
                    name: f"<{type_name}>" if value == "<Node>" else value for name, value in listed.variables.items()
                }
                found[f"{field} {number}"] = (document, variables)
    return found


async def test_each_answer_is_the_same_without_our_part_of_the_execution(
    api: Api, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {name: (query, with_ids(given, ids)) for name, (query, given) in documents().items()}
    admin = await api.login("acme", "admin")
    ours = {name: (await admin.post(f"{query}\n# ours", given)).text for name, (query, given) in asked.items()}
    monkeypatch.setattr(PlainExecutor, "_plan", lambda self, parent, grouped: Plan((), grouped))
    for name, (query, given) in asked.items():
        reference = (await admin.post(f"{query}\n# theirs", given)).text
        assert ours[name] == reference, name
        assert '"errors"' not in reference, (name, reference)

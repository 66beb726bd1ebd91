"""GraphQL over HTTP, as the reference implementation's own audit suite sees it: npm graphql-http, all its audits."""

from pathlib import Path
from typing import Any, Final

import orjson

from tests.conformance.node import HERE, needs_node, run
from tests.support.client import Api

AUDITS: Final = 61
BY_GET: Final = {"5A70", "D6D5", "6A70"}
"""What a server MAY do: answer queries by GET. This one does not, so that no link can ask in somebody's name."""


@needs_node
async def test_no_audit_of_graphql_http_has_anything_to_say_but_that_there_is_no_get(
    url: str, viewer: Api, modules: Path
) -> None:
    assert viewer.token is not None
    printed = await run(modules, HERE / "audit.mjs", f"{url}/graphql", viewer.token)
    verdicts: list[dict[str, Any]] = orjson.loads(printed)
    said = {verdict["id"]: verdict for verdict in verdicts if verdict["status"] != "ok"}
    assert {name: verdict for name, verdict in said.items() if verdict["status"] != "notice"} == {}
    assert set(said) == BY_GET
    assert all(verdict["name"].startswith("MAY ") and "GET" in verdict["name"] for verdict in said.values())
    assert len(verdicts) == AUDITS

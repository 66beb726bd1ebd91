"""Source keys: made and revoked by admins, shown once, good for sending events and nothing else."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text

from api.accounts.source_key_service import SourceKeys
from api.app import Server
from api.auth import source_keys
from models.database import Database
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.frames import open_socket
from tests.support.running import running
from tests.support.source_keys import make_source_key
from tests.support.statements import counted_statements
from tests.support.world import NOW, TestTenant

CREATE: Final = """
mutation($input: SourceKeyCreateInput!) {
  sourceKeyCreate(input: $input) { key sourceKey { id name source public revokedAt } userErrors { field code } }
}
"""
REVOKE: Final = """
mutation($id: ID!) { sourceKeyRevoke(input: {id: $id}) { sourceKey { revokedAt } userErrors { field code } } }
"""
LIST: Final = "{ sourceKeys(first: 10) { totalCount { value } nodes { id name source public createdBy lastUsedAt } } }"
SEND: Final = """
mutation($events: [EventInput!]!) { eventsIngest(input: {events: $events}) { verdicts { status code path } } }
"""
EVENT: Final = {"messageId": "1", "name": "page_viewed"}


async def create(admin: Api, name: str = "shop", source: str = "shop") -> dict[str, Any]:
    payload: dict[str, Any] = (await admin.data(CREATE, {"input": {"name": name, "source": source}}))["sourceKeyCreate"]
    return payload


async def test_a_key_is_shown_once_and_only_its_hash_is_kept(api: Api, acme: TestTenant, database: Database) -> None:
    admin = await api.login("acme", "admin")
    made = await create(admin)
    ref = source_keys.read(made["key"])
    assert ref is not None
    assert (ref.slug, made["userErrors"]) == ("acme", [])
    listed = (await admin.data(LIST))["sourceKeys"]
    assert listed["totalCount"] == {"value": 1}
    [node] = listed["nodes"]
    assert (node["id"], node["public"], node["createdBy"]) == (made["sourceKey"]["id"], ref.public, "user:admin")
    async with database.unit_of_work(acme.id) as session:
        row = (await session.execute(text("SELECT secret_hash, source_key::text AS all FROM source_key"))).one()
    assert row.secret_hash == ref.secret_hash
    assert made["key"].rpartition("_")[2] not in row.all
    [entry] = [entry for entry in await entries(database, acme) if entry.action == "source_key.create"]
    assert entry.details == {"key": ref.public, "source": "shop"}


@pytest.mark.parametrize(("field", "name", "source"), [("name", " ", "shop"), ("source", "shop", "a\0")])
async def test_what_a_key_needs(api: Api, acme: TestTenant, field: str, name: str, source: str) -> None:
    payload = await create(await api.login("acme", "admin"), name, source)
    assert payload == {"key": None, "sourceKey": None, "userErrors": [{"field": [field], "code": "BAD_USER_INPUT"}]}


async def test_it_sends_events_of_its_source_and_no_other(api: Api, acme: TestTenant, database: Database) -> None:
    key = Api(api.http, (await make_source_key(database, acme)).text)
    events = [EVENT, {**EVENT, "messageId": "2", "source": "shop"}, {**EVENT, "messageId": "3", "source": "crm"}]
    verdicts = (await key.data(SEND, {"events": events}))["eventsIngest"]["verdicts"]
    assert [(verdict["status"], verdict["code"], verdict["path"]) for verdict in verdicts] == [
        ("ACCEPTED", None, None),
        ("ACCEPTED", None, None),
        ("REJECTED", "FOREIGN_SOURCE", ["source"]),
    ]
    async with database.unit_of_work(acme.id) as session:
        kept = await session.execute(text("SELECT DISTINCT source FROM event WHERE message_id IN ('1', '2', '3')"))
        dead = await session.execute(text("SELECT origin, reference FROM dead_letter"))
        assert kept.scalars().all() == ["shop"]
        assert [tuple(row) for row in dead] == [("shop", "3")]
    actors = {entry.actor for entry in await entries(database, acme) if entry.action == "events.ingest"}
    assert any(actor.startswith("source-key:") for actor in actors)


@pytest.mark.parametrize(
    "document",
    [
        "{ me { name } }",
        "{ tenant { slug } }",
        "{ status { live } }",
        "{ __schema { queryType { name } } }",
        "{ customers(first: 1) { nodes { name } } }",
        "{ events(first: 1) { nodes { name } } }",
        "mutation { refreshSession { accessToken } }",
        "mutation { logout { userErrors { code } } }",
        "{ sourceKeys(first: 1) { nodes { name } } }",
    ],
)
async def test_it_can_do_nothing_else(api: Api, acme: TestTenant, database: Database, document: str) -> None:
    key = Api(api.http, (await make_source_key(database, acme)).text)
    answer = await key.answer(document)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert answer.get("data") is None
    [denied] = [entry for entry in await entries(database, acme) if entry.outcome == "denied"]
    assert denied.actor.startswith("source-key:")


async def test_it_opens_no_socket(server: Server, acme: TestTenant, database: Database) -> None:
    key = (await make_source_key(database, acme)).text
    async with running(server) as url, open_socket(url) as frames:
        await frames.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}})
        assert await frames.close_code() == 4403


async def test_a_revoked_key_is_refused_with_the_next_request(api: Api, acme: TestTenant, database: Database) -> None:
    admin = await api.login("acme", "admin")
    made = await create(admin)
    key = Api(api.http, made["key"])
    assert "errors" not in await key.answer(SEND, {"events": [EVENT]})
    for _ in range(2):
        payload = (await admin.data(REVOKE, {"id": made["sourceKey"]["id"]}))["sourceKeyRevoke"]
        assert payload == {"sourceKey": {"revokedAt": NOW.isoformat()}, "userErrors": []}
    assert await key.error_code(SEND, {"events": [EVENT]}) == "UNAUTHENTICATED"


async def test_a_key_of_another_tenant_is_none(api: Api, acme: TestTenant, globex: TestTenant) -> None:
    made = await create(await api.login("globex", "admin"))
    admin = await api.login("acme", "admin")
    for foreign in (made["sourceKey"]["id"], "Q3VzdG9tZXI6MDE5OWY3YTAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAw"):
        payload = (await admin.data(REVOKE, {"id": foreign}))["sourceKeyRevoke"]
        assert payload == {"sourceKey": None, "userErrors": [{"field": ["id"], "code": "NOT_FOUND"}]}
    assert "errors" not in await Api(api.http, made["key"]).answer(SEND, {"events": [EVENT]})


async def test_every_wrong_key_costs_the_same_statements_and_answers_the_same(
    api: Api, acme: TestTenant, globex: TestTenant, database: Database, server: Server
) -> None:
    good = (await make_source_key(database, acme)).text
    _, _, slug, public, secret = good.split("_")
    wrong_ones = {
        "an unknown tenant": f"cip_src_nobody_{public}_{secret}",
        "another tenant": f"cip_src_globex_{public}_{secret}",
        "an unknown key": f"cip_src_{slug}_{public[::-1]}_{secret}",
        "a wrong secret": f"cip_src_{slug}_{public}_{secret[::-1]}",
    }
    seen = {}
    for name, wrong in wrong_ones.items():
        with counted_statements(server.database) as statements:
            response = await api.http.post("/v1/batch", json={"batch": []}, auth=(wrong, ""))
        seen[name] = (response.status_code, response.content, tuple(statements))
    assert len(set(seen.values())) == 1, seen
    assert next(iter(seen.values()))[0] == 401


async def test_its_last_use_is_written_once_an_hour(acme: TestTenant, database: Database) -> None:
    at = NOW
    keys = SourceKeys(database, lambda: at)
    ref = source_keys.read((await make_source_key(database, acme)).text)
    assert ref is not None
    seen: list[datetime] = []
    for minutes in (0, 30, 59, 60):
        at = NOW + timedelta(minutes=minutes)
        assert await keys.find_source(ref) is not None
        async with database.unit_of_work(acme.id) as session:
            seen.append((await session.execute(text("SELECT last_used_at FROM source_key"))).scalar_one())
    assert seen == [NOW, NOW, NOW, NOW + timedelta(hours=1)]

"""What a tenant asks of its events: schemas that warn or reject, and how old events may be."""

from datetime import timedelta
from typing import Any, Final

import pytest

from api.app import Server
from models.database import Database
from tests.api.test_events import ACCEPTED, event, ingest, rejected
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.statements import counted_statements
from tests.support.world import NOW, TestTenant

PUT: Final = """
mutation($input: EventSchemaPutInput!) {
  eventSchemaPut(input: $input) { eventSchema { id name schema mode updatedBy } userErrors { field code message } }
}
"""
DELETE: Final = """
mutation($name: String!) { eventSchemaDelete(input: {name: $name}) { deletedName userErrors { field code } } }
"""
LIST: Final = "{ eventSchemas(first: 10) { totalCount { value } nodes { name mode schema } } }"
AGE: Final = """
mutation($days: Int) {
  ingestPolicyUpdate(input: {maximumAgeDays: $days}) { ingestPolicy { maximumAgeDays } userErrors { field code } }
}
"""
WARNED: Final = """
mutation($events: [EventInput!]!) {
  eventsIngest(input: {events: $events}) { verdicts { status code warnings { path message } } }
}
"""
SCHEMA: Final = {"required": ["plan"], "properties": {"plan": {"type": "string"}}}


async def put(admin: Api, name: str = "signed_up", mode: str = "REJECT", schema: object = SCHEMA) -> dict[str, Any]:
    given = {"name": name, "mode": mode, "schema": schema}
    payload: dict[str, Any] = (await admin.data(PUT, {"input": given}))["eventSchemaPut"]
    return payload


async def test_a_rejecting_schema_holds_for_the_events_of_its_name_until_it_is_deleted(
    api: Api, acme: TestTenant, database: Database
) -> None:
    admin = await api.login("acme", "admin")
    payload = await put(admin)
    assert payload["userErrors"] == []
    assert payload["eventSchema"]["updatedBy"] == "user:admin"
    good, bad = {"plan": "pro"}, {"plan": 3}
    assert await ingest(
        admin,
        event("1", "signed_up", properties=good),
        event("2", "signed_up", properties=bad),
        event("3", "signed_up"),
        event("4", "other", properties=bad),
    ) == [
        ACCEPTED,
        rejected("SCHEMA_VIOLATION", "properties", "plan"),
        rejected("SCHEMA_VIOLATION", "properties"),
        ACCEPTED,
    ]
    await put(admin, schema={"properties": {"plan": {"type": "integer"}}})
    assert await ingest(admin, event("2", "signed_up", properties=bad)) == [ACCEPTED]
    deleted = (await admin.data(DELETE, {"name": "signed_up"}))["eventSchemaDelete"]
    assert deleted == {"deletedName": "signed_up", "userErrors": []}
    assert await ingest(admin, event("5", "signed_up", properties=good)) == [ACCEPTED]
    again = (await admin.data(DELETE, {"name": "signed_up"}))["eventSchemaDelete"]
    assert again == {"deletedName": None, "userErrors": [{"field": ["name"], "code": "NOT_FOUND"}]}
    actions = [entry.action for entry in await entries(database, acme) if entry.action.startswith("event_schema")]
    assert actions == ["event_schema.put", "event_schema.put", "event_schema.delete"]


async def test_a_warning_schema_lets_events_in_and_says_where_they_depart_from_it(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    await put(admin, mode="WARN")
    events = [event("1", "signed_up", properties={"plan": 3}), event("2", "signed_up", properties={"plan": "pro"})]
    verdicts = (await admin.data(WARNED, {"events": events}))["eventsIngest"]["verdicts"]
    warning = {"path": ["properties", "plan"], "message": "Must be of type string."}
    assert verdicts == [
        {"status": "ACCEPTED", "code": None, "warnings": [warning]},
        {"status": "ACCEPTED", "code": None, "warnings": []},
    ]


async def test_one_tenants_schema_is_not_anothers(api: Api, acme: TestTenant, globex: TestTenant) -> None:
    mine, theirs = await api.login("acme", "admin"), await api.login("globex", "admin")
    await put(mine)
    await put(theirs, schema={"properties": {"plan": {"type": "integer"}}})
    bad = event("1", "signed_up", properties={"plan": 3})
    assert await ingest(mine, bad) == [rejected("SCHEMA_VIOLATION", "properties", "plan")]
    assert await ingest(theirs, bad) == [ACCEPTED]
    assert (await mine.data(LIST))["eventSchemas"] == {
        "totalCount": {"value": 1},
        "nodes": [{"name": "signed_up", "mode": "REJECT", "schema": SCHEMA}],
    }


async def test_schemas_are_read_once_for_each_of_their_revisions(api: Api, acme: TestTenant, server: Server) -> None:
    admin = await api.login("acme", "admin")

    async def reads(message_id: str) -> int:
        with counted_statements(server.database) as seen:
            await ingest(admin, event(message_id, "signed_up", properties={"plan": "pro"}))
        return sum("event_schema" in statement for statement in seen)

    assert await reads("0") == 0
    await put(admin)
    assert [await reads("1"), await reads("2")] == [1, 0]
    await put(admin, "another")
    assert [await reads("3"), await reads("4")] == [1, 0]


@pytest.mark.parametrize(
    ("name", "schema", "field"),
    [
        ("", SCHEMA, ["name"]),
        ("a\0", SCHEMA, ["name"]),
        ("signed_up", 3, ["schema"]),
        ("signed_up", {"$ref": "https://example.org"}, ["schema", "$ref"]),
        ("signed_up", {"pattern": "(a+)+(?=b)"}, ["schema", "pattern"]),
    ],
)
async def test_a_bad_schema_is_refused_with_its_place(
    api: Api, acme: TestTenant, name: str, schema: object, field: list[str]
) -> None:
    admin = await api.login("acme", "admin")
    payload = await put(admin, name, schema=schema)
    assert payload["eventSchema"] is None
    assert [(error["field"], error["code"]) for error in payload["userErrors"]] == [(field, "BAD_USER_INPUT")]
    assert (await admin.data(LIST))["eventSchemas"]["nodes"] == []


async def test_events_may_be_as_old_as_the_tenant_says(api: Api, acme: TestTenant, database: Database) -> None:
    admin = await api.login("acme", "admin")
    old = event("1", occurredAt=(NOW - timedelta(days=30, seconds=1)).isoformat())
    young = event("2", occurredAt=(NOW - timedelta(days=30)).isoformat())
    set_to_30 = (await admin.data(AGE, {"days": 30}))["ingestPolicyUpdate"]
    assert set_to_30 == {"ingestPolicy": {"maximumAgeDays": 30}, "userErrors": []}
    assert await admin.data("{ ingestPolicy { maximumAgeDays } }") == {"ingestPolicy": {"maximumAgeDays": 30}}
    assert await ingest(admin, old, young) == [rejected("TOO_OLD", "occurredAt"), ACCEPTED]
    await admin.data(AGE, {"days": None})
    assert await ingest(admin, old) == [ACCEPTED]
    for days in (0, 36_501):
        refused = (await admin.data(AGE, {"days": days}))["ingestPolicyUpdate"]
        assert refused["userErrors"] == [{"field": ["maximumAgeDays"], "code": "BAD_USER_INPUT"}]
    found = [entry.details for entry in await entries(database, acme) if entry.action == "ingest_policy.update"]
    assert found == [{"maximumAgeDays": 30}, {"maximumAgeDays": None}]


async def test_how_large_properties_may_be_depends_on_the_kind(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    lines = [{"sku": f"{number:0200}", "quantity": 1, "unitAmount": 1} for number in range(500)]
    order = {"orderId": "large", "lines": lines}
    assert await ingest(
        admin,
        event("1", properties={"a": "x" * (32 * 1024 - 8)}),
        event("2", properties={"a": "x" * (32 * 1024 - 7)}),
        event("3", "order_completed", properties=order),
    ) == [ACCEPTED, rejected("TOO_LARGE", "properties"), ACCEPTED]

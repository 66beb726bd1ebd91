"""Exports and erasures through the API, and what the audit trail says of them."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.audit.subjects import opened, sealed
from api.graphql.ids import global_id, parse_global_id
from api.settings import Settings
from models.database import Database
from tests.privacy.support import customer_id, work
from tests.support.client import Api
from tests.support.world import TestTenant, customer_ref

EXPORT = """mutation Export($input: CustomerDataExportInput!) {
  customerDataExport(input: $input) { request { id kind state filePath job { kind } } userErrors { field code } }
}"""
ERASE = """mutation Erase($input: CustomerEraseInput!) {
  customerErase(input: $input) { request { id kind state } userErrors { field code } }
}"""
REQUEST = """query Request($id: ID!) {
  privacyRequest(id: $id) { state filePath receipt { place fate count } }
}"""


async def _first(database: Database, tenant: TestTenant) -> str:
    async with database.unit_of_work(tenant.id) as session:
        return str(global_id("Customer", await customer_id(session, customer_ref(tenant, 0).external_id)))


async def _trail(database: Database, tenant: TestTenant) -> list[tuple[str, dict[str, Any]]]:
    statement = text("SELECT action, details FROM audit_entry WHERE action LIKE 'customer.%' ORDER BY id")
    async with database.unit_of_work(tenant.id) as session:
        return [(row[0], row[1]) for row in await session.execute(statement)]


async def test_an_export_holds_all_of_one_person_and_nothing_of_another(
    api: Api, database: Database, settings: Settings, acme: TestTenant
) -> None:
    admin = await api.login("acme", "admin")
    asked = (await admin.data(EXPORT, {"input": {"customerId": await _first(database, acme)}}))["customerDataExport"]
    assert asked["userErrors"] == []
    assert (asked["request"]["state"], asked["request"]["filePath"]) == ("ASKED", None)
    again = (await admin.data(EXPORT, {"input": {"customerId": await _first(database, acme)}}))["customerDataExport"]
    assert again["request"]["id"] == asked["request"]["id"]
    await work(database, settings, acme, parse_global_id(asked["request"]["id"])[1])
    done = (await admin.data(REQUEST, {"id": asked["request"]["id"]}))["privacyRequest"]
    headers = {"authorization": f"Bearer {admin.token}"}
    answer = await api.http.get(done["filePath"], headers=headers)
    held = answer.json()["held"]
    assert [row["external_id"] for row in held["customer"]] == [f"{acme.canary}-c0"]
    assert len(held["sales_order"]) == 3
    assert {row["body"] for row in held["message"]} == {f"{acme.canary} asks", f"{acme.canary} answers"}
    assert [row["properties"]["page"] for row in held["event"] if row["name"] == "page_viewed"] == [
        f"{acme.canary}/home"
    ]
    assert f"{acme.canary}-c1" not in answer.text
    assert {line["place"]: line["count"] for line in done["receipt"]} == {
        name: len(rows) for name, rows in held.items()
    }
    assert [action for action, _ in await _trail(database, acme)] == [
        "customer.data_export", "customer.data_export", "customer.data_export.fetch",
    ]  # fmt: skip


@pytest.mark.parametrize(("persona", "status"), [(None, 401), ("viewer", 403), ("analyst", 403)])
async def test_only_who_manages_privacy_fetches_a_file(
    persona: str | None, status: int, api: Api, acme: TestTenant
) -> None:
    headers = {} if persona is None else {"authorization": f"Bearer {(await api.login('acme', persona)).token}"}
    path = f"/privacy/exports/{global_id('PrivacyRequest', acme.id)}.json"
    assert (await api.http.get(path, headers=headers)).status_code == status


async def test_a_file_of_another_tenant_answers_like_one_that_never_was(
    api: Api, database: Database, settings: Settings, acme: TestTenant, globex: TestTenant
) -> None:
    theirs = await api.login("globex", "admin")
    asked = await theirs.data(EXPORT, {"input": {"customerId": await _first(database, globex)}})
    identity = asked["customerDataExport"]["request"]["id"]
    await work(database, settings, globex, parse_global_id(identity)[1])
    headers = {"authorization": f"Bearer {(await api.login('acme', 'admin')).token}"}
    foreign = await api.http.get(f"/privacy/exports/{identity}.json", headers=headers)
    unknown = await api.http.get(f"/privacy/exports/{global_id('PrivacyRequest', acme.id)}.json", headers=headers)
    assert foreign.status_code == unknown.status_code == 404
    assert _message(foreign) == _message(unknown)


async def test_an_erasure_has_to_be_confirmed_and_its_customer_is_gone(
    api: Api, database: Database, settings: Settings, acme: TestTenant
) -> None:
    admin, identity = await api.login("acme", "admin"), await _first(database, acme)
    wrong = await admin.data(ERASE, {"input": {"customerId": identity, "confirmExternalId": "acme"}})
    assert wrong["customerErase"] == {
        "request": None, "userErrors": [{"field": ["confirmExternalId"], "code": "BAD_USER_INPUT"}],
    }  # fmt: skip
    given = {"input": {"customerId": identity, "confirmExternalId": f"{acme.canary}-c0"}}
    request = (await admin.data(ERASE, given))["customerErase"]["request"]
    assert (await admin.data(ERASE, given))["customerErase"]["request"] == request
    done = await work(database, settings, acme, parse_global_id(request["id"])[1])
    assert done.customer_id is None
    gone = await admin.data(ERASE, given)
    assert gone["customerErase"]["userErrors"] == [{"field": ["customerId"], "code": "NOT_FOUND"}]
    names = await admin.data("{ customers(first: 10) { nodes { externalId } } }")
    assert [node["externalId"] for node in names["customers"]["nodes"]] == [f"{acme.canary}-c1", f"{acme.canary}-c2"]


async def test_the_trail_says_whom_it_was_about_until_they_are_erased(
    api: Api, database: Database, settings: Settings, acme: TestTenant
) -> None:
    admin, identity = await api.login("acme", "admin"), await _first(database, acme)
    given = {"input": {"customerId": identity, "confirmExternalId": f"{acme.canary}-c0"}}
    request = (await admin.data(ERASE, given))["customerErase"]["request"]
    subjects = "{ auditEntries(first: 5) { nodes { action subject } } }"
    shown = (await admin.data(subjects))["auditEntries"]["nodes"]
    assert {"action": "customer.erase", "subject": f"{acme.canary}-c0"} in shown
    [before] = await _trail(database, acme)
    await work(database, settings, acme, parse_global_id(request["id"])[1])
    hidden = (await admin.data(subjects))["auditEntries"]["nodes"]
    assert {"action": "customer.erase", "subject": None} in hidden
    first, last = await _trail(database, acme)
    assert first == before  # an entry is never changed
    assert last[0] == "customer.erased"
    assert last[1]["counts"]["customer"] == 1


async def test_a_sealed_subject_opens_with_its_own_key_alone(database: Database, acme: TestTenant) -> None:
    async with database.unit_of_work(acme.id) as session:
        one, other = [await customer_id(session, customer_ref(acme, number).external_id) for number in (0, 1)]
        details = await sealed(session, acme.id, one, "whoever")
        await sealed(session, acme.id, other, "somebody else")
        rows = await session.execute(text("SELECT customer_id, key FROM subject_key"))
        keys = {row[0]: row[1] for row in rows}
    assert opened(acme.id, details, keys[one]) == "whoever"
    assert opened(acme.id, details, keys[other]) is None
    assert "whoever" not in str(details)


def _message(response: httpx.Response) -> str:
    return str(response.json()["error"]["message"])

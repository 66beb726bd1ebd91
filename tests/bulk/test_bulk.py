"""Whole lists by one query: asked for, run, fetched, cancelled, and kept to those who may read them."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import pytest
from sqlalchemy import text

from api.app import Server
from api.bulk.contracts import KEPT
from api.bulk.running import BulkWork
from api.events.contracts import CustomerRef, IncomingEvent
from api.graphql.ids import global_id, key_of
from api.imports.service import Imports
from api.privacy.contracts import UPLOADS_KEPT
from api.privacy.retention import Retention
from api.privacy.service import Privacy
from api.settings import Settings
from models.database import Database
from tests.bulk.support import CANCEL, CUSTOMERS, RUN, DyingRun, asked, fetch, lines_of, one, turn, work_of
from tests.imports.support import no_engine
from tests.privacy.support import customer_id, work
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, clock, ingest

MANY: Final = 230


async def _many(database: Database, tenant: TestTenant) -> set[str]:
    """More than two pages of customers beside the three that there are."""
    names = [uuid4().hex for _ in range(MANY)]
    events = [
        IncomingEvent(name, "page_viewed", occurred_at=NOW - timedelta(hours=1), customer=CustomerRef(name))
        for name in names
    ]
    await ingest(database, tenant, *events)
    return {*names, *(f"{tenant.canary}-c{number}" for number in range(3))}


async def test_every_row_is_one_line_of_the_file(
    api: Api, server: Server, settings: Settings, database: Database, acme: TestTenant
) -> None:
    names = await _many(database, acme)
    analyst = await api.login("acme", "analyst")
    key = await asked(analyst)
    assert (await one(analyst, key))["url"] is None
    await turn(server, settings, acme, key)
    found = await one(analyst, key)
    assert (found["state"], found["objectCount"], found["url"]) == ("COMPLETED", MANY + 3, f"/bulk/{key}.jsonl")
    answer = await fetch(analyst, found["url"])
    lines = lines_of(answer)
    assert {line["externalId"] for line in lines} == names
    assert (len(lines), len(answer.content)) == (MANY + 3, found["fileSize"])
    assert [len(line["orders"]["nodes"]) for line in lines if line["externalId"] == "acmecanary-c0"] == [2]
    assert [entry.action for entry in await entries(database, acme)][-2:] == ["bulk.run", "bulk.download"]


async def test_a_filter_by_what_was_worked_out_is_read_with_the_permission_for_it(
    api: Api, acme: TestTenant, server: Server, settings: Settings
) -> None:
    analyst = await api.login("acme", "analyst")
    where = {"rfm": {"recency": 5, "frequency": 5}}
    query = "query($w: CustomerWhere) { customers(where: $w) { nodes { externalId } } }"
    key = await asked(analyst, query, {"w": where})
    await turn(server, settings, acme, key)
    found = await one(analyst, key)
    assert (found["state"], found["objectCount"], found["fault"]) == ("COMPLETED", 0, None)


async def test_a_run_goes_on_where_another_died(
    api: Api, server: Server, settings: Settings, database: Database, acme: TestTenant
) -> None:
    names = await _many(database, acme)
    analyst = await api.login("acme", "analyst")
    key = await asked(analyst, "query($w: CustomerWhere) { customers(where: $w) { nodes { externalId } } }", {"w": {}})
    subject = key_of("BulkOperation", key)
    assert subject is not None
    with pytest.raises(ConnectionError):
        await work_of(server, settings).run(DyingRun(acme.id, subject, pages=2))
    assert (await one(analyst, key))["objectCount"] == 200
    await turn(server, settings, acme, key)
    lines = lines_of(await fetch(analyst, f"/bulk/{key}.jsonl"))
    assert sorted(line["externalId"] for line in lines) == sorted(names)


async def test_one_runs_at_a_time_until_it_is_cancelled(api: Api, acme: TestTenant, globex: TestTenant) -> None:
    analyst, other = await api.login("acme", "analyst"), await api.login("globex", "analyst")
    key = await asked(analyst)
    again = (await analyst.data(RUN, {"input": {"query": CUSTOMERS}}))["bulkOperationRunQuery"]
    assert [error["code"] for error in again["userErrors"]] == ["CONFLICT"]
    await asked(other)
    foreign = (await other.data(CANCEL, {"id": key}))["bulkOperationCancel"]
    assert [error["code"] for error in foreign["userErrors"]] == ["NOT_FOUND"]
    ended = (await analyst.data(CANCEL, {"id": key}))["bulkOperationCancel"]
    assert (ended["bulkOperation"]["state"], ended["userErrors"]) == ("CANCELED", [])
    await asked(analyst)


async def test_a_file_is_for_its_tenant_and_for_whoever_may_read_what_is_in_it(
    api: Api, server: Server, settings: Settings, database: Database, acme: TestTenant, globex: TestTenant
) -> None:
    admin = await api.login("acme", "admin")
    key = await asked(admin, "{ auditEntries { nodes { action } } }")
    await turn(server, settings, acme, key)
    path = f"/bulk/{key}.jsonl"
    assert (await fetch(admin, path)).status_code == 200
    statuses = {name: (await fetch(await api.login("acme", name), path)).status_code for name in ("analyst", "viewer")}
    assert statuses == {"analyst": 403, "viewer": 403}
    assert (await api.http.get(path)).status_code == 401
    foreign = await fetch(await api.login("globex", "admin"), path)
    missing = await fetch(admin, f"/bulk/{global_id('BulkOperation', uuid4())}.jsonl")
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.json()["error"]["message"] == missing.json()["error"]["message"]


async def test_a_file_expires(
    api: Api, server: Server, settings: Settings, database: Database, acme: TestTenant
) -> None:
    analyst = await api.login("acme", "analyst")
    key = await asked(analyst)
    await turn(server, settings, acme, key)
    async with database.unit_of_work(acme.id) as session:
        await session.execute(text("UPDATE bulk_operation SET expires_at = :now"), {"now": clock()})
    found = await one(analyst, key)
    assert (found["state"], found["url"]) == ("EXPIRED", None)
    assert (await fetch(analyst, f"/bulk/{key}.jsonl")).status_code == 404
    await asked(analyst)
    async with database.unit_of_work(acme.id) as session:
        assert (await session.execute(text("SELECT count(*) FROM bulk_part"))).scalar_one() == 0


async def test_nobody_exports_what_they_may_not_read(api: Api, database: Database, acme: TestTenant) -> None:
    analyst, viewer = await api.login("acme", "analyst"), await api.login("acme", "viewer")
    audit = {"input": {"query": "{ auditEntries { nodes { action } } }"}}
    assert await analyst.error_code(RUN, audit) == "FORBIDDEN"
    assert await viewer.error_code(RUN, {"input": {"query": CUSTOMERS}}) == "FORBIDDEN"
    async with database.unit_of_work(acme.id) as session:
        assert (await session.execute(text("SELECT count(*) FROM bulk_operation"))).scalar_one() == 0


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{", "not GraphQL"),
        ("mutation { logout { userErrors { code } } }", "one query"),
        ("{ customers { nodes { id } } events { nodes { id } } }", "one list"),
        ("{ customers(first: 3) { nodes { id } } }", "Leave out first"),
        ("{ customers { nodes { id } totalCount { value } } }", "Select nodes"),
        ("{ customers { nodes { nothing } } }", "does not fit the schema"),
        ("{ tenant { nodes } }", "does not fit the schema"),
        ("{ me { id } }", "Select nodes"),
    ],
)
async def test_what_is_no_query_of_one_list_is_refused_and_says_why(
    api: Api, acme: TestTenant, query: str, said: str
) -> None:
    analyst = await api.login("acme", "analyst")
    payload: dict[str, Any] = (await analyst.data(RUN, {"input": {"query": query}}))["bulkOperationRunQuery"]
    [error] = payload["userErrors"]
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", ["query"])
    assert said in error["message"]


async def test_what_was_read_before_an_erasure_is_not_written_after_it(
    api: Api, server: Server, settings: Settings, database: Database, acme: TestTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    analyst = await api.login("acme", "analyst")
    key = await asked(analyst)
    read = BulkWork._page

    async def page_and_an_erasure(self: BulkWork, *given: Any) -> Any:
        found = await read(self, *given)
        async with database.unit_of_work(acme.id) as session:
            person = await customer_id(session, f"{acme.canary}-c0")
        request = await Privacy(database, clock).ask_erasure(acme.id, person, f"{acme.canary}-c0", actor="user:admin")
        await work(database, settings, acme, request)
        return found

    monkeypatch.setattr(BulkWork, "_page", page_and_an_erasure)
    await turn(server, settings, acme, key)
    found = await one(analyst, key)
    assert (found["state"], found["url"]) == ("CANCELED", None)
    async with database.unit_of_work(acme.id) as session:
        assert (await session.execute(text("SELECT count(*) FROM bulk_part"))).scalar_one() == 0


def at(later: timedelta) -> Callable[[], datetime]:
    return lambda: NOW + later


async def test_files_that_are_over_go_without_anybody_asking(
    api: Api, server: Server, settings: Settings, database: Database, acme: TestTenant
) -> None:
    analyst = await api.login("acme", "analyst")
    await turn(server, settings, acme, await asked(analyst))
    count = text("SELECT count(*) FROM bulk_part")
    found = []
    for later in (KEPT - timedelta(seconds=1), KEPT):
        await Retention(database, at(later)).look(acme.id)
        async with database.unit_of_work(acme.id) as session:
            found.append((await session.execute(count)).scalar_one())
    assert found == [1, 0]


async def test_an_upload_that_nobody_imports_is_kept_for_thirty_days(database: Database, acme: TestTenant) -> None:
    async def file() -> AsyncIterator[bytes]:
        yield b"order_id,customer\n1,somebody\n"

    await Imports(database, clock, no_engine).upload(acme.id, "a.csv", file(), 2**20, actor="user:admin")
    count = text("SELECT count(*) FROM import_chunk")
    found = []
    for later in (UPLOADS_KEPT - timedelta(seconds=1), UPLOADS_KEPT):
        await Retention(database, at(later)).look(acme.id)
        async with database.unit_of_work(acme.id) as session:
            found.append((await session.execute(count)).scalar_one())
    assert found == [1, 0]

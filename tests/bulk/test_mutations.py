"""A mutation for each line of a file: what is kept, what is undone and what is said, by each policy."""

import json
from collections.abc import Sequence
from typing import Any, Final

import pytest
from sqlalchemy import text

from api.app import Server
from api.bulk.writing import BulkWriting
from api.graphql.ids import key_of
from api.settings import Settings
from api.worker import reader
from models.database import Database
from tests.bulk.support import CANCEL, DyingRun, fetch, lines_of, turn
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import TestTenant, clock

RUN: Final = """
mutation Run($input: BulkOperationRunMutationInput!) {
  bulkOperationRunMutation(input: $input) { bulkOperation { id state errorPolicy } userErrors { code field message } }
}
"""
ONE: Final = "query One($id: ID!) { bulkOperation(id: $id) { state objectCount failedCount url fault errorPolicy } }"
INGEST: Final = """
mutation Ingest($input: EventsIngestInput!) { eventsIngest(input: $input) { verdicts { messageId status } } }
"""
POLICIES: Final = ("REJECT_EVERYTHING", "REJECT_FAILED_ROWS", "IGNORE_FAILED")


def event(name: str, message_id: str) -> dict[str, Any]:
    return {"messageId": message_id, "name": name, "customer": {"externalId": f"of-{message_id}"}}


def line(*events: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"input": {"events": list(events)}, **more}


GOOD: Final = line(event("page_viewed", "good"))
MIXED: Final = line(event("page_viewed", "half"), event("message_sent", "bad"))
"""A message without its conversation is rejected."""


async def send(caller: Api, lines: Sequence[object]) -> str:
    body = "\n".join(json.dumps(one) for one in lines)
    headers = {"authorization": f"Bearer {caller.token}"}
    answer = await caller.http.post("/bulk/lines", content=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.json()["lines"] == len(lines)
    return str(answer.json()["upload"])


async def payload_of(caller: Api, upload: str, policy: str, mutation: str = INGEST) -> dict[str, Any]:
    given = {"mutation": mutation, "upload": upload, "errorPolicy": policy}
    payload: dict[str, Any] = (await caller.data(RUN, {"input": given}))["bulkOperationRunMutation"]
    return payload


async def asked(caller: Api, lines: Sequence[object], policy: str) -> str:
    payload = await payload_of(caller, await send(caller, lines), policy)
    assert payload["userErrors"] == []
    assert payload["bulkOperation"]["errorPolicy"] == policy
    return str(payload["bulkOperation"]["id"])


async def one(caller: Api, key: str) -> dict[str, Any]:
    found: dict[str, Any] = (await caller.data(ONE, {"id": key}))["bulkOperation"]
    return found


async def sent(database: Database, tenant: TestTenant) -> set[str]:
    async with database.unit_of_work(tenant.id) as session:
        return set((await session.execute(text("SELECT message_id FROM event"))).scalars())


@pytest.mark.parametrize(
    ("policy", "statuses", "kept"),
    [
        ("REJECT_EVERYTHING", ["UNDONE", "FAILED", "UNDONE"], set()),
        ("REJECT_FAILED_ROWS", ["DONE", "FAILED", "DONE"], {"good", "other"}),
        ("IGNORE_FAILED", ["DONE", "ERRORS", "DONE"], {"good", "half", "other"}),
    ],
)
async def test_a_line_that_fails_undoes_what_its_policy_says(
    api: Api,
    server: Server,
    settings: Settings,
    database: Database,
    acme: TestTenant,
    policy: str,
    statuses: list[str],
    kept: set[str],
) -> None:
    admin, before = await api.login("acme", "admin"), await sent(database, acme)
    key = await asked(admin, [GOOD, MIXED, line(event("page_viewed", "other"))], policy)
    await turn(server, settings, acme, key)
    found = await one(admin, key)
    assert (found["state"], found["fault"]) == ("COMPLETED", None)
    assert (found["objectCount"], found["failedCount"]) == (3, 1)
    outcomes = lines_of(await fetch(admin, found["url"]))
    assert [(outcome["line"], outcome["status"]) for outcome in outcomes] == list(enumerate(statuses, start=1))
    assert outcomes[1]["data"]["eventsIngest"]["verdicts"] == [
        {"messageId": "half", "status": "ACCEPTED"},
        {"messageId": "bad", "status": "REJECTED"},
    ]
    assert await sent(database, acme) - before == kept


@pytest.mark.parametrize("policy", POLICIES)
async def test_all_lines_are_done_in_the_name_of_who_asked(
    api: Api, server: Server, settings: Settings, database: Database, acme: TestTenant, policy: str
) -> None:
    admin = await api.login("acme", "admin")
    key = await asked(admin, [line(event("page_viewed", f"m{number}")) for number in range(60)], policy)
    await turn(server, settings, acme, key)
    assert await one(admin, key) == {
        "state": "COMPLETED",
        "objectCount": 60,
        "failedCount": 0,
        "url": f"/bulk/{key}.jsonl",
        "fault": None,
        "errorPolicy": policy,
    }
    outcomes = lines_of(await fetch(admin, f"/bulk/{key}.jsonl"))
    assert [(outcome["line"], outcome["status"]) for outcome in outcomes] == [(n, "DONE") for n in range(1, 61)]
    assert {f"m{number}" for number in range(60)} <= await sent(database, acme)
    actions = [entry.action for entry in await entries(database, acme) if entry.actor == "user:admin"]
    assert {name: actions.count(name) for name in ("bulk.upload", "bulk.write", "events.ingest")} == {
        "bulk.upload": 1,
        "bulk.write": 1,
        "events.ingest": 60,
    }
    async with database.unit_of_work(acme.id) as session:
        assert (await session.execute(text("SELECT count(*) FROM bulk_upload"))).scalar_one() == 0


async def test_a_run_that_dies_is_followed_by_one_that_does_no_line_twice(
    api: Api, server: Server, settings: Settings, database: Database, acme: TestTenant
) -> None:
    admin = await api.login("acme", "admin")
    key = await asked(admin, [line(event("page_viewed", f"m{number}")) for number in range(70)], "IGNORE_FAILED")
    subject = key_of("BulkOperation", key)
    assert subject is not None
    work = BulkWriting(server.database, reader(server.database, server.hub, clock, settings), clock)
    with pytest.raises(ConnectionError):  # at the second report within the second piece
        await work.run(DyingRun(acme.id, subject, pages=8))
    assert (await one(admin, key))["objectCount"] == 50
    await turn(server, settings, acme, key)
    outcomes = lines_of(await fetch(admin, f"/bulk/{key}.jsonl"))
    assert [outcome["line"] for outcome in outcomes] == list(range(1, 71))
    verdicts = [outcome["data"]["eventsIngest"]["verdicts"][0]["status"] for outcome in outcomes]
    assert verdicts == ["ACCEPTED"] * 70
    actions = [entry.action for entry in await entries(database, acme) if entry.actor == "user:admin"]
    assert actions.count("events.ingest") == 70


async def test_one_transaction_that_is_broken_off_leaves_nothing_and_is_done_whole_afterwards(
    api: Api, server: Server, settings: Settings, database: Database, acme: TestTenant
) -> None:
    admin, before = await api.login("acme", "admin"), await sent(database, acme)
    names = {f"m{number}" for number in range(60)}
    key = await asked(admin, [line(event("page_viewed", name)) for name in sorted(names)], "REJECT_EVERYTHING")
    subject = key_of("BulkOperation", key)
    assert subject is not None
    work = BulkWriting(server.database, reader(server.database, server.hub, clock, settings), clock)
    with pytest.raises(ConnectionError):
        await work.run(DyingRun(acme.id, subject, pages=6))
    assert await sent(database, acme) == before
    await turn(server, settings, acme, key)
    assert await sent(database, acme) - before == names


async def test_a_line_with_a_key_that_was_done_before_is_answered_as_then(
    api: Api, server: Server, settings: Settings, database: Database, acme: TestTenant
) -> None:
    admin = await api.login("acme", "admin")
    keyed = line(event("page_viewed", "once"), idempotencyKey="line-1")
    reused = line(event("page_viewed", "twice"), idempotencyKey="line-1")
    for _ in range(2):
        key = await asked(admin, [keyed, reused], "IGNORE_FAILED")
        await turn(server, settings, acme, key)
        done, refused = lines_of(await fetch(admin, f"/bulk/{key}.jsonl"))
        assert done["data"]["eventsIngest"] == {"verdicts": [{"messageId": "once", "status": "ACCEPTED"}]}
        assert (refused["status"], refused["errors"][0]["extensions"]["code"]) == ("FAILED", "IDEMPOTENCY_KEY_REUSED")


async def test_what_is_no_input_of_the_mutation_fails_its_line_alone(
    api: Api, server: Server, settings: Settings, database: Database, acme: TestTenant
) -> None:
    admin = await api.login("acme", "admin")
    key = await asked(admin, [{"input": {"events": 3}}, {}, GOOD], "REJECT_FAILED_ROWS")
    await turn(server, settings, acme, key)
    outcomes = lines_of(await fetch(admin, f"/bulk/{key}.jsonl"))
    assert [outcome["status"] for outcome in outcomes] == ["FAILED", "FAILED", "DONE"]
    assert outcomes[0]["data"] is None
    assert "good" in await sent(database, acme)


async def test_lines_serve_one_operation_of_their_own_tenant(api: Api, acme: TestTenant, globex: TestTenant) -> None:
    admin, other = await api.login("acme", "admin"), await api.login("globex", "admin")
    upload = await send(admin, [GOOD])
    foreign = await payload_of(other, upload, "IGNORE_FAILED")
    assert [(error["code"], error["field"]) for error in foreign["userErrors"]] == [("NOT_FOUND", ["upload"])]
    taken = await payload_of(admin, upload, "IGNORE_FAILED")
    await admin.data(CANCEL, {"id": taken["bulkOperation"]["id"]})
    again = await payload_of(admin, upload, "IGNORE_FAILED")
    assert [(error["code"], error["field"]) for error in again["userErrors"]] == [("CONFLICT", ["upload"])]


async def test_nobody_writes_more_than_they_may(api: Api, acme: TestTenant) -> None:
    admin, analyst, viewer = [await api.login("acme", name) for name in ("admin", "analyst", "viewer")]
    upload = await send(admin, [GOOD])
    given = {"input": {"mutation": INGEST, "upload": upload}}
    assert await analyst.error_code(RUN, given) == "FORBIDDEN"
    assert await viewer.error_code(RUN, given) == "FORBIDDEN"
    headers = {"authorization": f"Bearer {viewer.token}"}
    assert (await api.http.post("/bulk/lines", content="{}", headers=headers)).status_code == 403
    assert (await api.http.post("/bulk/lines", content="{}")).status_code == 401


async def test_what_is_not_one_of_these_mutations_is_refused_and_says_why(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    upload = await send(admin, [GOOD])
    for mutation, said in (
        ("{ me { id } }", "one mutation"),
        ("mutation { logout { userErrors { code } } }", "Only eventsIngest"),
        ("mutation { a: logout { userErrors { code } } b: logout { userErrors { code } } }", "one mutation"),
        ("mutation { eventsIngest(input: {events: []}) { nothing } }", "does not fit the schema"),
        ("mutation {", "not GraphQL"),
    ):
        [error] = (await payload_of(admin, upload, "IGNORE_FAILED", mutation))["userErrors"]
        assert (error["code"], error["field"]) == ("BAD_USER_INPUT", ["mutation"])
        assert said in error["message"]


async def test_one_transaction_has_a_limit(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    upload = await send(admin, [GOOD] * 1_001)
    [error] = (await payload_of(admin, upload, "REJECT_EVERYTHING"))["userErrors"]
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", ["errorPolicy"])


async def test_a_faulty_file_leaves_nothing_and_says_where(api: Api, database: Database, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    headers = {"authorization": f"Bearer {admin.token}"}
    good = "{}\n" * 60
    for body, said in (
        ("", "This file is empty."),
        (good + '{"a": 1}\n{', "Line 62 is no JSON."),
        (good + '{"a": 1}\n\n{}', "Line 62 is no JSON."),
        (good + "[1]", "Line 61 is no object of variables."),
        (good + json.dumps({"a": "x" * 70_000}), "Line 61 is longer than 64 kB."),
    ):
        answer = await api.http.post("/bulk/lines", content=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]["message"]) == (400, said)
    async with database.unit_of_work(acme.id) as session:
        assert (await session.execute(text("SELECT count(*) FROM bulk_upload"))).scalar_one() == 0

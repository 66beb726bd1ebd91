"""Jobs by the API: listed, followed, ended."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from api.app import Server
from api.graphql.ids import global_id
from api.job_runs import subscriptions
from api.jobs.queue import enqueue
from api.jobs.turn import Turns
from models.base import new_id
from models.database import Database
from tests.jobs.counting import KIND, QUICK, Counting
from tests.jobs.support import ask, row_of
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.frames import Frames, open_socket
from tests.support.running import running
from tests.support.statements import counted_statements
from tests.support.world import NOW, TestTenant, clock, make_tenant

JOBS = """
query Jobs($first: Int, $after: String, $state: JobState) {
  jobs(first: $first, after: $after, state: $state) {
    nodes { id kind state createdBy } pageInfo { hasNextPage endCursor } totalCount { value }
  }
}
"""
JOB = """
query Job($id: ID!) {
  job(id: $id) {
    kind state progressDone progressTotal cancelRequested failures fault summary
    createdBy createdAt startedAt finishedAt
  }
}
"""
CANCEL = """
mutation Cancel($id: ID!) {
  jobCancel(id: $id) { job { state cancelRequested finishedAt } userErrors { field code } }
}
"""
UPDATES = "subscription Updates($id: ID!) { jobUpdates(id: $id) { state progressDone progressTotal summary } }"


@pytest.fixture
async def tenant(database: Database) -> TestTenant:
    return await make_tenant(database, "acme", "acmecanary")


def name_of(job_id: UUID) -> str:
    return str(global_id("Job", job_id))


async def run(database: Database, tenant: TestTenant, job_id: UUID, steps: int = 3) -> None:
    await Turns(database, {KIND: Counting(database, steps).run}, clock, QUICK).take(tenant.id, job_id)


async def test_jobs_are_listed_the_newest_first_by_pages_and_by_state(
    database: Database, api: Api, tenant: TestTenant
) -> None:
    viewer = await api.login("acme", "viewer")
    made = []
    for number in range(5):
        async with database.unit_of_work(tenant.id) as session:
            later = NOW + timedelta(seconds=number)
            made.append(await enqueue(session, tenant.id, KIND, new_id(), actor=f"user:{number}", now=later))
    await run(database, tenant, made[1])
    first = (await viewer.data(JOBS, {"first": 3}))["jobs"]
    after = first["pageInfo"]["endCursor"]
    second = (await viewer.data(JOBS, {"first": 3, "after": after}))["jobs"]
    assert [node["createdBy"] for node in first["nodes"]] == ["user:4", "user:3", "user:2"]
    assert [(node["createdBy"], node["state"]) for node in second["nodes"]] == [
        ("user:1", "SUCCEEDED"),
        ("user:0", "QUEUED"),
    ]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    done = (await viewer.data(JOBS, {"first": 3, "state": "SUCCEEDED"}))["jobs"]
    assert [node["id"] for node in done["nodes"]] == [name_of(made[1])]
    assert done["totalCount"] == {"value": 1}
    assert await viewer.error_code(JOBS, {"first": 3, "after": after, "state": "QUEUED"}) == "BAD_USER_INPUT"


@pytest.mark.parametrize("count", [1, 20])
async def test_a_list_of_jobs_takes_two_statements_however_long_it_is(
    database: Database, server: Server, api: Api, tenant: TestTenant, count: int
) -> None:
    viewer = await api.login("acme", "viewer")
    for _ in range(count):
        await ask(database, tenant)
    await viewer.data(JOBS, {"first": 50})
    with counted_statements(server.database) as seen:
        await viewer.data(JOBS, {"first": 50})
    assert len([statement for statement in seen if " job" in statement]) == 2


async def test_a_job_tells_how_far_it_is(database: Database, api: Api, tenant: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    job_id, _ = await ask(database, tenant)
    queued = (await viewer.data(JOB, {"id": name_of(job_id)}))["job"]
    await run(database, tenant, job_id)
    ended = (await viewer.data(JOB, {"id": name_of(job_id)}))["job"]
    common = {
        "kind": KIND,
        "cancelRequested": False,
        "failures": 0,
        "fault": None,
        "summary": None,
        "createdBy": "test",
        "createdAt": NOW.isoformat(),
    }
    empty = {"progressDone": 0, "progressTotal": None, "startedAt": None, "finishedAt": None}
    assert queued == {**common, **empty, "state": "QUEUED"}
    times = {"startedAt": NOW.isoformat(), "finishedAt": NOW.isoformat()}
    assert ended == {**common, **times, "progressDone": 2, "progressTotal": 3, "state": "SUCCEEDED"}


async def test_a_waiting_job_is_cancelled_at_once_with_one_audit_row(
    database: Database, api: Api, tenant: TestTenant
) -> None:
    admin = await api.login("acme", "admin")
    job_id, _ = await ask(database, tenant)
    before = len(await entries(database, tenant))
    answer = (await admin.data(CANCEL, {"id": name_of(job_id)}))["jobCancel"]
    cancelled = {"state": "CANCELLED", "cancelRequested": True, "finishedAt": NOW.isoformat()}
    assert answer == {"job": cancelled, "userErrors": []}
    [entry] = (await entries(database, tenant))[before:]
    assert (entry.action, entry.actor, entry.details) == ("job.cancel", "user:admin", {"job": str(job_id)})
    again = (await admin.data(CANCEL, {"id": name_of(job_id)}))["jobCancel"]
    assert again == {"job": None, "userErrors": [{"field": ["id"], "code": "CONFLICT"}]}
    assert len(await entries(database, tenant)) == before + 1


async def test_a_running_job_is_asked_to_end(database: Database, api: Api, tenant: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    job_id, _ = await ask(database, tenant)

    async def ask_for_its_end(step: int) -> None:
        if step == 1:
            answer = (await admin.data(CANCEL, {"id": name_of(job_id)}))["jobCancel"]
            assert answer["job"] == {"state": "RUNNING", "cancelRequested": True, "finishedAt": None}

    counting = Counting(database, 3, ask_for_its_end)
    await Turns(database, {KIND: counting.run}, clock, QUICK).take(tenant.id, job_id)
    assert (await row_of(database, tenant, job_id)).state == "cancelled"


async def test_a_job_of_another_tenant_cannot_be_cancelled(database: Database, api: Api, tenant: TestTenant) -> None:
    other = await make_tenant(database, "globex", "globexcanary")
    job_id, _ = await ask(database, other)
    admin = await api.login("acme", "admin")
    answers = [
        (await admin.data(CANCEL, {"id": name}))["jobCancel"]
        for name in (name_of(job_id), name_of(new_id()), str(global_id("Customer", job_id)))
    ]
    assert answers == [{"job": None, "userErrors": [{"field": ["id"], "code": "NOT_FOUND"}]}] * 3
    assert (await row_of(database, other, job_id)).state == "queued"


@pytest.fixture
async def socket(server: Server, api: Api, tenant: TestTenant) -> AsyncIterator[Frames]:
    viewer = await api.login("acme", "viewer")
    async with running(server) as url, open_socket(url) as frames:
        await frames.init(viewer.token)
        yield frames


async def test_a_job_is_followed_to_its_end(
    database: Database, tenant: TestTenant, socket: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscriptions, "LOOK_SECONDS", 0.02)
    job_id, _ = await ask(database, tenant)
    first = await socket.first(UPDATES, {"id": name_of(job_id)})
    waiting = {"state": "QUEUED", "progressDone": 0, "progressTotal": None, "summary": None}
    assert first["payload"]["data"]["jobUpdates"] == waiting
    frames: list[Any] = []

    async def next_frame(step: int) -> None:
        frames.append((await socket.receive())["payload"]["data"]["jobUpdates"])

    counting = Counting(database, 2, next_frame)
    await Turns(database, {KIND: counting.run}, clock, QUICK).take(tenant.id, job_id)
    while (frame := await socket.receive())["type"] == "next":
        frames.append(frame["payload"]["data"]["jobUpdates"])
    assert frame == {"id": first["id"], "type": "complete"}
    told = [(frame["state"], frame["progressDone"], frame["progressTotal"]) for frame in frames]
    assert ("RUNNING", 0, 2) in told
    assert told[-1] == ("SUCCEEDED", 1, 2)
    assert len(set(told)) == len(told)


async def test_a_job_that_is_not_there_cannot_be_followed(socket: Frames) -> None:
    frame = await socket.first(UPDATES, {"id": name_of(new_id())})
    assert [error["extensions"]["code"] for error in _errors(frame)] == ["NOT_FOUND"]


def _errors(frame: dict[str, Any]) -> list[dict[str, Any]]:
    payload = frame["payload"]
    found: list[dict[str, Any]] = payload if isinstance(payload, list) else payload["errors"]
    return found

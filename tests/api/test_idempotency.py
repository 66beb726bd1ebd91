"""A mutation that is sent again with its key happens once, and is answered as the first time."""

import asyncio
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import text

from api.idempotency import writing
from models.database import Database
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import TestTenant

PUT: Final = """
mutation Put($input: EventSchemaPutInput!) { eventSchemaPut(input: $input) { userErrors { field code } } }
"""
MAKE: Final = """
mutation Make($input: SourceKeyCreateInput!) {
  sourceKeyCreate(input: $input) { key sourceKey { id createdAt } userErrors { code } }
}
"""
WEIGHTS: Final = """
mutation W($input: EngagementWeightsSetInput!) { engagementWeightsSet(input: $input) { userErrors { code } } }
"""
RECOMPUTE: Final = "mutation { metricsRecompute { job { id } userErrors { code } } }"


@pytest.fixture
async def admin(api: Api, acme: TestTenant) -> Api:
    return await api.login("acme", "admin")


async def _send(
    caller: Api, query: str, variables: dict[str, Any] | None = None, *, key: str | None = "k-1", **more: Any
) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {caller.token}", **({} if key is None else {"idempotency-key": key})}
    answer: httpx.Response = await caller.http.post(
        "/graphql", json={"query": query, "variables": variables or {}, **more}, headers=headers
    )
    found: dict[str, Any] = answer.json()
    return found


def _code(answer: dict[str, Any]) -> str:
    return str(answer["errors"][0]["extensions"]["code"])


async def _done(database: Database, tenant: TestTenant, action: str) -> int:
    return sum(entry.action == action for entry in await entries(database, tenant))


async def test_the_same_request_happens_once_and_is_answered_alike(
    admin: Api, database: Database, acme: TestTenant
) -> None:
    given = {"input": {"name": "thing", "schema": {"type": "object"}, "mode": "WARN"}}
    answers = [await _send(admin, PUT, given) for _ in range(3)]
    assert answers[0] == answers[1] == answers[2] == {"data": {"eventSchemaPut": {"userErrors": []}}}
    assert await _done(database, acme, "event_schema.put") == 1
    await _send(admin, PUT, given, key="k-2")
    await _send(admin, PUT, given, key=None)
    assert await _done(database, acme, "event_schema.put") == 3


async def test_the_key_may_stand_in_the_body(admin: Api, database: Database, acme: TestTenant) -> None:
    given = {"input": {"name": "thing", "schema": {"type": "object"}, "mode": "WARN"}}
    for _ in range(2):
        await _send(admin, PUT, given, key=None, extensions={"idempotencyKey": "k-1"})
    assert await _done(database, acme, "event_schema.put") == 1


async def test_a_key_with_another_request_is_refused(admin: Api, database: Database, acme: TestTenant) -> None:
    first = {"input": {"name": "one", "schema": {"type": "object"}, "mode": "WARN"}}
    other = {"input": {"name": "two", "schema": {"type": "object"}, "mode": "WARN"}}
    await _send(admin, PUT, first)
    assert _code(await _send(admin, PUT, other)) == "IDEMPOTENCY_KEY_REUSED"
    assert await _done(database, acme, "event_schema.put") == 1


async def test_keys_of_different_callers_have_nothing_to_do_with_each_other(
    admin: Api, database: Database, acme: TestTenant, globex: TestTenant
) -> None:
    given = {"input": {"name": "thing", "schema": {"type": "object"}, "mode": "WARN"}}
    theirs = await Api(admin.http).login("globex", "admin")
    for caller, tenant in ((admin, acme), (theirs, globex)):
        assert "errors" not in await _send(caller, PUT, given)
        assert await _done(database, tenant, "event_schema.put") == 1


async def test_what_changed_nothing_may_be_sent_again_with_the_same_key(
    admin: Api, database: Database, acme: TestTenant
) -> None:
    wrong = {"input": {"name": "", "schema": {"type": "object"}, "mode": "WARN"}}
    for _ in range(2):
        answer = await _send(admin, PUT, wrong)
        assert answer["data"]["eventSchemaPut"]["userErrors"][0]["code"] == "BAD_USER_INPUT"
    good = {"input": {"name": "thing", "schema": {"type": "object"}, "mode": "WARN"}}
    assert "errors" not in await _send(admin, PUT, good)


async def test_a_secret_that_is_shown_once_is_not_kept(admin: Api, database: Database, acme: TestTenant) -> None:
    given = {"input": {"name": "shop", "source": "shop"}}
    first = await _send(admin, MAKE, given)
    secret = first["data"]["sourceKeyCreate"]["key"]
    assert _code(await _send(admin, MAKE, given)) == "OUTCOME_UNKNOWN"
    async with database.unit_of_work(acme.id) as session:
        [(kept, made)] = (
            await session.execute(
                text("SELECT (SELECT answer FROM idempotent_write), (SELECT count(*) FROM source_key)")
            )
        ).all()
    assert (kept, made) == (None, 1)
    assert secret


async def test_of_the_same_requests_at_the_same_time_one_happens(
    admin: Api, database: Database, acme: TestTenant
) -> None:
    given = {"input": {"recency": 3.0}}
    answers = await asyncio.gather(*(_send(admin, WEIGHTS, given) for _ in range(6)))
    refused = {_code(answer) for answer in answers if "errors" in answer}
    assert refused <= {"CONFLICT", "OUTCOME_UNKNOWN"}
    assert any("errors" not in answer for answer in answers)
    assert "errors" not in await _send(admin, WEIGHTS, given)
    assert await _done(database, acme, "metrics.engagement_weights.set") == 1


async def test_a_lost_answer_is_told_and_the_change_does_not_happen_twice(
    admin: Api, database: Database, acme: TestTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ConnectionResetError

    given = {"input": {"name": "thing", "schema": {"type": "object"}, "mode": "WARN"}}
    with monkeypatch.context() as patched:
        patched.setattr(writing, "keep_answer", fail)
        assert "errors" not in await _send(admin, PUT, given)
    assert _code(await _send(admin, PUT, given)) == "OUTCOME_UNKNOWN"
    assert await _done(database, acme, "event_schema.put") == 1


@pytest.mark.parametrize("key", ["", "x" * 201])
async def test_a_key_that_cannot_be_one_is_a_clear_error(admin: Api, key: str) -> None:
    assert _code(await _send(admin, RECOMPUTE, key=None, extensions={"idempotencyKey": key})) == "BAD_USER_INPUT"
    assert _code(await _send(admin, RECOMPUTE, key=None, extensions={"idempotencyKey": 7})) == "BAD_USER_INPUT"


async def test_a_key_belongs_to_one_mutation(admin: Api) -> None:
    two = "mutation { a: metricsRecompute { job { id } } b: metricsRecompute { job { id } } }"
    spread = "mutation { ...F } fragment F on Mutation { metricsRecompute { job { id } } }"
    for document in (two, spread):
        assert _code(await _send(admin, document)) == "BAD_USER_INPUT"


async def test_queries_and_people_who_have_not_logged_in_need_no_key(admin: Api) -> None:
    for _ in range(2):
        assert "errors" not in await _send(admin, "{ me { name } }")
        assert "errors" not in await _send(Api(admin.http, None), "{ __typename }")

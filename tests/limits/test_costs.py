"""Costs as clients see them: what was charged, what is left, and what happens when nothing is."""

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import httpx
import pytest

from api.app import Server
from api.errors import ThrottledError
from api.graphql.cached import COST_HEADER
from api.limits.bucket import Limit
from api.limits.limiter import OF_A_CALLER
from tests.support.client import Api
from tests.support.frames import open_socket
from tests.support.running import running
from tests.support.world import NOW, TestTenant

CUSTOMERS: Final = "query C($n: Int!) { customers(first: $n) { nodes { name orders(first: 2) { nodes { id } } } } }"
RATE: Final = "{ rateLimit { limit cost remaining restoreRate resetAt } }"
ESTIMATE: Final = """
query E($document: String!, $variables: JSON, $name: String) {
  costEstimate(document: $document, variables: $variables, operationName: $name) { cost objects depth fields refusal }
}
"""
SPENT: Final = Limit(capacity=30, rate=0.5)


@pytest.fixture
async def viewer(api: Api, acme: TestTenant) -> Api:
    return await api.login("acme", "viewer")


async def _with_cost(caller: Api, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {caller.token}", COST_HEADER: "true"}
    answer = await caller.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    assert answer.headers["x-cache"] == "bypass"
    assert "errors" not in answer.json(), answer.text
    found: dict[str, Any] = answer.json()["extensions"]["cost"]
    return found


async def test_an_answer_tells_its_cost_when_it_is_asked_to(viewer: Api) -> None:
    """Ten customers with two orders each were asked for: 1 + 10 × (1 + 1 + 2 × 1). There are three, with 2 each."""
    cost = await _with_cost(viewer, CUSTOMERS, {"n": 10})
    status = cost.pop("throttleStatus")
    assert cost == {"requestedQueryCost": 1 + 10 * (1 + 1 + 2 * (1 + 1)), "actualQueryCost": 1 + 1 + 3 * (1 + 1 + 2)}
    assert (status["maximumAvailable"], status["restoreRate"]) == (OF_A_CALLER.capacity, OF_A_CALLER.rate)
    assert 0 < status["currentlyAvailable"] <= OF_A_CALLER.capacity
    assert "extensions" not in await viewer.answer(CUSTOMERS, {"n": 10})


async def test_what_is_charged_is_what_was_given(viewer: Api, server: Server, acme: TestTenant) -> None:
    before = (await _with_cost(viewer, RATE, {}))["throttleStatus"]["currentlyAvailable"]
    for _ in range(5):
        await _with_cost(viewer, CUSTOMERS, {"n": 100})
    after = (await _with_cost(viewer, RATE, {}))["throttleStatus"]["currentlyAvailable"]
    assert before - after < 5 * 100


async def test_the_estimate_is_what_is_charged_at_most(viewer: Api) -> None:
    for n in (1, 10, 100):
        given = {"document": CUSTOMERS, "variables": {"n": n}}
        estimate = (await viewer.data(ESTIMATE, given))["costEstimate"]
        cost = await _with_cost(viewer, CUSTOMERS, {"n": n})
        assert estimate["cost"] == cost["requestedQueryCost"] >= cost["actualQueryCost"]
        assert (estimate["depth"], estimate["refusal"]) == (5, None)


async def test_an_estimate_says_why_a_document_would_be_refused(viewer: Api) -> None:
    large = "{ customers(first: 100) { nodes { events(first: 100) { nodes { customer { name } } } } } }"
    estimate = (await viewer.data(ESTIMATE, {"document": large}))["costEstimate"]
    assert estimate["refusal"] == "This operation can give 30,200 objects; 20,000 are allowed."
    two = "query A { me { name } } mutation B { logout { userErrors { code } } }"
    costs = [(await viewer.data(ESTIMATE, {"document": two, "name": n}))["costEstimate"]["cost"] for n in ("A", "B")]
    assert costs == [2, 13]


@pytest.mark.parametrize(
    "given",
    [
        {"document": "{"},
        {"document": "{ a " * 900},
        {"document": "{ me { name } }", "name": "Other"},
        {"document": "{ me { name } }", "variables": [1]},
        {"document": "fragment F on User { name }"},
    ],
)
async def test_an_estimate_of_nonsense_is_a_clear_error(viewer: Api, given: dict[str, Any]) -> None:
    assert await viewer.error_code(ESTIMATE, given) == "BAD_USER_INPUT"


async def test_what_is_left_can_be_asked_for(viewer: Api) -> None:
    found = (await viewer.data(RATE))["rateLimit"]
    assert (found["limit"], found["cost"], found["restoreRate"]) == (100_000, 2, 5_000)
    assert 99_000 < found["remaining"] <= 100_000
    assert datetime.fromisoformat(found["resetAt"]) >= NOW


def _is_throttled(answer: httpx.Response) -> bool:
    [error] = answer.json()["errors"]
    seconds = error["extensions"].get("retryAfter")
    coded = (error["extensions"]["code"], error["extensions"]["retryable"]) == ("THROTTLED", True)
    return coded and answer.headers["retry-after"] == str(seconds) and seconds > 0


async def test_whoever_has_spent_everything_is_told_when_to_come_back(
    viewer: Api, server: Server, acme: TestTenant
) -> None:
    server.limits.limiter._caller = SPENT
    server.limits.limiter._shares.clear()
    assert "errors" in await viewer.answer(CUSTOMERS, {"n": 50})
    answers = [await viewer.post("{ me { name } }") for _ in range(40)]
    assert "errors" not in answers[0].json()
    assert _is_throttled(answers[-1])
    assert answers[-1].json()["data"] is None
    analyst = await Api(viewer.http).login("acme", "analyst")
    assert (await analyst.data("{ me { name } }"))["me"] == {"name": "analyst"}


async def test_an_operation_that_costs_more_than_is_left_is_refused_before_it_runs(viewer: Api, server: Server) -> None:
    server.limits.limiter._caller = SPENT
    server.limits.limiter._shares.clear()
    assert _is_throttled(await viewer.post(CUSTOMERS, {"n": 50}))
    assert len((await viewer.data(CUSTOMERS, {"n": 2}))["customers"]["nodes"]) == 2


async def test_a_socket_pays_for_its_operations_too(server: Server, viewer: Api) -> None:
    server.limits.limiter._caller = SPENT
    server.limits.limiter._shares.clear()
    async with running(server) as url, open_socket(url) as frames:
        await frames.init(viewer.token)
        refused = await frames.first(CUSTOMERS, {"n": 50})
        assert refused["type"] == "error"
        assert refused["payload"][0]["extensions"]["code"] == "THROTTLED"
        assert (await frames.only("{ me { name } }"))["data"] == {"me": {"name": "viewer"}}


def test_the_wait_is_never_nothing() -> None:
    assert (ThrottledError(0.01).retry_after, ThrottledError(2.5).retry_after) == (1, 3)
    assert replace(SPENT, rate=3).seconds_to_fill == 10

"""GraphQL over HTTP without Node: media types, statuses, and what stands in the body."""

from typing import Any, Final

import pytest

from api.graphql.negotiation import GRAPHQL, JSON, media_type, status_of
from tests.support.client import Api
from tests.support.world import TestTenant

ME: Final = "{ me { name } }"
CUSTOMERS: Final = "{ customers(first: 1) { nodes { id } } }"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        ("application/json; charset=utf-8", JSON),
        (GRAPHQL, GRAPHQL),
        (GRAPHQL.upper(), GRAPHQL),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL),
        (f"{GRAPHQL};q=0.5, {JSON};q=0.9", JSON),
        (f"{JSON}, {GRAPHQL}", JSON),
        (f"{GRAPHQL}; charset=utf-8, text/html", GRAPHQL),
        ("text/html", None),
        (f"{JSON};q=0", None),
        (f"{JSON};q=x", None),
        (";;,,", None),
    ],
)
def test_the_media_type_is_the_one_the_client_likes_best(accept: str, expected: str | None) -> None:
    assert media_type(accept) == expected


def test_data_makes_an_answer_good() -> None:
    assert status_of({"data": {"a": None}, "errors": [{"extensions": {"code": "FORBIDDEN"}}]}) == 200
    assert (
        status_of({"data": None, "errors": [{"path": ["a"], "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}) == 200
    )
    assert status_of({"errors": [{"message": "no code"}]}) == 400


async def _post(api: Api, body: Any, accept: str = GRAPHQL) -> tuple[int, str, dict[str, Any]]:
    headers = {"accept": accept, **({"authorization": f"Bearer {api.token}"} if api.token else {})}
    answer = await api.http.post("/graphql", json=body, headers=headers)
    return answer.status_code, answer.headers["content-type"], answer.json()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"query": "{"}, 400),
        ({"query": "{ nothing }"}, 400),
        ({"query": "query($id: ID!) { node(id: $id) { id } }"}, 400),
        ({"query": "query A { me { name } } query B { me { name } }"}, 400),
        ({"query": "{ a: metrics { slug } " * 40}, 400),
    ],
)
async def test_what_does_not_come_to_run_has_a_status_and_no_data(
    api: Api, acme: TestTenant, body: dict[str, Any], status: int
) -> None:
    viewer = await api.login("acme", "viewer")
    found, kind, answer = await _post(viewer, body)
    assert (found, kind) == (status, GRAPHQL)
    assert "data" not in answer
    assert answer["errors"]
    found, kind, _ = await _post(viewer, body, JSON)
    assert (found, kind.partition(";")[0]) == (200, JSON)


async def test_refusals_have_their_own_status(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    assert (await _post(api, {"query": ME}))[0] == 401
    assert (await _post(viewer, {"query": "{ apiKeys(first: 1) { nodes { id } } }"}))[0] == 403


async def test_an_answer_from_the_cache_has_the_type_that_was_asked_for(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    kinds = [(await _post(viewer, {"query": CUSTOMERS}, accept))[1] for accept in (JSON, GRAPHQL, JSON, GRAPHQL)]
    assert [kind.partition(";")[0] for kind in kinds] == [JSON, GRAPHQL, JSON, GRAPHQL]


async def test_a_client_that_takes_neither_is_told_what_there_is(api: Api) -> None:
    answer = await api.http.post("/graphql", json={"query": "{ __typename }"}, headers={"accept": "text/html"})
    assert (answer.status_code, answer.text) == (406, f"Accept {JSON} or {GRAPHQL}.")


@pytest.mark.parametrize(
    "wrong",
    [
        {"query": 1},
        {"query": ["a"]},
        {"query": "{ __typename }", "variables": "x"},
        {"query": "{ __typename }", "variables": [1]},
        {"query": "{ __typename }", "operationName": {}},
        {"query": "{ __typename }", "extensions": "x"},
        {"notquery": "{ __typename }"},
    ],
)
async def test_parameters_of_the_wrong_kind_are_a_bad_request(api: Api, wrong: dict[str, Any]) -> None:
    for accept in (JSON, GRAPHQL):
        answer = await api.http.post("/graphql", json=wrong, headers={"accept": accept})
        assert answer.status_code == 400, answer.text

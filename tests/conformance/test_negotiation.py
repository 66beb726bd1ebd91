"""Which of the two media types an answer has, and with which status."""

import httpx
import pytest

from api.graphql.negotiation import GRAPHQL, JSON, media_type, status_of
from tests.support.client import Api

ME = "{ me { name } }"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/json; charset=utf-8", JSON),
        ("Application/JSON", JSON),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, application/json", GRAPHQL),
        (f"application/json, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0.5, application/json", JSON),
        (f"{GRAPHQL}, application/json;q=0.9, */*;q=0.1", GRAPHQL),
        (f"{GRAPHQL};q=0, */*", JSON),
        ("application/json;q=0, */*", GRAPHQL),
        ("text/html", None),
        ("text/html, image/*", None),
        ("application/json;q=0", None),
        ("application/json;q=x", None),
        (",;,", None),
    ],
)
def test_the_media_type_is_the_one_that_is_wanted_most(accept: str, chosen: str | None) -> None:
    assert media_type(accept) == chosen


def test_the_status_is_that_of_the_worst_error_unless_fields_were_run() -> None:
    def error(code: str, **more: object) -> dict[str, object]:
        return {"message": "", "extensions": {"code": code}, **more}

    assert status_of([error("GRAPHQL_PARSE_FAILED")]) == 400
    assert status_of([error("GRAPHQL_VALIDATION_FAILED"), error("UNAUTHENTICATED")]) == 401
    assert status_of([error("FORBIDDEN")]) == 403
    assert status_of([error("THROTTLED")]) == 429
    assert status_of([error("NOT_FOUND", path=["customer"])]) is None
    assert status_of([error("UNAVAILABLE", path=["customer"])]) == 503
    assert status_of([{"message": ""}]) == 400


async def test_each_refusal_has_its_status_and_no_data_under_the_newer_type_and_200_under_json(
    url: str, viewer: Api
) -> None:
    async def answer(query: str, token: str | None, accept: str) -> httpx.Response:
        headers = {"accept": accept} | ({} if token is None else {"authorization": f"Bearer {token}"})
        return await viewer.http.post(f"{url}/graphql", json={"query": query}, headers=headers)

    refusals = (
        ("{", viewer.token, 400),
        ("{ nothing }", viewer.token, 400),
        ("query($n: Int!) { customers(first: $n) { nodes { id } } }", viewer.token, 400),
        (ME, None, 401),
        (ME, "x", 401),
        ("{ deadLetters(first: 1) { nodes { id } } }", viewer.token, 403),
    )
    for query, token, status in refusals:
        newer = await answer(query, token, GRAPHQL)
        assert (newer.status_code, "data" in newer.json()) == (status, False), query
        assert newer.headers["content-type"] == f"{GRAPHQL}; charset=utf-8"
        older = await answer(query, token, JSON)
        assert (older.status_code, older.json()["data"]) == (200, None), query
    for _ in range(2):  # the second comes from the cache
        found = await answer("{ customers(first: 1) { nodes { orderCount } } }", viewer.token, GRAPHQL)
        assert (found.status_code, found.headers["content-type"]) == (200, f"{GRAPHQL}; charset=utf-8")
        assert "Accept" in found.headers["vary"]
    run = await answer("{ customers(first: 0) { nodes { id } } }", viewer.token, GRAPHQL)
    assert (run.status_code, run.json()["data"]) == (200, None)
    assert (await answer(ME, viewer.token, "text/html")).status_code == 406

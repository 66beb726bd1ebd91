"""A document that was found valid is neither parsed nor validated again; every check that depends on more still is."""

from typing import Any

import pytest
from graphql import parse, validate

from api.app import Server
from api.graphql import operation
from api.graphql.documents import Documents
from tests.support.client import Api
from tests.support.world import TestTenant

ME = "{ me { name } }"
LINES = "orders(first: 100) { nodes { lines(first: 50) { nodes { sku } } } }"
PAGE = f"query Page($n: Int!) {{ customers(first: $n) {{ nodes {{ {LINES} }} }} }}"


def test_the_least_recently_used_goes_first() -> None:
    documents = Documents(maximum=2)
    for text in ("{ a }", "{ b }"):
        documents.put(text, parse(text))
    assert documents.get("{ a }") is not None
    documents.put("{ c }", parse("{ c }"))
    assert documents.get("{ b }") is None
    assert documents.get("{ a }") is not None
    assert len(documents) == 2


def test_the_texts_are_bounded_in_all() -> None:
    documents = Documents(maximum_length=12)
    for text in ("{ a }", "{ b }", "{ b }", "{ c }"):
        documents.put(text, parse(text))
    assert (len(documents), documents.length) == (2, 10)
    documents.put("{ longer than all }", parse("{ longer }"))
    assert (len(documents), documents.length) == (0, 0)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was parsed and what was validated."""
    done: list[str] = []

    def counted(name: str, known: Any) -> Any:
        def count(*args: Any, **kwargs: Any) -> Any:
            done.append(name)
            return known(*args, **kwargs)

        return count

    monkeypatch.setattr("strawberry.schema.schema.parse", counted("parse", parse))
    monkeypatch.setattr(operation, "validate", counted("validate", validate))
    return done


async def test_a_valid_document_is_read_once(api: Api, acme: TestTenant, work: list[str]) -> None:
    viewer = await api.login("acme", "viewer")
    work.clear()
    answers = [await viewer.data("query P($n: Int!) { events(first: $n) { nodes { id } } }", {"n": n}) for n in (1, 2)]
    assert [len(answer["events"]["nodes"]) for answer in answers] == [1, 2]
    assert work == ["parse", "validate"]


@pytest.mark.parametrize("query", ["{ me { nothing } }", "{ me "])
async def test_a_faulty_one_is_refused_each_time(api: Api, acme: TestTenant, query: str, work: list[str]) -> None:
    viewer = await api.login("acme", "viewer")
    answers = [await viewer.answer(query) for _ in range(2)]
    assert answers[0]["errors"][0]["message"] == answers[1]["errors"][0]["message"]
    assert work.count("parse") == 3  # the login is one


async def test_whoever_has_not_logged_in_fills_no_memory(api: Api, acme: TestTenant, work: list[str]) -> None:
    work.clear()
    for _ in range(2):
        assert await api.error_code(ME) == "UNAUTHENTICATED"
    assert work.count("parse") == 2


async def test_a_known_document_is_checked_for_who_asks_and_how_much(
    api: Api, acme: TestTenant, server: Server
) -> None:
    viewer = await api.login("acme", "viewer")
    await viewer.data(PAGE, {"n": 1})
    assert await viewer.error_code(PAGE, {"n": 100}) == "MAX_COST_EXCEEDED"
    assert await api.error_code(PAGE, {"n": 1}) == "UNAUTHENTICATED"

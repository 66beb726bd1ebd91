"""What is too large, too deep or sent in another way is refused before it costs anything."""

from typing import Final

import pytest
from graphql import IntrospectionQuery, build_client_schema, get_introspection_query, print_schema

from api.app import Server
from api.graphql.limits import FRAME_LIMIT
from tests.support.client import Api
from tests.support.frames import open_socket
from tests.support.running import running
from tests.support.world import TestTenant

ME: Final = "{ me { name } }"
INTROSPECTION: Final = "{ __schema { queryType { name } } }"


def _nested(levels: int) -> str:
    """A valid query of that many levels: customers, nodes, then orders, nodes, customer over and over."""
    names = ["customers(first: 1)", "nodes", *(["orders(first: 1)", "nodes", "customer"] * levels)][: levels - 1]
    return " { ".join(["query", *names]) + " { __typename" + " }" * levels


def _chain(fragments: int, spreads: int) -> str:
    """Each fragment spreads the next one so many times: spelt out it is spreads ** fragments fields."""
    head = "query { ...F0 } "
    body = "".join(f"fragment F{n} on Query {{ {f'...F{n + 1} ' * spreads}}} " for n in range(fragments - 1))
    return f"{head}{body}fragment F{fragments - 1} on Query {{ me {{ name }} }}"


@pytest.fixture
async def viewer(api: Api, acme: TestTenant) -> Api:
    return await api.login("acme", "viewer")


async def test_a_body_of_more_than_256_kilobytes_is_refused(api: Api) -> None:
    def body(size: int) -> bytes:
        frame = b'{"query":"{ __typename }","variables":{"x":""}}'
        return frame.replace(b'""', b'"' + b"x" * (size - len(frame)) + b'"')

    headers = {"content-type": "application/json"}
    limit = 256 * 1024
    taken = await api.http.post("/graphql", content=body(limit), headers=headers)
    assert (taken.status_code, taken.json()["data"]) == (200, {"__typename": "Query"})
    refused = await api.http.post("/graphql", content=body(limit + 1), headers=headers)
    assert refused.status_code == 413


async def test_a_document_has_at_most_2000_tokens(api: Api) -> None:
    for tokens, code in ((2_000, "MAX_COST_EXCEEDED"), (2_001, "GRAPHQL_PARSE_FAILED")):
        answer = await api.answer("{" + " a" * (tokens - 2) + "}")
        assert {error["extensions"]["code"] for error in answer["errors"]} == {code}, tokens


async def test_a_document_is_at_most_12_levels_deep(viewer: Api) -> None:
    assert "customers" in await viewer.data(_nested(12))
    assert await viewer.error_code(_nested(13)) == "MAX_COST_EXCEEDED"


async def test_depth_counts_through_fragments(viewer: Api) -> None:
    """The fragment stands 5 levels down: it may add 7 of its own, and not 8."""
    outer = "{ customers(first: 1) { nodes { orders(first: 1) { nodes { customer { ...Deep } } } } } }"
    inner = "orders(first: 1) { nodes { customer { orders(first: 1) { nodes { customer { @ } } } } } }"
    allowed = f"{outer} fragment Deep on Customer {{ {inner.replace('@', 'id')} }}"
    assert "customers" in await viewer.data(allowed)
    refused = f"{outer} fragment Deep on Customer {{ {inner.replace('@', 'totalSpent { amount }')} }}"
    assert await viewer.error_code(refused) == "MAX_COST_EXCEEDED"


async def test_bottomless_documents_are_refused_and_not_an_accident(api: Api) -> None:
    for document in ("{ a " * 660 + "}" * 660, "{ a " * 1_500, "{ me(x: " + "[" * 1_900 + ") }", "{" * 1_999):
        assert await api.error_code(document) in {"GRAPHQL_PARSE_FAILED", "MAX_COST_EXCEEDED"}


async def test_fragments_that_multiply_are_answered_or_refused_without_being_spelt_out(viewer: Api) -> None:
    assert (await viewer.data(_chain(45, 2)))["me"] == {"name": "viewer"}
    assert await viewer.error_code(_chain(60, 8)) == "MAX_COST_EXCEEDED"


async def test_fragments_in_a_circle_are_refused(viewer: Api) -> None:
    for document in (
        "{ ...A } fragment A on Query { ...A }",
        "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A me { name } }",
        "{ me { ...A } } fragment A on User { name ...A }",
    ):
        answer = await viewer.answer(document)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}
        assert answer.get("data") is None


async def test_only_posts_of_json_are_taken(viewer: Api) -> None:
    headers = {"authorization": f"Bearer {viewer.token}"}
    assert (await viewer.http.get("/graphql", params={"query": ME}, headers=headers)).status_code == 405
    body = b'{"query":"{ me { name } }"}'
    kinds = {
        "text/plain": 415,
        "application/x-www-form-urlencoded": 415,
        "multipart/form-data; boundary=x": 415,
        "application/graphql": 415,
        "": 415,
        "application/json": 200,
        "application/json; charset=utf-8": 200,
    }
    for kind, status in kinds.items():
        answer = await viewer.http.post("/graphql", content=body, headers={**headers, "content-type": kind})
        assert answer.status_code == status, kind


async def test_a_batch_of_operations_is_refused(viewer: Api) -> None:
    headers = {"authorization": f"Bearer {viewer.token}"}
    answer = await viewer.http.post("/graphql", json=[{"query": ME}, {"query": ME}], headers=headers)
    assert answer.status_code == 400
    assert "viewer" not in answer.text


async def test_a_body_that_is_no_request_is_a_bad_request(api: Api) -> None:
    bodies = (
        b"",
        b"{",
        b"null",
        b"1",
        b'"x"',
        b"[]",
        b"\xff\xfe",
        b'{"query": 1}',
        b'{"query": "{ me }", "variables": 1}',
    )
    deep = (b"[" * 100_000, b'{"query": "{ __typename }", "variables": ' + b'{"a":' * 50_000, b'{"a":' * 1_000)
    for body in (*bodies, *deep):
        answer = await api.http.post("/graphql", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 400, (body[:40], answer.status_code, answer.text)


async def test_the_schema_is_shown_to_those_who_have_logged_in(api: Api, viewer: Api) -> None:
    for document in (
        INTROSPECTION,
        '{ __type(name: "Customer") { name } }',
        "{ ...S } fragment S on Query { __schema { queryType { name } } }",
        "mutation { __schema { queryType { name } } }",
        "{ hidden: __schema { queryType { name } } }",
    ):
        assert await api.error_code(document) == "UNAUTHENTICATED", document
    assert await viewer.data(INTROSPECTION) == {"__schema": {"queryType": {"name": "Query"}}}
    assert await api.data("{ __typename }") == {"__typename": "Query"}


async def test_standard_introspection_is_answered(viewer: Api) -> None:

    query = get_introspection_query(specified_by_url=True, input_value_deprecation=True)

    found: IntrospectionQuery = await viewer.data(query)  # type: ignore[assignment]
    assert "type Customer implements Node" in print_schema(build_client_schema(found))


async def test_unknown_fields_are_refused_alike_for_everybody(api: Api, viewer: Api) -> None:
    for caller in (api, viewer):
        assert await caller.error_code("{ nothing }") == "GRAPHQL_VALIDATION_FAILED"


async def test_a_message_on_a_socket_is_bounded(api: Api, acme: TestTenant, server: Server) -> None:
    viewer = await api.login("acme", "viewer")
    async with running(server) as url, open_socket(url) as frames:
        await frames.init(viewer.token)
        await frames.send_text(" " * (FRAME_LIMIT + 1))
        assert await frames.close_code() == 1009


async def test_an_answer_of_too_many_objects_is_refused_before_it_is_made(api: Api, acme: TestTenant) -> None:
    """Each page may hold ever so few in truth: what counts is how many it asks for."""
    viewer = await api.login("acme", "viewer")
    inner = "events(first: $n) { nodes { customer { name } } }"
    twice = f"events(first: $n) {{ nodes {{ customer {{ {inner} }} }} }}"
    thrice = f"events(first: $n) {{ nodes {{ customer {{ {twice} }} }} }}"
    for selection, page, code in (
        (twice, 30, None),
        (twice, 100, "MAX_COST_EXCEEDED"),
        (thrice, 30, "MAX_COST_EXCEEDED"),
    ):
        by_variable = f"query($n: Int!) {{ {selection} }}"
        literal = f"{{ {selection.replace('$n', str(page))} }}"
        spread = f"fragment All on Query {{ {selection.replace('$n', str(page))} }} {{ ...All }}"
        for query in (by_variable, literal, spread):
            answer = await viewer.answer(query, {"n": page} if "$n" in query else {})
            assert [error["extensions"]["code"] for error in answer.get("errors", ())] == ([code] if code else []), (
                query
            )


async def test_an_operation_has_at_most_twenty_root_fields(api: Api) -> None:
    login = 'a%d: login(input: {tenant: "a", username: "b", password: "c"}) { accessToken }'
    many = " ".join(login % number for number in range(21))
    assert await api.error_code(f"mutation {{ {many} }}") == "MAX_COST_EXCEEDED"

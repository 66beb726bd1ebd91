"""Loaded by schemathesis. Its own check takes any error of a resolver for the server's, whatever its code says."""

# mypy: ignore-errors
from typing import Any, Final

import schemathesis
from hypothesis import strategies
from hypothesis_graphql import nodes

FAILURES: Final = {"INTERNAL_SERVER_ERROR", "UNAVAILABLE", "OUTCOME_UNKNOWN"}


schemathesis.graphql.scalar(
    "JSON",
    strategies.one_of(
        strategies.text(max_size=8).map(nodes.String),
        strategies.integers(-9, 9).map(nodes.Int),
        strategies.just(nodes.Object([])),
    ),
)


@schemathesis.check
def nothing_of_the_server_fails(ctx: Any, response: Any, case: Any) -> None:
    assert response.status_code < 500, response.status_code
    answer = response.json() if "json" in response.headers.get("content-type", [""])[0] else {}
    assert isinstance(answer, dict), answer
    for error in answer.get("errors", ()):
        code = error.get("extensions", {}).get("code")
        assert code is not None, error
        assert code not in FAILURES, error
        assert "for non-nullable field" not in error["message"], error

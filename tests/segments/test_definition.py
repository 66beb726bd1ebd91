"""A rule is read whole, or refused with the place and the reason."""

from typing import Any
from uuid import uuid4

import pytest

from api.errors import BadInputError
from api.segments.definition import All, EventCount, InSegment, Metric, Not, Recency, Trait, parse, referred


def test_a_rule_is_read_as_it_is_written() -> None:
    other = uuid4()
    rule = parse(
        {
            "all": [
                {"trait": "country", "in": [" Wales", "France"]},
                {"event": "page_viewed", "withinDays": 30},
                {"not": {"recency": "order", "olderThanDays": 90}},
                {"metric": "revenue", "atLeast": 1_000, "atMost": 5_000.5},
                {"trait": "email", "exists": False},
                {"segment": str(other)},
            ]
        }
    )
    assert rule == All(
        (
            Trait("country", "in", ("wales", "france")),
            EventCount("page_viewed", 1, None, 30),
            Not(Recency("order", None, 90)),
            Metric("revenue", 1_000.0, 5_000.5, None),
            Not(Trait("email", "exists")),
            InSegment(other),
        )
    )
    assert referred(rule) == {other}


@pytest.mark.parametrize(
    ("given", "path", "said"),
    [
        ([], "definition", "must be an object"),
        ({}, "definition", "exactly one of"),
        ({"all": []}, "definition.all", "at least one part"),
        ({"all": [{"any": "x"}]}, "definition.all.0.any", "must be a list"),
        ({"event": "x", "metric": "orders"}, "definition", "exactly one of"),
        ({"event": "x", "atLest": 2}, "definition", "unknown atLest"),
        ({"event": "x", "atLeast": 2.5}, "definition.atLeast", "a whole number from 0"),
        ({"event": "x", "atLeast": 3, "atMost": 2}, "definition", "at least 3 and at most 2"),
        ({"event": " "}, "definition.event", "a text of 1 to 200"),
        ({"recency": "visit", "withinDays": 3}, "definition.recency", "one of order, event"),
        ({"recency": "order"}, "definition", "needs one of withinDays and olderThanDays"),
        ({"recency": "order", "withinDays": 0}, "definition.withinDays", "1 to 3650 whole days"),
        ({"metric": "orders"}, "definition", "needs atLeast or atMost"),
        ({"metric": "orders", "atLeast": True}, "definition.atLeast", "must be a number"),
        ({"metric": "orders", "atLeast": float("nan")}, "definition.atLeast", "must be a number"),
        ({"trait": "country"}, "definition", "exactly one of is, in"),
        ({"trait": "country", "in": []}, "definition.in", "a list of 1 to 100"),
        ({"segment": "nonsense"}, "definition.segment", "is no segment's id"),
        ({"rfm": ["champions", "best"]}, "definition.rfm", "must list some of champions"),
        ({"not": {"not": {"not": {"rfm": []}}}}, "definition.not.not.not.rfm", "must list some of"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(given: Any, path: str, said: str) -> None:
    with pytest.raises(BadInputError) as refused:
        parse(given)
    assert ".".join(refused.value.path) == path
    assert said in refused.value.message


def test_a_rule_has_its_bounds() -> None:
    deep: dict[str, Any] = {"metric": "orders", "atLeast": 1}
    for _ in range(8):
        deep = {"not": deep}
    with pytest.raises(BadInputError, match="at most 8 levels deep"):
        parse(deep)
    with pytest.raises(BadInputError, match="at most 50 conditions, not 51"):
        parse({"any": [{"metric": "orders", "atLeast": 1}] * 51})

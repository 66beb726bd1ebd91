"""Which operations may be kept is read off their fields."""

import pytest

from api.cache.freshness import Tag
from api.graphql.freshness import FRESHNESS
from api.schema import make_schema

schema = make_schema()

CACHEABLE = {
    "{ customers(first: 1) { nodes { id orders(first: 1) { nodes { id } } } } }": {
        *(Tag.RECORDS, Tag.TENANT),
        *(Tag.INTELLIGENCE, Tag.JOURNEYS),
    },
    "{ metrics { slug } }": set(),
    "query A { metrics { slug } } query B { events(first: 1) { nodes { id } } }": set(),
    "{ __typename metrics { slug } }": set(),
    "{ ...on Query { metrics { slug } } ...F } fragment F on Query { me { name } }": {Tag.ACCOUNTS},
    '{ metricSeries(metric: "x", range: {}) { total } }': {Tag.RECORDS, Tag.METRICS, Tag.TENANT},
}
NEVER = [
    "mutation { logout { userErrors { code } } }",
    "subscription { metricUpdates(metrics: [], range: {}) { total } }",
    "{ __schema { queryType { name } } }",
    "{ __type(name: \"User\") { name } }",
    "{ metrics { slug } __schema { queryType { name } } }",
    "{ node(id: \"x\") { id } }",
    "{ metrics { slug } node(id: \"x\") { id } }",
    "{ metrics { slug nothing } }",
    "{ nothing }",
    "{ metrics { slug }",
    "",
    "fragment F on Query { metrics { slug } }",
    "query A { metrics { slug } } query A { metrics { slug } }",
    "{" * 3_000,
    "{ a" * 900 + "}" * 900,
    "{ __typename }",
]  # fmt: skip


@pytest.mark.parametrize("query", CACHEABLE)
def test_declared_operations_are_kept_with_all_their_tags(query: str) -> None:
    freshness = schema.freshnesses.of(query, "A" if "query A" in query else None).freshness
    assert freshness is not None
    assert freshness.tags == CACHEABLE[query]


@pytest.mark.parametrize("query", NEVER, ids=range(len(NEVER)))
def test_all_others_are_not(query: str) -> None:
    assert schema.freshnesses.of(query, None).freshness is None


def test_an_operation_must_be_named_when_there_are_several() -> None:
    two = "query A { metrics { slug } } query B { me { name } }"
    assert schema.freshnesses.of(two, None).freshness is None
    assert schema.freshnesses.of(two, "C").freshness is None
    [a, b] = [schema.freshnesses.of(two, name).freshness for name in "AB"]
    assert a is not None
    assert b is not None
    assert (a.per_user, b.per_user) == (False, True)


def test_an_operation_lives_as_long_as_its_shortest_field_and_is_as_private_as_any() -> None:
    shell = schema.freshnesses.of("{ me { name } tenant { name } status { live } }", None).freshness
    assert shell is not None
    assert (shell.seconds, shell.per_user, shell.local) == (3.0, True, True)
    assert shell.tags == {Tag.ACCOUNTS, Tag.RECORDS, Tag.TENANT}


@pytest.mark.parametrize(
    ("query", "per_user", "per_role"),
    [
        ("{ me { role } }", False, True),
        ("{ me { mine: role permissions __typename } tenant { name } }", False, True),
        ("{ me { role } metrics { slug } }", False, True),
        ("{ me { role name } }", True, False),
        ("{ me { name: displayName } }", True, False),
        ("{ me { role ...F } } fragment F on User { name }", True, False),
        ("{ me { ...F } } fragment F on User { role }", True, False),
        ("{ me { role } other: me { name } }", True, True),
    ],
)
def test_whoever_asks_for_no_more_than_the_role_shares_with_all_who_have_it(
    query: str, per_user: bool, per_role: bool
) -> None:
    found = schema.freshnesses.of(query, None).freshness
    assert found is not None
    assert (found.per_user, found.per_role) == (per_user, per_role)


def test_every_time_has_its_reason() -> None:
    declared = [
        (type_name, name, field.extensions["strawberry-definition"].metadata[FRESHNESS])
        for type_name, named in schema._schema.type_map.items()
        for name, field in getattr(named, "fields", {}).items()
        if not type_name.startswith("__")
        and "strawberry-definition" in field.extensions
        and FRESHNESS in field.extensions["strawberry-definition"].metadata
    ]
    assert len(declared) > 10
    for type_name, name, freshness in declared:
        assert 0 < freshness.seconds <= 60, (type_name, name)
        assert len(freshness.why.split()) >= 5, (type_name, name)

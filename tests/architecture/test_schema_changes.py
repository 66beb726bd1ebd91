"""Nothing that clients use goes without a word: docs/api/changes.md says the rule."""

from datetime import UTC, date, datetime
from typing import Final

from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLInterfaceType, GraphQLObjectType, build_schema

from tests.architecture.schema_changes import REMOVAL, ROOT, SCHEMA, last_committed, released, unannounced

CHANGES: Final = (ROOT / "docs" / "api" / "changes.md").read_text()
OLD: Final = build_schema(
    'type Query { kept: Int gone: Int @deprecated(reason: "Use kept; remove after 2026-03-01") sudden(a: Int): Int }'
)
NEW: Final = build_schema("type Query { kept: Int }")


def test_a_breaking_change_since_the_last_commit_is_announced() -> None:
    """A copy without a history, such as an archive, is the first of its own: nothing came before it."""
    now, today = build_schema((ROOT / SCHEMA).read_text()), datetime.now(UTC).date()
    said = unannounced(last_committed() or now, now, CHANGES, today)
    assert said == [], "say it in docs/api/changes.md, word for word"


def test_a_breaking_change_since_the_release_is_announced() -> None:
    """Wherever the tests run: what was released is a file."""
    now, today = build_schema((ROOT / SCHEMA).read_text()), datetime.now(UTC).date()
    assert unannounced(released(), now, CHANGES, today) == [], "say it in docs/api/changes.md, word for word"


def test_what_was_released_is_compared_with_and_not_with_itself() -> None:
    without = (ROOT / SCHEMA).read_text().replace("  customers(", "  customersOfOld(", 1)
    assert "Field Query.customers was removed." in unannounced(released(), build_schema(without), "", date(2026, 1, 1))


def test_what_was_deprecated_goes_after_its_day_and_the_rest_must_be_named() -> None:
    assert unannounced(OLD, NEW, "", date(2026, 3, 2)) == ["Field Query.sudden was removed."]
    assert unannounced(OLD, NEW, "", date(2026, 3, 1)) == [
        "Field Query.gone was removed.",
        "Field Query.sudden was removed.",
    ]
    assert unannounced(OLD, NEW, "- Field Query.sudden was removed.", date(2026, 3, 2)) == []
    assert unannounced(NEW, OLD, "", date(2026, 3, 2)) == []


def test_whatever_is_deprecated_says_when_it_goes() -> None:
    schema = build_schema((ROOT / SCHEMA).read_text())
    for named in schema.type_map.values():
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            reasons = {name: field.deprecation_reason for name, field in named.fields.items()}
        elif isinstance(named, GraphQLEnumType):
            reasons = {name: value.deprecation_reason for name, value in named.values.items()}
        else:
            continue
        assert not {name for name, said in reasons.items() if said is not None and not REMOVAL.search(said)}, named

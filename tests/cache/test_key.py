"""Whatever an answer depends on is in its key."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth.permissions import ROLE_PERMISSIONS, Role
from api.cache.freshness import Tag
from api.cache.key import answer_key, document_digest
from api.streams import keys

texts = st.text(max_size=6)
variables = st.dictionaries(
    texts,
    st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2) | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)
ingredients = st.fixed_dictionaries(
    {
        "schema": st.binary(max_size=3),
        "tenant_id": st.sampled_from([UUID(int=1), UUID(int=2)]),
        "permissions": st.frozensets(texts, max_size=3),
        "user": st.none() | texts,
        "document": st.binary(max_size=3),
        "operation_name": st.none() | texts,
        "variables": variables,
    }
)


def _value(found: Any) -> Any:
    """What JSON tells apart and Python's == does not: true from 1, 1 from 1.0, 0.0 from -0.0."""
    if isinstance(found, dict):
        return {key: _value(part) for key, part in found.items()}
    if isinstance(found, list):
        return [_value(part) for part in found]
    return (type(found), str(found))


def _identity(found: dict[str, Any]) -> dict[str, Any]:
    return {**found, "variables": _value(found["variables"])}


@given(ingredients, ingredients)
def test_two_keys_are_equal_exactly_when_all_ingredients_are(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (answer_key(**one) == answer_key(**other)) == (_identity(one) == _identity(other))


@given(ingredients, st.data())
def test_one_differing_ingredient_gives_another_key(one: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(one)))
    other = {**one, name: data.draw(ingredients)[name]}
    assert (answer_key(**one) == answer_key(**other)) == (_identity(one) == _identity(other))


@given(variables)
def test_the_order_of_variables_does_not_matter(given_variables: dict[str, Any]) -> None:
    backwards = dict(reversed(given_variables.items()))
    assert _key(variables=given_variables) == _key(variables=backwards)


def test_each_role_has_keys_of_its_own() -> None:
    assert len({_key(permissions=ROLE_PERMISSIONS[role]) for role in Role}) == len(Role)


def test_documents_differ_by_their_text() -> None:
    assert document_digest("{ me { name } }") != document_digest("{ me { name }  }")


def test_without_a_tenant_there_is_no_key() -> None:
    for wrong in (None, "", "acme"):
        with pytest.raises(TypeError):
            _key(tenant_id=wrong)
        with pytest.raises(TypeError):
            keys.cached_answer(wrong, b"x")  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            keys.cache_generation(wrong, Tag.RECORDS)  # type: ignore[arg-type]


def test_all_names_of_a_tenant_lie_in_one_slot_of_a_cluster() -> None:
    tenant = UUID(int=7)
    names = [keys.cached_answer(tenant, b"x"), keys.cache_generation(tenant, Tag.RECORDS)]
    assert {keys.tenant_of(name) for name in names} == {tenant}
    assert all(name.startswith(f"cip:{{{tenant.hex}}}:cache:") for name in names)


def _key(**changed: Any) -> bytes:
    plain: dict[str, Any] = {
        "schema": b"s",
        "tenant_id": UUID(int=1),
        "permissions": frozenset({"customers:read"}),
        "user": None,
        "document": b"d",
        "operation_name": None,
        "variables": {},
    }
    return answer_key(**{**plain, **changed})

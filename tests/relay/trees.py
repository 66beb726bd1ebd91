"""Random filters of customers, and what they mean, said in Python."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from hypothesis import strategies as st

from tests.support.world import NOW

Row = Mapping[str, Any]
Where = dict[str, Any]

COUNTRIES: Final = (None, "Peru", "Wales", "Walesia")
NAMES: Final = ("Ada", "adam", "Bo", "zoë")
MOMENTS: Final = tuple(NOW - timedelta(days=days) for days in (0, 1, 2, 3, 30))


def _range(values: st.SearchStrategy[Any], end: str) -> st.SearchStrategy[Where]:
    """The ends in order, since others are refused."""
    pairs = st.tuples(values, values).map(sorted)
    both = pairs.map(lambda pair: {"gte": pair[0], end: pair[1]})
    return st.one_of(
        both, pairs.map(lambda pair: {"gte": pair[0]}), pairs.map(lambda pair: {end: pair[1]}), st.just({})
    )


def _whole(values: st.SearchStrategy[int]) -> st.SearchStrategy[Where]:
    return st.one_of(
        values.map(lambda value: {"eq": value}),
        st.lists(values, max_size=3).map(lambda found: {"oneOf": found}),
        _range(values, "lte").map(lambda span: {"range": span}),
        st.booleans().map(lambda missing: {"missing": missing}),
    )


def _moment() -> st.SearchStrategy[Where]:
    moments = st.sampled_from(MOMENTS).map(datetime.isoformat)
    return st.one_of(
        _range(moments, "lt").map(lambda span: {"range": span}), st.booleans().map(lambda missing: {"missing": missing})
    )


def _text(values: st.SearchStrategy[str]) -> st.SearchStrategy[Where]:
    return st.one_of(
        values.map(lambda value: {"eq": value}),
        st.lists(values, max_size=3).map(lambda found: {"oneOf": found}),
        st.sampled_from(["", "a", "Ad", "Wales", "Z", "\U0010ffff"]).map(lambda text: {"startsWith": text}),
        st.booleans().map(lambda missing: {"missing": missing}),
    )


LEAVES: Final = st.one_of(
    _text(st.sampled_from(NAMES)).map(lambda found: {"name": found}),
    _text(st.sampled_from([one for one in COUNTRIES if one])).map(lambda found: {"country": found}),
    _whole(st.integers(0, 2)).map(lambda found: {"orderCount": found}),
    _whole(st.sampled_from([0, 100, 200, 2**40])).map(lambda found: {"totalSpent": found}),
    _moment().map(lambda found: {"lastOrderAt": found}),
    _moment().map(lambda found: {"firstSeenAt": found}),
)


def _grown(inner: st.SearchStrategy[Where]) -> st.SearchStrategy[Where]:
    several = st.lists(inner, max_size=3)
    return st.one_of(
        several.map(lambda parts: {"AND": parts}),
        several.map(lambda parts: {"OR": parts}),
        inner.map(lambda part: {"NOT": part}),
        st.tuples(LEAVES, inner).map(lambda both: {**both[0], "NOT": both[1]}),
    )


trees: Final = st.recursive(LEAVES, _grown, max_leaves=8)


def meets(row: Row, where: Where) -> bool:
    return all(_part(row, name, given) for name, given in where.items())


def _part(row: Row, name: str, given: Any) -> bool:
    match name:
        case "AND":
            return all(meets(row, part) for part in given)
        case "OR":
            return any(meets(row, part) for part in given)
        case "NOT":
            return not meets(row, given)
    [(operator, asked)] = given.items()
    value, normal = _plain(row[name]), _normal(name)
    if operator == "missing":
        return (value is None) is asked
    return value is not None and _compares(operator, normal(value), asked, normal)


def _compares(operator: str, value: Any, asked: Any, normal: Callable[[Any], Any]) -> bool:
    match operator:
        case "eq":
            return bool(value == normal(asked))
        case "oneOf":
            return value in [normal(one) for one in asked]
        case "startsWith":
            return str(value).startswith(normal(asked))
    low, high = asked.get("gte"), asked.get("lte")
    if "lt" in asked and not value < datetime.fromisoformat(asked["lt"]):
        return False
    if isinstance(value, datetime):
        return low is None or value >= datetime.fromisoformat(low)
    return (low is None or value >= low) and (high is None or value <= high)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return value["amount"]
    return datetime.fromisoformat(value) if isinstance(value, str) and value[:2] == "20" else value


def _normal(name: str) -> Callable[[Any], Any]:
    return str.casefold if name == "name" else lambda value: value

"""The rule of a segment: a tree of conditions, read from JSON with an error that says where and why. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from api.errors import BadInputError
from api.intelligence.segmentation import LABELS

MAXIMUM_DEPTH: Final = 8
MAXIMUM_CONDITIONS: Final = 50
MAXIMUM_TEXT: Final = 200
MAXIMUM_VALUES: Final = 100
MAXIMUM_DAYS: Final = 3_650
LARGEST: Final = 2**53
TRAITS: Final = ("country", "email", "name", "external_id")
RECENCIES: Final = ("order", "event", "conversation", "first_seen")
METRICS: Final = ("orders", "revenue", "average_order_value", "conversations")

Comparison = Literal["in", "starts_with", "exists"]
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trait:
    """What is known of the customer. `values` are compared without regard to case."""

    trait: str
    comparison: Comparison
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventCount:
    """How many events of this name there were, in the last days if they are given. Bounds are included."""

    event: str
    at_least: int | None
    at_most: int | None
    within_days: int | None


@dataclass(frozen=True, slots=True)
class Recency:
    """When something last happened (`first_seen`: when the customer was first seen). Who never did it is in neither."""

    what: str
    within_days: int | None
    older_than_days: int | None


@dataclass(frozen=True, slots=True)
class Metric:
    """Amounts of money in minor units. Bounds are included. Without a single order there is no average."""

    metric: str
    at_least: float | None
    at_most: float | None
    within_days: int | None


@dataclass(frozen=True, slots=True)
class InSegment:
    """Member of another rule segment."""

    segment_id: UUID


@dataclass(frozen=True, slots=True)
class InGroup:
    """In a group of one of these names in the method's current version."""

    method: Literal["rfm", "kmeans"]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Any_:
    parts: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: "Rule"


Condition = Trait | EventCount | Recency | Metric | InSegment | InGroup
Rule = All | Any_ | Not | Condition


def walk(rule: Rule) -> Iterator[Rule]:
    """The node and everything below it, from the top."""
    yield rule
    parts = rule.parts if isinstance(rule, All | Any_) else (rule.part,) if isinstance(rule, Not) else ()
    for part in parts:
        yield from walk(part)


def referred(rule: Rule) -> frozenset[UUID]:
    """The segments that a rule builds on."""
    return frozenset(node.segment_id for node in walk(rule) if isinstance(node, InSegment))


def methods(rule: Rule) -> frozenset[str]:
    """Whose groups a rule builds on."""
    return frozenset(node.method for node in walk(rule) if isinstance(node, InGroup))


def clusters_named(rule: Rule) -> frozenset[str]:
    groups = (node for node in walk(rule) if isinstance(node, InGroup))
    return frozenset(name for node in groups if node.method == "kmeans" for name in node.names)


def parse(given: object, path: Path = ("definition",)) -> Rule:
    rule = _node(given, path, 1)
    conditions = sum(isinstance(node, Condition) for node in walk(rule))
    if conditions > MAXIMUM_CONDITIONS:
        raise BadInputError(f"A rule has at most {MAXIMUM_CONDITIONS} conditions, not {conditions}.", path=path)
    return rule


def _node(given: object, path: Path, depth: int) -> Rule:
    if depth > MAXIMUM_DEPTH:
        raise BadInputError(f"A rule is at most {MAXIMUM_DEPTH} levels deep.", path=path)
    if not isinstance(given, dict):
        raise BadInputError(f'{_where(path)} must be an object, such as {{"all": [...]}}.', path=path)
    kinds = [kind for kind in READERS if kind in given]
    if len(kinds) != 1:
        raise BadInputError(f"{_where(path)} must have exactly one of {', '.join(READERS)}.", path=path)
    read, allowed = READERS[kinds[0]]
    unknown = sorted(str(name) for name in given.keys() - {kinds[0], *allowed})
    if unknown:
        extra = f"; next to {kinds[0]} there may be {', '.join(allowed)}" if allowed else ""
        raise BadInputError(f"{_where(path)} has the unknown {', '.join(unknown)}{extra}.", path=path)
    return read(given, path, depth)


def _parts(name: str) -> Callable[[Mapping[str, Any], Path, int], tuple[Rule, ...]]:
    def read(given: Mapping[str, Any], path: Path, depth: int) -> tuple[Rule, ...]:
        listed = given[name]
        if not isinstance(listed, list) or not listed:
            raise BadInputError(f"{_where((*path, name))} must be a list with at least one part.", path=(*path, name))
        return tuple(_node(part, (*path, name, str(index)), depth + 1) for index, part in enumerate(listed))

    return read


def _all(given: Mapping[str, Any], path: Path, depth: int) -> Rule:
    return All(_parts("all")(given, path, depth))


def _any(given: Mapping[str, Any], path: Path, depth: int) -> Rule:
    return Any_(_parts("any")(given, path, depth))


def _not(given: Mapping[str, Any], path: Path, depth: int) -> Rule:
    return Not(_node(given["not"], (*path, "not"), depth + 1))


def _trait(given: Mapping[str, Any], path: Path, depth: int) -> Rule:
    trait = _one_of(given, "trait", TRAITS, path)
    chosen = [name for name in ("is", "in", "startsWith", "exists") if name in given]
    if len(chosen) != 1:
        raise BadInputError(f"{_where(path)} needs exactly one of is, in, startsWith, exists.", path=path)
    name = chosen[0]
    if name == "exists":
        if not isinstance(given[name], bool):
            raise BadInputError(f"{_where((*path, name))} must be true or false.", path=(*path, name))
        exists = Trait(trait, "exists")
        return exists if given[name] else Not(exists)
    values = given[name] if name == "in" else [given[name]]
    if not isinstance(values, list) or not 1 <= len(values) <= MAXIMUM_VALUES:
        where = (*path, name)
        raise BadInputError(f"{_where(where)} must be a list of 1 to {MAXIMUM_VALUES} texts.", path=where)
    texts = tuple(_text(value, (*path, name)).strip().lower() for value in values)
    return Trait(trait, "starts_with" if name == "startsWith" else "in", texts)


def _event(given: Mapping[str, Any], path: Path, depth: int) -> Rule:
    name = _text(given["event"], (*path, "event"))
    low, high = (_bound(given, bound, path, whole=True) for bound in ("atLeast", "atMost"))
    if low is None and high is None:
        low = 1
    _check_order(low, high, path)
    return EventCount(name, _whole(low), _whole(high), _days(given, "withinDays", path))


def _recency(given: Mapping[str, Any], path: Path, depth: int) -> Rule:
    what = _one_of(given, "recency", RECENCIES, path)
    within, older = _days(given, "withinDays", path), _days(given, "olderThanDays", path)
    if (within is None) == (older is None):
        raise BadInputError(f"{_where(path)} needs one of withinDays and olderThanDays.", path=path)
    return Recency(what, within, older)


def _metric(given: Mapping[str, Any], path: Path, depth: int) -> Rule:
    metric = _one_of(given, "metric", METRICS, path)
    low, high = (_bound(given, bound, path) for bound in ("atLeast", "atMost"))
    if low is None and high is None:
        raise BadInputError(f"{_where(path)} needs atLeast or atMost, or both.", path=path)
    _check_order(low, high, path)
    return Metric(metric, low, high, _days(given, "withinDays", path))


def _segment(given: Mapping[str, Any], path: Path, depth: int) -> Rule:
    text = _text(given["segment"], (*path, "segment"))
    try:
        return InSegment(UUID(text))
    except ValueError as error:
        raise BadInputError(f"{_where((*path, 'segment'))} is no segment's id.", path=(*path, "segment")) from error


def _rfm(given: Mapping[str, Any], path: Path, depth: int) -> Rule:
    labels = given["rfm"]
    if not isinstance(labels, list) or not labels or any(label not in LABELS for label in labels):
        raise BadInputError(f"{_where((*path, 'rfm'))} must list some of {', '.join(LABELS)}.", path=(*path, "rfm"))
    return InGroup("rfm", tuple(dict.fromkeys(labels)))


def _cluster(given: Mapping[str, Any], path: Path, depth: int) -> Rule:
    names, where = given["cluster"], (*path, "cluster")
    if not isinstance(names, list) or not 1 <= len(names) <= MAXIMUM_VALUES:
        raise BadInputError(f"{_where(where)} must list the names of 1 to {MAXIMUM_VALUES} clusters.", path=where)
    return InGroup("kmeans", tuple(dict.fromkeys(_text(name, where) for name in names)))


READERS: Final[dict[str, tuple[Callable[[Mapping[str, Any], Path, int], Rule], tuple[str, ...]]]] = {
    "all": (_all, ()),
    "any": (_any, ()),
    "not": (_not, ()),
    "trait": (_trait, ("is", "in", "startsWith", "exists")),
    "event": (_event, ("atLeast", "atMost", "withinDays")),
    "recency": (_recency, ("withinDays", "olderThanDays")),
    "metric": (_metric, ("atLeast", "atMost", "withinDays")),
    "segment": (_segment, ()),
    "rfm": (_rfm, ()),
    "cluster": (_cluster, ()),
}


def _where(path: Path) -> str:
    return ".".join(path)


def _text(value: object, path: Path) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > MAXIMUM_TEXT or "\0" in value:
        raise BadInputError(f"{_where(path)} must be a text of 1 to {MAXIMUM_TEXT} characters.", path=path)
    return value


def _one_of(given: Mapping[str, Any], name: str, known: tuple[str, ...], path: Path) -> str:
    if given[name] not in known:
        raise BadInputError(f"{_where((*path, name))} must be one of {', '.join(known)}.", path=(*path, name))
    return str(given[name])


def _bound(given: Mapping[str, Any], name: str, path: Path, *, whole: bool = False) -> float | None:
    value = given.get(name)
    if value is None:
        return None
    number = isinstance(value, int) or (isinstance(value, float) and not whole)
    if isinstance(value, bool) or not number or not -LARGEST <= value <= LARGEST or (whole and value < 0):
        what = "a whole number from 0" if whole else "a number"
        raise BadInputError(f"{_where((*path, name))} must be {what}.", path=(*path, name))
    return float(value)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


def _check_order(low: float | None, high: float | None, path: Path) -> None:
    if low is not None and high is not None and low > high:
        raise BadInputError(f"{_where(path)} asks for at least {low:g} and at most {high:g}.", path=path)


def _days(given: Mapping[str, Any], name: str, path: Path) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAXIMUM_DAYS:
        raise BadInputError(f"{_where((*path, name))} must be 1 to {MAXIMUM_DAYS} whole days.", path=(*path, name))
    return value

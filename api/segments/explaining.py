"""Why a customer is, or is not, in a segment: node by node of its rule, or by the method's own numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import numpy as np

from api.segments import explaining_repository, repository
from api.segments.assigning import clusters, thresholds
from api.segments.contracts import SegmentationRecord, SegmentRecord
from api.segments.definition import (
    All,
    Any_,
    Condition,
    EventCount,
    InSegment,
    Metric,
    Not,
    Recency,
    Rule,
    Trait,
    parse,
    referred,
    walk,
)
from api.segments.features_repository import Buyers, read_features
from models.database import Snapshot


class Unit(StrEnum):
    COUNT = "COUNT"
    MONEY = "MONEY"
    DAYS = "DAYS"
    MOMENT = "MOMENT"
    TEXT = "TEXT"
    DISTANCE = "DISTANCE"
    YES_NO = "YES_NO"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class ExplainedNode:
    """`path` leads from the top ("" ) to the node; `actual` is what it looked at, None when there is nothing."""

    path: str
    depth: int
    text: str
    holds: bool
    actual: Any = None
    unit: Unit = Unit.NONE


@dataclass(frozen=True, slots=True)
class Explanation:
    """`matches` is what the nodes come to as of the moment; `member` whether the customer is in the segment."""

    as_of: datetime
    member: bool
    matches: bool
    nodes: tuple[ExplainedNode, ...]


async def explain(
    snapshot: Snapshot, segment: SegmentRecord, customer_id: UUID, now: datetime, *, member: bool
) -> Explanation:
    """As of the moment of the segment's membership, so that the two can be compared."""
    as_of = segment.as_of or now
    if segment.kind == "rule":
        nodes = await _rule(snapshot, parse(segment.definition), customer_id, as_of)
        return Explanation(as_of, member, nodes[0].holds, nodes)
    assert segment.segmentation_id is not None
    [version] = await repository.load_segmentations(snapshot, [segment.segmentation_id])
    assert version is not None
    names = ("recency", "frequency", "monetary") if version.method == "rfm" else clusters(version).features
    buyers, columns = await read_features(snapshot.rows, snapshot.tenant_id, names, as_of, [customer_id])
    if not len(buyers):
        nodes = (ExplainedNode("", 0, "Has bought something", holds=False),)
    elif version.method == "rfm":
        nodes = _rfm(version, segment, buyers)
    else:
        nodes = await _clusters(snapshot, version, segment, columns)
    return Explanation(as_of, member, nodes[0].holds, nodes)


async def _rule(snapshot: Snapshot, rule: Rule, customer_id: UUID, now: datetime) -> tuple[ExplainedNode, ...]:
    leaves = [node for node in walk(rule) if isinstance(node, Condition)]
    found = await explaining_repository.measure(snapshot, leaves, customer_id, now)
    known = {id(leaf): answer for leaf, answer in zip(leaves, found, strict=True)}
    others = await repository.load_segments(snapshot, sorted(referred(rule)))
    names = {other.id: other.name for other in others if other is not None}
    return tuple(_nodes(rule, "", 0, known, names))


def _nodes(
    rule: Rule, path: str, depth: int, known: Mapping[int, tuple[bool, Any]], names: Mapping[UUID, str]
) -> Iterator[ExplainedNode]:
    if isinstance(rule, All | Any_):
        word = "all" if isinstance(rule, All) else "any"
        below = [
            list(_nodes(part, _join(path, f"{word}.{index}"), depth + 1, known, names))
            for index, part in enumerate(rule.parts)
        ]
        holding = [part[0].holds for part in below]
        holds = all(holding) if isinstance(rule, All) else any(holding)
        yield ExplainedNode(path, depth, "All of these" if word == "all" else "At least one of these", holds)
        for part in below:
            yield from part
    elif isinstance(rule, Not):
        below_it = list(_nodes(rule.part, _join(path, "not"), depth + 1, known, names))
        yield ExplainedNode(path, depth, "Not this", not below_it[0].holds)
        yield from below_it
    else:
        holds, actual = known[id(rule)]
        yield ExplainedNode(path, depth, describe(rule, names), holds, _plain(actual), _unit(rule))


def describe(rule: Condition, names: Mapping[UUID, str]) -> str:
    """A condition in words. Amounts of money are in minor units."""
    if isinstance(rule, Trait):
        what = rule.trait.replace("_", " ").capitalize()
        if rule.comparison == "exists":
            return f"{what} is known"
        if rule.comparison == "starts_with":
            return f"{what} begins with {rule.values[0]}"
        return f"{what} is {' or '.join(rule.values)}"
    if isinstance(rule, EventCount):
        return f"Events {rule.event}: {_bounds(rule.at_least, rule.at_most)}{_within(rule.within_days)}"
    if isinstance(rule, Recency):
        what = {"first_seen": "First seen"}.get(rule.what, f"Last {rule.what}")
        if rule.within_days is not None:
            return f"{what} within {rule.within_days} days"
        return f"{what} more than {rule.older_than_days} days ago"
    if isinstance(rule, Metric):
        what = rule.metric.replace("_", " ").capitalize()
        return f"{what}: {_bounds(rule.at_least, rule.at_most)}{_within(rule.within_days)}"
    if isinstance(rule, InSegment):
        return f"In the segment {names.get(rule.segment_id, 'that is gone')}"
    return f"{'RFM' if rule.method == 'rfm' else 'Cluster'}: {' or '.join(rule.names)}"


def _rfm(version: SegmentationRecord, segment: SegmentRecord, buyers: Buyers) -> tuple[ExplainedNode, ...]:
    scores = thresholds(version).score(buyers.recency, buyers.frequency, buyers.monetary)
    label = str(scores.label[0])
    holds = label == segment.name
    parts = (
        ("recency", "Days since the last order", Unit.DAYS, buyers.recency, scores.r),
        ("frequency", "Orders", Unit.COUNT, buyers.frequency, scores.f),
        ("monetary", "Spent", Unit.MONEY, buyers.monetary, scores.m),
    )
    return (
        ExplainedNode("", 0, f"Its fifths are those of {label}", holds, label, Unit.TEXT),
        *(
            ExplainedNode(path, 1, f"{text}: in fifth {score[0]} of 5", holds, float(value[0]), unit)
            for path, text, unit, value, score in parts
        ),
    )


async def _clusters(
    snapshot: Snapshot, version: SegmentationRecord, segment: SegmentRecord, columns: Mapping[str, Any]
) -> tuple[ExplainedNode, ...]:
    """The centers from the nearest, and the customer's own features."""
    distances = clusters(version).distances(columns)[0]
    [groups] = await repository.load_groups(snapshot, [version.id])
    nearest = int(np.argmin(distances))
    holds = groups[nearest].id == segment.id
    return (
        ExplainedNode("", 0, f"The nearest center is that of {groups[nearest].name}", holds),
        *(
            ExplainedNode(
                f"center.{group.position}",
                1,
                f"Distance to {group.name}",
                group.position == nearest,
                float(distances[group.position or 0]),
                Unit.DISTANCE,
            )
            for group in sorted(groups, key=lambda group: float(distances[group.position or 0]))
        ),
        *(
            ExplainedNode(f"feature.{name}", 1, _FEATURES.get(name, name), holds, float(column[0]), _feature_unit(name))
            for name, column in columns.items()
        ),
    )


_FEATURES = {
    "recency": "Days since the last order",
    "frequency": "Orders",
    "monetary": "Spent",
    "average_value": "Mean order",
    "tenure": "Days since the first order",
    "refund_share": "Share that went back",
    "events_30d": "Events in 30 days",
    "sessions_30d": "Sessions in 30 days",
    "conversations_90d": "Conversations in 90 days",
}


def _feature_unit(name: str) -> Unit:
    if name in ("monetary", "average_value"):
        return Unit.MONEY
    return Unit.DAYS if name in ("recency", "tenure") else Unit.COUNT


def _unit(rule: Condition) -> Unit:
    if isinstance(rule, EventCount):
        return Unit.COUNT
    if isinstance(rule, Metric):
        return Unit.MONEY if rule.metric in ("revenue", "average_order_value") else Unit.COUNT
    if isinstance(rule, Recency):
        return Unit.MOMENT
    return Unit.TEXT if isinstance(rule, Trait) else Unit.YES_NO


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | str) else float(value)


def _bounds(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"exactly {low:g}" if low == high else f"{low:,.10g} to {high:,.10g}"
    return f"at most {high:,.10g}" if low is None else f"at least {low:,.10g}"


def _within(days: int | None) -> str:
    return "" if days is None else f" in the last {days} days"


def _join(path: str, step: str) -> str:
    return f"{path}.{step}" if path else step

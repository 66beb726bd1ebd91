"""SQL of the metrics that look back: journeys into purchase, and activity by customer."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    Uuid,
    and_,
    bindparam,
    cast,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from api.metrics.buckets import Window
from api.metrics.catalogue.base import CONSIDERATION, PURCHASE
from api.metrics.contracts import Figure, Series
from api.metrics.conversion import Entries, Entry
from api.metrics.engagement import ACTIVITY, Activities, Span, Weights
from api.metrics.repository import load_weights
from api.metrics.rolling import anchors, last, placed
from models import Conversation, CustomerSession, Event, JourneySpell, JourneyStage
from models.base import Timestamp, table
from models.database import Snapshot
from models.packed import NEVER, packed

spell = table(JourneySpell)
stage = table(JourneyStage)
event = table(Event)
conversation = table(Conversation)
customer_session = table(CustomerSession)


async def load_conversion_rates(snapshot: Snapshot, slugs: Sequence[str], window: Window) -> list[Series]:
    """A cohort is watched for the length of the window; each day's ends with that day."""
    span = window.end - window.start
    at = anchors(window)
    begin = min(window.previous_start, *(anchor.end - span for anchor in at.all))
    parameters = {"tenant_id": snapshot.tenant_id, "begin": begin, "end": window.reached}
    rows = await snapshot.rows(_entries(), parameters)
    entries = Entries.of([Entry(*row) for row in rows])
    current = [entries.rate(anchor.end - span, anchor.at, span) for anchor in at.current]
    previous = [entries.rate(anchor.end - span, anchor.at, span) for anchor in at.previous]
    found = Series(
        entries.rate(window.start, window.reached, span),
        entries.rate(window.previous_start, window.previous_end, span),
        placed(len(window.buckets), at.current, current),
        placed(len(window.previous_buckets), at.previous, previous),
    )
    return [found for _ in slugs]


@cache
def _entries() -> Select[Any]:
    """Built once: that costs more than sending it."""
    tenant_id, begin, end = _bounds()
    entered = spell.alias("entered")
    exits = select(stage.c.key).where(stage.c.tenant_id == tenant_id, stage.c.is_exit)

    def first_later(name: str, into: Callable[[ColumnElement[Any]], ColumnElement[bool]]) -> Any:
        later = spell.alias(f"later_{name}")
        same = (later.c.tenant_id == tenant_id, later.c.customer_id == entered.c.customer_id)
        moments = select(func.min(later.c.entered_at).label("at")).where(
            *same, later.c.entered_at >= entered.c.entered_at, into(later.c.stage)
        )
        return moments.lateral(name)

    reached = first_later("reached", lambda column: column == PURCHASE)
    lost = first_later("lost", lambda column: column.in_(exits))
    return (
        select(entered.c.customer_id, entered.c.entered_at, reached.c.at.label("reached"), lost.c.at.label("lost"))
        .select_from(entered.join(reached, true()).join(lost, true()))
        .where(
            entered.c.tenant_id == tenant_id,
            entered.c.stage == CONSIDERATION,
            entered.c.entered_at >= begin,
            entered.c.entered_at < end,
        )
    )


async def load_engagement(snapshot: Snapshot, slugs: Sequence[str], window: Window) -> list[Series]:
    at = anchors(window)
    current = [Span.of(anchor, window) for anchor in at.current]
    previous = [Span.of(anchor, window) for anchor in at.previous]
    edges = sorted({edge for span in (*current, *previous) for edge in span.edges})
    found: dict[int, bytes] = {}
    if edges:
        parameters = {"tenant_id": snapshot.tenant_id, "begin": edges[0], "end": edges[-1], "edges": edges}
        found = {row[0]: row[1] for row in await snapshot.rows(_activity(), parameters)}
    [weights] = await load_weights(snapshot, [snapshot.tenant_id])
    # Tens of thousands of customers take a while, and the loop has others to serve meanwhile.
    scores, scores_before = await asyncio.to_thread(_scores, edges, found, weights, current, previous)
    series = Series(
        last(scores),
        last(scores_before),
        placed(len(window.buckets), at.current, scores),
        placed(len(window.previous_buckets), at.previous, scores_before),
    )
    return [series for _ in slugs]


def _scores(
    edges: Sequence[datetime], found: Mapping[int, bytes], weights: Weights, *windows: Sequence[Span]
) -> tuple[list[Figure], ...]:
    activities = Activities(edges, found)
    return tuple([activities.score(span, weights) for span in spans] for spans in windows)


@cache
def _activity() -> Select[Any]:
    """For each position the ACTIVITY of its customers, in any order, as one value."""
    tenant_id, begin, end = _bounds()
    edges = cast(bindparam("edges", type_=ARRAY(Timestamp())), ARRAY(Timestamp()))

    def of(kind: str, source: Any, at: ColumnElement[Any]) -> Select[Any]:
        return select(source.c.customer_id, at.label("at"), literal(kind).label("kind")).where(
            and_(
                source.c.tenant_id == tenant_id,
                at >= begin,
                at < end,
                source.c.customer_id.is_not(None),
            )
        )

    happened = union_all(
        of("event", event, event.c.occurred_at),
        of("session", customer_session, customer_session.c.started_at),
        of("conversation", conversation, conversation.c.opened_at),
    ).subquery("happened")
    position = func.width_bucket(happened.c.at, edges).label("position")

    def count(kind: str) -> Any:
        return func.count().filter(happened.c.kind == kind).label(f"{kind}s")

    last_at = func.coalesce(func.max(happened.c.at).filter(happened.c.kind == "event"), NEVER).label("last_at")
    each = (
        select(happened.c.customer_id, position, last_at, count("event"), count("session"), count("conversation"))
        .group_by(happened.c.customer_id, position)
        .subquery("each")
    )
    return select(each.c.position, packed(ACTIVITY, each)).group_by(each.c.position)


def _bounds() -> tuple[BindParameter[Any], BindParameter[Any], BindParameter[Any]]:
    return (
        bindparam("tenant_id", type_=Uuid()),
        bindparam("begin", type_=Timestamp()),
        bindparam("end", type_=Timestamp()),
    )

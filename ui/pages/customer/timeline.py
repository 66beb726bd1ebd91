"""Merges what happened to a customer into one list, newest first, a step at a time.

Each list arrives in pages of its own. Only what is newer than the oldest row of every list that goes on can be placed
for certain; the rest is asked for again with the next step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ui.pages.customer.data import (
    NOTHING,
    Conversation,
    Cursors,
    CustomerAnswer,
    Decision,
    Event,
    Order,
    Score,
    StageVisit,
)
from ui.records import PageInfo

# Ingest writes these as orders and conversations too, so the timeline shows them as what they are.
RECORDED: Final = frozenset(
    {"order_completed", "order_cancelled", "conversation_opened", "message_sent", "conversation_closed"}
)
UNKNOWN: Final = "INSUFFICIENT_DATA"
BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Scored:
    """What was foretold at one moment."""

    scores: Sequence[Score]


Item = Order | Event | Conversation | StageVisit | Decision | Scored


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    cursor: str
    item: Item


@dataclass(frozen=True, slots=True)
class Step:
    entries: Sequence[Entry]
    after: Cursors
    more: bool


def step(answer: CustomerAnswer, shown: Cursors) -> Step:
    lists = _lists(answer, shown)
    certain = max(_known_from(entries, info) for entries, info in lists.values())
    placed = {name: [entry for entry in entries if entry.at >= certain] for name, (entries, _) in lists.items()}
    entries = sorted(
        (entry for one in placed.values() for entry in one if not _recorded(entry.item)), key=_newest_first
    )
    before = {name: getattr(shown, name) for name in lists}
    after = Cursors(**{name: one[-1].cursor if one else before[name] for name, one in placed.items()})
    left = any(len(placed[name]) < len(every) for name, (every, _) in lists.items())
    return Step(entries, after, more=left or any(info.has_next_page for _, info in lists.values()))


def _lists(answer: CustomerAnswer, shown: Cursors) -> Mapping[str, tuple[list[Entry], PageInfo]]:
    """By the name of their cursor."""
    customer = answer.customer
    if customer is None:
        return {"orders": ([], NOTHING)}
    orders, events, talks = customer.orders, customer.events, customer.conversations
    decisions = answer.action_decisions
    found = {
        "orders": ([Entry(one.node.placed_at, one.cursor, one.node) for one in orders.edges], orders.page_info),
        "events": ([Entry(one.node.occurred_at, one.cursor, one.node) for one in events.edges], events.page_info),
        "conversations": ([Entry(one.node.opened_at, one.cursor, one.node) for one in talks.edges], talks.page_info),
        "decisions": (
            [Entry(one.node.decided_at, one.cursor, one.node) for one in decisions.edges],
            decisions.page_info,
        ),
        "scores": (_scored(customer.scores, shown.scores), NOTHING),
    }
    if customer.journey is not None:
        stages = customer.journey.timeline
        entered = [Entry(one.node.entered_at, one.cursor, one.node) for one in stages.edges]
        found["stages"] = (entered, stages.page_info)
    return found


def _scored(scores: Sequence[Score], shown: str | None) -> list[Entry]:
    """One entry for all that was foretold at the same moment, of those that have not been shown yet."""
    known = [one for one in scores if one.status != UNKNOWN and one.as_of is not None]
    moments = sorted({one.as_of for one in known if one.as_of is not None}, reverse=True)
    return [
        Entry(moment, moment.isoformat(), Scored([one for one in known if one.as_of == moment]))
        for moment in moments
        if shown is None or moment < datetime.fromisoformat(shown)
    ]


def _known_from(entries: Sequence[Entry], info: PageInfo) -> datetime:
    return entries[-1].at if info.has_next_page and entries else BEGINNING


def _recorded(item: Item) -> bool:
    return isinstance(item, Event) and item.name in RECORDED


def _newest_first(entry: Entry) -> float:
    return -entry.at.timestamp()

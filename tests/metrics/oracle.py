"""Every metric worked out again from the raw tables, plainly and slowly, without a line of the product's own code."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import floor
from statistics import median
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from models.database import Database

GAP = timedelta(minutes=30)
WEEK = timedelta(days=7)
STAGES = ["awareness", "consideration", "evaluation", "purchase", "onboarding", "advocacy"]
# Event name -> where it leads, and from where: anywhere, only forward, only from the stage just before.
MOVES = {
    "page_viewed": [("awareness", "forward")],
    "signed_up": [("awareness", "forward")],
    "trial_started": [("consideration", "any")],
    "product_viewed": [("consideration", "forward")],
    "project_created": [("evaluation", "next"), ("onboarding", "next")],
    "product_added": [("evaluation", "forward")],
    "checkout_started": [("evaluation", "forward")],
    "subscription_started": [("purchase", "forward")],
    "order_completed": [("purchase", "forward")],
    "seat_invited": [("onboarding", "next")],
    "plan_upgraded": [("advocacy", "forward")],
    "referral_made": [("advocacy", "forward")],
    "subscription_cancelled": [("lost", "any")],
}


@dataclass(frozen=True)
class Raw:
    """The events as they were accepted, in the order of their moments."""

    events: list[tuple[datetime, str, UUID | None, dict[str, Any]]]

    @classmethod
    async def read(cls, database: Database, tenant_id: UUID) -> "Raw":
        async with database.unit_of_work(tenant_id) as session:
            rows = await session.execute(
                text("select occurred_at, name, customer_id, properties from event order by occurred_at")
            )
            return cls([(at, name, customer, properties) for at, name, customer, properties in rows])


@dataclass(frozen=True)
class Expected:
    value: float | None
    n: int | None = None
    parts: tuple[float, ...] = ()


class Oracle:
    def __init__(self, raw: Raw, zone: ZoneInfo) -> None:
        self.raw = raw
        self.zone = zone
        self.sessions = self._sessions()
        self.entries = self._entries()
        self.replies = self._replies()
        self.ratings = self._ratings()

    def all(self, begin: datetime, end: datetime, *, length: timedelta) -> dict[str, Expected]:
        """Over [begin, end), the part of a range of this length that has passed."""
        within = [event for event in self.raw.events if begin <= event[0] < end]
        orders = [event for event in within if event[1] in ("order_completed", "order_cancelled")]
        named = [event for event in within if event[2] is not None]
        active = {event[2] for event in named}
        first_seen: dict[UUID, datetime] = {}
        for at, _, customer, _ in self.raw.events:
            if customer is not None:
                first_seen.setdefault(customer, at)
        waits = sorted((replied - asked).total_seconds() for asked, replied in self.replies if begin <= replied < end)
        rated = [rating for at, rating in self.ratings if begin <= at < end]
        lengths = [(b - a).total_seconds() for _, a, b, count in self.sessions if begin <= a < end and count > 1]
        weeks = (end - begin) / WEEK
        return {
            # No model was trained: nothing is foretold.
            **{slug: Expected(None) for slug in ("churn_risk", "conversion_probability", "clv_prediction")},
            "events": Expected(len(within)),
            "orders": Expected(sum(name == "order_completed" for _, name, _, _ in orders)),
            "revenue": Expected(sum(_total(properties) for _, _, _, properties in orders)),
            "conversations": Expected(sum(name == "conversation_opened" for _, name, _, _ in within)),
            "active_customers": Expected(len(active)),
            "new_customers": Expected(sum(begin <= at < end for at in first_seen.values())),
            "response_time": Expected(_quantile(waits, 0.5), len(waits), (_quantile(waits, 0.95),))
            if waits
            else Expected(None),
            "satisfaction_score": Expected(sum(rated) / len(rated), len(rated)) if rated else Expected(None),
            "conversions": Expected(
                sum(
                    begin <= at < end for of_one in self.entries.values() for at, stage in of_one if stage == "purchase"
                )
            ),
            "interaction_frequency": Expected(len(named) / len(active) / weeks, len(active))
            if active and weeks
            else Expected(None),
            "session_duration": Expected(median(lengths), len(lengths)) if lengths else Expected(None),
            "conversion_rate": self._conversion_rate(begin, end, length),
            "engagement_score": self._engagement(end),
        }

    def _sessions(self) -> list[tuple[UUID, datetime, datetime, int]]:
        of_customer: dict[UUID, list[datetime]] = defaultdict(list)
        for at, _, customer, _ in self.raw.events:
            if customer is not None:
                of_customer[customer].append(at)
        found = []
        for customer, moments in of_customer.items():
            current = [moments[0]]
            for at in moments[1:]:
                if at - current[-1] >= GAP:
                    found.append((customer, current[0], current[-1], len(current)))
                    current = []
                current.append(at)
            found.append((customer, current[0], current[-1], len(current)))
        return found

    def _entries(self) -> dict[UUID, list[tuple[datetime, str]]]:
        """Each customer's entries into stages. Events of one moment: the one that leads least far comes first."""
        of_customer: dict[UUID, list[tuple[datetime, list[tuple[int, str, str]]]]] = defaultdict(list)
        for at, name, customer, _ in self.raw.events:
            if customer is not None and name in MOVES:
                targets = sorted(((*STAGES, "lost").index(stage), stage, moves) for stage, moves in MOVES[name])
                of_customer[customer].append((at, targets))
        found: dict[UUID, list[tuple[datetime, str]]] = {}
        for customer, moments in of_customer.items():
            entered: list[tuple[datetime, str]] = []
            for at, targets in sorted(moments):
                current = entered[-1][1] if entered else None
                here = STAGES.index(current) if current in STAGES else -1
                for position, stage, moves in reversed(targets):
                    allowed = moves == "any" or (moves == "forward" and position > here) or position == here + 1
                    if allowed and stage != current:
                        entered.append((at, stage))
                        break
            found[customer] = entered
        return found

    def _entered(self, wanted: str) -> list[datetime]:
        return [at for of_one in self.entries.values() for at, stage in of_one if stage == wanted]

    def _replies(self) -> list[tuple[datetime, datetime]]:
        said: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for at, name, _, properties in self.raw.events:
            if name == "message_sent":
                said[properties["conversationId"]].append((at, properties["author"]))
        found = []
        for words in said.values():
            asked = min((at for at, author in words if author == "customer"), default=None)
            if asked is not None:
                replied = min((at for at, author in words if author == "agent" and at >= asked), default=None)
                if replied is not None:
                    found.append((asked, replied))
        return found

    def _ratings(self) -> list[tuple[datetime, int]]:
        last: dict[str, tuple[datetime, int]] = {}
        for at, name, _, properties in self.raw.events:
            if name == "conversation_closed" and properties.get("rating") is not None:
                key, given = properties["conversationId"], (at, properties["rating"])
                last[key] = max(given, last.get(key, given))
        return list(last.values())

    def _conversion_rate(self, begin: datetime, end: datetime, length: timedelta) -> Expected:
        """Aalen–Johansen by its textbook sum, with exact fractions."""
        people: list[tuple[timedelta, str]] = []
        for entered in self.entries.values():
            mine = [at for at, stage in entered if stage == "consideration" and begin <= at < end]
            if not mine:
                continue
            later = [(at, stage) for at, stage in entered if mine[0] <= at < end and stage in ("purchase", "lost")]
            # Reaching and losing in one moment: reaching counts.
            ending = min(later, key=lambda pair: (pair[0], pair[1] != "purchase"), default=(end, "watched"))
            people.append((ending[0] - mine[0], ending[1]))
        if not people:
            return Expected(None)
        surviving, incidence = Fraction(1), Fraction(0)
        for time in sorted({duration for duration, _ in people}):
            if time > length:
                break
            at_risk = sum(duration >= time for duration, _ in people)
            reached = sum(pair == (time, "purchase") for pair in people)
            left = reached + sum(pair == (time, "lost") for pair in people)
            incidence += surviving * Fraction(reached, at_risk)
            surviving *= 1 - Fraction(left, at_risk)
        return Expected(float(incidence), len(people))

    def _engagement(self, end: datetime) -> Expected:
        local = end.astimezone(self.zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        last = midnight if midnight == local.replace(tzinfo=None) else midnight + timedelta(days=1)

        def back(naive: datetime, days: int) -> datetime:
            return (naive - timedelta(days=days)).replace(tzinfo=self.zone)

        present = self._features(back(last, 30), end)
        reference = self._features(back(last, 60), back(local.replace(tzinfo=None), 30))
        if not present or not reference:
            return Expected(None)
        parts = []
        for part in range(4):
            ranks = []
            for own in present:
                below = sum(other[part] < own[part] for other in reference)
                same = sum(other[part] == own[part] for other in reference)
                ranks.append(Fraction(2 * below + same, 2 * len(reference)))
            parts.append(float(100 * sum(ranks) / len(ranks)))
        return Expected(sum(parts) / 4, len(present), tuple(parts))

    def _features(self, begin: datetime, end: datetime) -> list[tuple[float, int, int, int]]:
        moments: dict[UUID, list[datetime]] = defaultdict(list)
        opened: dict[UUID, int] = defaultdict(int)
        for at, name, customer, _ in self.raw.events:
            if customer is not None and begin <= at < end:
                moments[customer].append(at)
                opened[customer] += name == "conversation_opened"
        return [
            (
                (max(mine) - end).total_seconds(),
                len(mine),
                sum(owner == customer and begin <= started < end for owner, started, _, _ in self.sessions),
                opened[customer],
            )
            for customer, mine in moments.items()
        ]


def _total(properties: dict[str, Any]) -> int:
    return sum(int(line["quantity"] * line["unitAmount"]) for line in properties.get("lines", ()))


def _quantile(ordered: list[float], share: float) -> float:
    """Between the two nearest, as PostgreSQL's percentile_cont does."""
    place = share * (len(ordered) - 1)
    low = floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)

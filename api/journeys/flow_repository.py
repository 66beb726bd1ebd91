"""SQL of spells by the range in which they began, as they stood at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, null, or_, select, true

from api.journeys.flow import SpellCount
from models import JourneySpell
from models.base import table
from models.database import Snapshot
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import COUNT_LIMIT

spell = table(JourneySpell)

SECONDS_A_DAY: Final = 86_400
SHORT: Final = timedelta(days=2)
MINUTE: Final = 60
HOUR: Final = 3_600
CONVERTED, LOST, CENSORED = 1, 2, 0
NEWEST_FIRST: Final = SortKey("entered_at", spell.c.entered_at, spell.c.customer_id, descending=True)


@dataclass(frozen=True, slots=True)
class Span:
    """Spells that began in [start, end), and what was known of them at `end`."""

    start: datetime
    end: datetime

    @property
    def unit(self) -> int:
        """The grain of durations, in seconds."""
        return MINUTE if self.end - self.start <= SHORT else HOUR


@dataclass(frozen=True, slots=True)
class Visit:
    """A spell in which a customer stayed in a stage."""

    customer_id: UUID
    stage: str
    entered_at: datetime
    left_at: datetime | None
    next_stage: str | None


def _began(tenant_id: UUID, span: Span) -> ColumnElement[bool]:
    return and_(spell.c.tenant_id == tenant_id, spell.c.entered_at >= span.start, spell.c.entered_at < span.end)


def _next(span: Span) -> ColumnElement[Any]:
    return case((spell.c.left_at < span.end, spell.c.next_stage), else_=null())


def _units(end: ColumnElement[Any], begin: ColumnElement[Any], unit: int) -> ColumnElement[Any]:
    return func.floor(func.extract("epoch", end - begin) / unit)


async def list_spell_counts(snapshot: Snapshot, span: Span, stages: Sequence[str] | None = None) -> list[SpellCount]:
    """Of these stages, or of all."""
    ended = func.least(func.coalesce(spell.c.left_at, span.end), span.end)
    units = _units(ended, spell.c.entered_at, span.unit).label("units")
    following = _next(span).label("following")
    statement = (
        select(spell.c.stage, following, units, func.count())
        .where(_began(snapshot.tenant_id, span))
        .group_by(spell.c.stage, following, units)
    )
    if stages is not None:
        statement = statement.where(spell.c.stage.in_(list(stages)))
    days = span.unit / SECONDS_A_DAY
    return [
        SpellCount(stage, next_stage, float(units) * days, count)
        for stage, next_stage, units, count in await snapshot.rows(statement)
    ]


async def count_customers(snapshot: Snapshot, span: Span, stages: Sequence[str]) -> dict[str | None, int]:
    """Different customers of each of these stages, and under None of all of them together."""
    one = select(spell.c.stage, spell.c.customer_id).where(
        _began(snapshot.tenant_id, span), spell.c.stage.in_(list(stages))
    )
    found = one.distinct().subquery("found")
    by_stage = select(found.c.stage, func.count()).group_by(found.c.stage)
    everybody = select(null(), func.count(func.distinct(found.c.customer_id))).select_from(found)
    found_rows = await snapshot.rows(by_stage.union_all(everybody))
    return {row[0]: int(row[1]) for row in found_rows}


async def list_arrivals(
    snapshot: Snapshot, span: Span, origin: str, target: str, exits: Sequence[str]
) -> list[tuple[float, int, int]]:
    """(days, outcome, count) of the customers who entered `origin` in the range: from the first such entry on, until
    they first came to `target`, were first lost, or the range ended."""
    entered = (
        select(spell.c.customer_id, func.min(spell.c.entered_at).label("at"))
        .where(_began(snapshot.tenant_id, span), spell.c.stage == origin)
        .group_by(spell.c.customer_id)
        .subquery("entered")
    )

    def first(name: str, into: Sequence[str]) -> Any:
        later = spell.alias(f"later_{name}")
        moments = select(func.min(later.c.entered_at).label("at")).where(
            later.c.tenant_id == snapshot.tenant_id,
            later.c.customer_id == entered.c.customer_id,
            later.c.entered_at >= entered.c.at,
            later.c.entered_at < span.end,
            later.c.stage.in_(list(into)),
        )
        return moments.lateral(name)

    reached, lost = first("reached", [target]), first("lost", exits)
    arrives = and_(reached.c.at.is_not(None), or_(lost.c.at.is_(None), reached.c.at <= lost.c.at))
    outcome = case((arrives, CONVERTED), (lost.c.at.is_not(None), LOST), else_=CENSORED).label("outcome")
    ended = func.least(func.coalesce(reached.c.at, span.end), func.coalesce(lost.c.at, span.end))
    units = _units(ended, entered.c.at, span.unit).label("units")
    statement = (
        select(units, outcome, func.count())
        .select_from(entered.join(reached, true()).join(lost, true()))
        .group_by(units, outcome)
    )
    days = span.unit / SECONDS_A_DAY
    return [(float(units) * days, outcome, count) for units, outcome, count in await snapshot.rows(statement)]


def _visits(tenant_id: UUID, span: Span, stage: str, towards: str | None, *, still_here: bool) -> Select[Any]:
    left = case((spell.c.left_at < span.end, spell.c.left_at), else_=null())
    statement = select(
        spell.c.customer_id, spell.c.stage, spell.c.entered_at, left.label("left_at"), _next(span).label("next_stage")
    ).where(_began(tenant_id, span), spell.c.stage == stage)
    if still_here:
        statement = statement.where(or_(spell.c.left_at.is_(None), spell.c.left_at >= span.end))
    if towards is not None:
        statement = statement.where(spell.c.next_stage == towards, spell.c.left_at < span.end)
    return statement


async def list_visits(
    snapshot: Snapshot, span: Span, stage: str, towards: str | None, page: Page, *, still_here: bool
) -> Slice[Visit]:
    statement = _visits(snapshot.tenant_id, span, stage, towards, still_here=still_here)
    part = cut(await snapshot.rows(page_of(statement, NEWEST_FIRST, page)), page)
    return Slice(tuple(Visit(*row) for row in part.items), part.has_next, part.has_previous)


async def count_visits(snapshot: Snapshot, span: Span, stage: str, towards: str | None, *, still_here: bool) -> int:
    inner = _visits(snapshot.tenant_id, span, stage, towards, still_here=still_here)
    counted = inner.with_only_columns(literal(1)).limit(COUNT_LIMIT + 1).subquery()
    return int(await snapshot.scalar(select(func.count()).select_from(counted)))

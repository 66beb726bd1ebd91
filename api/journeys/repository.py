"""SQL of stages, rules and spells."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, delete, func, literal, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from api.journeys.contracts import Happening, Moves, Rule, Spell, Stage
from models import Customer, Event, Job, JourneyRule, JourneySpell, JourneyStage
from models.base import new_id, table
from models.bulk import as_table, insert_rows
from models.database import Snapshot
from models.relations import columns_of

stage = table(JourneyStage)
rule = table(JourneyRule)
spell = table(JourneySpell)
event = table(Event)
customer = table(Customer)
job = table(Job)

Begins = Sequence[tuple[UUID, datetime]]
"""From when on each customer's way is to be walked again."""
BEGIN_COLUMNS: Final = (spell.c.customer_id, spell.c.entered_at)
STAGE_COLUMNS: Final = ("tenant_id", "key", "name", "position", "is_exit")
RULE_COLUMNS: Final = ("tenant_id", "id", "event_name", "property", "equals", "stage", "moves")
SPELL_COLUMNS: Final = ("tenant_id", "customer_id", "entered_at", "stage", "left_at", "next_stage")


async def insert_journey(
    session: AsyncSession, tenant_id: UUID, stages: Sequence[Stage], rules: Sequence[Rule]
) -> None:
    rows = [(tenant_id, one.key, one.name, one.position, one.is_exit) for one in stages]
    await insert_rows(session, stage, STAGE_COLUMNS, rows)
    ruled = [
        (tenant_id, new_id(), one.event_name, one.property, one.equals, one.stage, one.moves.value) for one in rules
    ]
    await insert_rows(session, rule, RULE_COLUMNS, ruled)


def _stages(tenant_id: UUID) -> Select[Any]:
    return select(*columns_of(Stage, stage)).where(stage.c.tenant_id == tenant_id).order_by(stage.c.position)


def _rules(tenant_id: UUID) -> Select[Any]:
    columns = (rule.c.event_name, rule.c.stage, rule.c.moves, rule.c.property, rule.c.equals)
    return select(*columns).where(rule.c.tenant_id == tenant_id).order_by(rule.c.id)


def _rule(row: Sequence[Any]) -> Rule:
    name, key, moves, wanted, equals = row
    return Rule(name, key, Moves(moves), wanted, equals)


async def list_stages(session: AsyncSession, tenant_id: UUID) -> list[Stage]:
    return [Stage(*row) for row in await session.execute(_stages(tenant_id))]


async def list_stages_of(snapshot: Snapshot) -> list[Stage]:
    return [Stage(*row) for row in await snapshot.rows(_stages(snapshot.tenant_id))]


async def list_rules_of(snapshot: Snapshot) -> list[Rule]:
    return [_rule(row) for row in await snapshot.rows(_rules(snapshot.tenant_id))]


async def list_rules(session: AsyncSession, tenant_id: UUID) -> list[Rule]:
    return [_rule(row) for row in await session.execute(_rules(tenant_id))]


async def delete_journey(session: AsyncSession, tenant_id: UUID) -> None:
    """Everything but the events: spells in the stages that are to go could not stand any more."""
    for each in (spell, rule, stage):
        await session.execute(delete(each).where(each.c.tenant_id == tenant_id))


async def list_customers_after(session: AsyncSession, tenant_id: UUID, after: UUID, limit: int) -> list[UUID]:
    statement = (
        select(customer.c.id)
        .where(customer.c.tenant_id == tenant_id, customer.c.id > after)
        .order_by(customer.c.id)
        .limit(limit)
    )
    return list((await session.execute(statement)).scalars())


async def has_open_job(snapshot: Snapshot, kind: str) -> bool:
    statement = select(job.c.id).where(
        job.c.tenant_id == snapshot.tenant_id, job.c.kind == kind, job.c.state.in_(("queued", "running"))
    )
    return await snapshot.first(statement.limit(1)) is not None


async def count_customers(snapshot: Snapshot) -> int:
    statement = select(func.count()).select_from(customer).where(customer.c.tenant_id == snapshot.tenant_id)
    return int(await snapshot.scalar(statement))


async def take_spells(session: AsyncSession, tenant_id: UUID, begins: Begins) -> dict[UUID, Spell]:
    """Removes the spells that began at or after each customer's moment, and the one that was open then; gives that."""
    given = as_table(BEGIN_COLUMNS, begins)
    mine = and_(spell.c.tenant_id == tenant_id, spell.c.customer_id == given.c.customer_id)
    await session.execute(delete(spell).where(mine, spell.c.entered_at >= given.c.entered_at))
    last = (
        select(spell.c.customer_id, spell.c.entered_at, spell.c.stage)
        .join(given, mine)
        .ext(distinct_on(spell.c.customer_id))
        .order_by(spell.c.customer_id, spell.c.entered_at.desc(), spell.c.left_at.desc().nulls_first())
        .subquery("last")
    )
    taken = await session.execute(
        delete(spell)
        .where(
            spell.c.tenant_id == tenant_id,
            spell.c.customer_id == last.c.customer_id,
            spell.c.entered_at == last.c.entered_at,
            spell.c.stage == last.c.stage,
        )
        .returning(spell.c.customer_id, spell.c.stage, spell.c.entered_at)
    )
    return {customer: Spell(key, entered_at) for customer, key, entered_at in taken}


async def list_happenings(
    session: AsyncSession, tenant_id: UUID, begins: Begins, names: Sequence[str], properties: Sequence[str]
) -> Mapping[UUID, list[Happening]]:
    """Each customer's events of these names from its moment on, with these of their properties."""
    given = as_table(BEGIN_COLUMNS, begins)
    wanted = [event.c.properties.op("->>")(literal(name)) for name in properties]
    statement = (
        select(event.c.customer_id, event.c.occurred_at, event.c.name, *wanted)
        .join(given, and_(event.c.customer_id == given.c.customer_id, event.c.occurred_at >= given.c.entered_at))
        .where(event.c.tenant_id == tenant_id, event.c.name == func.any(list(names)))
    )
    found: dict[UUID, list[Happening]] = defaultdict(list)
    for customer, at, name, *values in await session.execute(statement):
        found[customer].append(Happening(at, name, tuple(zip(properties, values, strict=True))))
    return found


async def insert_spells(session: AsyncSession, tenant_id: UUID, spells: Mapping[UUID, Sequence[Spell]]) -> None:
    rows: list[Sequence[Any]] = [
        (tenant_id, customer, one.entered_at, one.stage, one.left_at, one.next_stage)
        for customer, of_customer in spells.items()
        for one in of_customer
    ]
    await insert_rows(session, spell, SPELL_COLUMNS, rows)

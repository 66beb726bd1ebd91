"""SQL of model versions, what they are now, and what was asked for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, case, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, distinct_on, insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.predictions.contracts import SCORE_JOB, ModelInUse, State, TrainingRecord, VersionRecord
from api.predictions.drift_repository import newest_state
from models import Job, ModelState, ModelTraining, ModelVersion
from models.base import table
from models.database import AnyRow, Snapshot
from models.filters import Filter, filters_of
from models.keyset import SortKey
from models.listing import RowList
from models.relations import columns_of

version = table(ModelVersion)
state = table(ModelState)
training = table(ModelTraining)
job = table(Job)

VERSION_COLUMNS: Final = (
    "id", "kind", "horizon_days", "number", "as_of", "complete_until", "seed", "n", "is_baseline", "card", "card_hash",
    "data_hash", "code_version", "created_by", "created_at",
)  # fmt: skip
STATE_COLUMNS: Final = ("state", "changed_by", "changed_at", "scored_at", "scored_as_of")
NEWEST_FIRST: Final = SortKey("created_at", version.c.created_at, version.c.id, descending=True)
ENDED: Final = literal({"explanation": "Its job ended before it was done: it was cancelled, or it failed."}, JSONB)
TRAININGS_NEWEST_FIRST: Final = SortKey("created_at", training.c.created_at, training.c.id, descending=True)


async def lock_models(session: AsyncSession, tenant_id: UUID) -> None:
    """One at a time gives numbers and says which version is current."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"models {tenant_id}", 0))))


async def insert_training(session: AsyncSession, tenant_id: UUID, values: Mapping[str, Any]) -> None:
    await session.execute(insert(training).values(tenant_id=tenant_id, **values))


async def set_training_job(session: AsyncSession, tenant_id: UUID, training_id: UUID, job_id: UUID) -> None:
    await _update_training(session, tenant_id, training_id, job_id=job_id)


async def end_training(
    session: AsyncSession, tenant_id: UUID, training_id: UUID, outcome: Mapping[str, Any], now: datetime
) -> None:
    await _update_training(session, tenant_id, training_id, outcome=dict(outcome), finished_at=now)


async def _update_training(session: AsyncSession, tenant_id: UUID, training_id: UUID, **values: Any) -> None:
    mine = and_(training.c.tenant_id == tenant_id, training.c.id == training_id)
    await session.execute(update(training).where(mine).values(**values))


def _training_columns() -> list[Any]:
    """A training whose job was cancelled or failed before it was done waits for nothing any more."""
    of_job = and_(job.c.tenant_id == training.c.tenant_id, job.c.id == training.c.job_id)
    given_up = and_(of_job, job.c.state.in_(("cancelled", "failed")), training.c.finished_at.is_(None))
    ended_at = select(job.c.finished_at).where(given_up).correlate(training).scalar_subquery()
    shown = {
        "finished_at": func.coalesce(training.c.finished_at, ended_at).label("finished_at"),
        "outcome": case((exists().where(given_up).correlate(training), ENDED), else_=training.c.outcome).label(
            "outcome"
        ),
    }
    return [shown.get(column.name, column) for column in columns_of(TrainingRecord, training)]


async def get_training(session: AsyncSession, tenant_id: UUID, training_id: UUID) -> TrainingRecord:
    mine = and_(training.c.tenant_id == tenant_id, training.c.id == training_id)
    return TrainingRecord(*(await session.execute(select(*columns_of(TrainingRecord, training)).where(mine))).one())


async def next_number(session: AsyncSession, tenant_id: UUID, kind: str, horizon_days: int) -> int:
    statement = select(func.coalesce(func.max(version.c.number), 0) + 1).where(
        version.c.tenant_id == tenant_id, version.c.kind == kind, version.c.horizon_days == horizon_days
    )
    return int((await session.execute(statement)).scalar_one())


async def insert_version(session: AsyncSession, tenant_id: UUID, values: Mapping[str, Any], chosen: State) -> None:
    """The version, which nobody changes from here on, and its state."""
    await session.execute(insert(version).values(tenant_id=tenant_id, **values))
    await session.execute(
        insert(state).values(
            tenant_id=tenant_id,
            version_id=values["id"],
            kind=values["kind"],
            horizon_days=values["horizon_days"],
            state=chosen.value,
            changed_by=values["created_by"],
            changed_at=values["created_at"],
        )
    )


async def set_state(
    session: AsyncSession, tenant_id: UUID, version_id: UUID, chosen: State, *, actor: str, now: datetime
) -> None:
    mine = and_(state.c.tenant_id == tenant_id, state.c.version_id == version_id)
    await session.execute(update(state).where(mine).values(state=chosen.value, changed_by=actor, changed_at=now))


async def set_scored(
    session: AsyncSession, tenant_id: UUID, version_id: UUID, *, at: datetime, as_of: datetime
) -> None:
    mine = and_(state.c.tenant_id == tenant_id, state.c.version_id == version_id)
    await session.execute(update(state).where(mine).values(scored_at=at, scored_as_of=as_of))


async def find_current(session: AsyncSession, tenant_id: UUID, kind: str, horizon_days: int) -> UUID | None:
    statement = select(state.c.version_id).where(
        state.c.tenant_id == tenant_id,
        state.c.kind == kind,
        state.c.horizon_days == horizon_days,
        state.c.state == State.CURRENT.value,
    )
    found: UUID | None = (await session.execute(statement)).scalar_one_or_none()
    return found


_SHOWN: Final = (*(version.c[name] for name in VERSION_COLUMNS), *(state.c[name] for name in STATE_COLUMNS))
_WITH_STATE: Final = version.join(
    state, and_(state.c.tenant_id == version.c.tenant_id, state.c.version_id == version.c.id)
)
VERSIONS: Final = RowList(
    VersionRecord,
    version,
    (NEWEST_FIRST,),
    {**filters_of("kind", "horizon_days", "created_at", source=version.c), "state": Filter(state.c.state)},
    columns=_SHOWN,
    source=_WITH_STATE,
)
TRAININGS: Final = RowList(
    TrainingRecord,
    training,
    (TRAININGS_NEWEST_FIRST,),
    filters_of("kind", "horizon_days", "created_at", source=training.c),
    columns=_training_columns(),
)


def _select(tenant_id: UUID) -> Select[Any]:
    return select(*_SHOWN).select_from(_WITH_STATE).where(version.c.tenant_id == tenant_id)


async def get_version(session: AsyncSession, tenant_id: UUID, version_id: UUID) -> VersionRecord | None:
    row = (await session.execute(_select(tenant_id).where(version.c.id == version_id))).first()
    return None if row is None else VersionRecord(*row)


async def load_versions(snapshot: Snapshot, ids: Sequence[UUID]) -> list[VersionRecord | None]:
    rows = await snapshot.rows(_select(snapshot.tenant_id).where(version.c.id.in_(ids)))
    found = {row.id: VersionRecord(*row) for row in rows}
    return [found.get(key) for key in ids]


async def load_current(snapshot: Snapshot, keys: Sequence[tuple[str, int]]) -> list[VersionRecord | None]:
    """By (kind, horizon)."""
    rows = await snapshot.rows(_select(snapshot.tenant_id).where(state.c.state == State.CURRENT.value))
    found = {(row.kind, row.horizon_days): VersionRecord(*row) for row in rows}
    return [found.get(key) for key in keys]


async def list_current_models(snapshot: Snapshot) -> Sequence[AnyRow]:
    """(id, kind, horizon_days, seed, complete_until, parameters) of what speaks now."""
    names = ("id", "kind", "horizon_days", "seed", "complete_until", "parameters")
    statement = (
        select(*(version.c[name] for name in names))
        .select_from(
            version.join(state, and_(state.c.tenant_id == version.c.tenant_id, state.c.version_id == version.c.id))
        )
        .where(version.c.tenant_id == snapshot.tenant_id, state.c.state == State.CURRENT.value)
        .order_by(version.c.kind, version.c.horizon_days)
    )
    return await snapshot.rows(statement)


async def list_in_use(snapshot: Snapshot) -> tuple[ModelInUse, ...]:
    statement = (
        select(
            version.c.kind,
            version.c.horizon_days,
            version.c.number,
            state.c.changed_at,
            state.c.scored_at,
            newest_state(snapshot.tenant_id, version.c.id),
        )
        .select_from(
            version.join(state, and_(state.c.tenant_id == version.c.tenant_id, state.c.version_id == version.c.id))
        )
        .where(version.c.tenant_id == snapshot.tenant_id, state.c.state == State.CURRENT.value)
        .order_by(version.c.kind, version.c.horizon_days)
    )
    return tuple(ModelInUse(*row) for row in await snapshot.rows(statement))


async def get_parameters(snapshot: Snapshot, version_id: UUID) -> Mapping[str, Any]:
    statement = select(version.c.parameters).where(
        version.c.tenant_id == snapshot.tenant_id, version.c.id == version_id
    )
    found: Mapping[str, Any] = await snapshot.scalar(statement)
    return found


async def load_trainings(snapshot: Snapshot, ids: Sequence[UUID]) -> list[TrainingRecord | None]:
    rows = await snapshot.rows(
        select(*_training_columns()).where(training.c.tenant_id == snapshot.tenant_id, training.c.id.in_(ids))
    )
    found = {row.id: TrainingRecord(*row) for row in rows}
    return [found.get(key) for key in ids]


async def load_last_trainings(snapshot: Snapshot, keys: Sequence[tuple[str, int]]) -> list[TrainingRecord | None]:
    """By (kind, horizon): the last one that was asked for a model."""
    statement = (
        select(*_training_columns())
        .where(training.c.tenant_id == snapshot.tenant_id, training.c.reproduces.is_(None))
        .ext(distinct_on(training.c.kind, training.c.horizon_days))
        .order_by(training.c.kind, training.c.horizon_days, training.c.created_at.desc(), training.c.id.desc())
    )
    found = {(row.kind, row.horizon_days): TrainingRecord(*row) for row in await snapshot.rows(statement)}
    return [found.get(key) for key in keys]


async def list_due(
    session: AsyncSession, tenant_id: UUID, *, scored_before: datetime, done_before: datetime
) -> list[UUID]:
    """Current versions whose last pass is too long ago by the tenant's clock and by the real one, and whom no job is
    about to serve."""
    under_way = exists().where(
        job.c.tenant_id == tenant_id,
        job.c.kind == SCORE_JOB,
        job.c.subject_id == state.c.version_id,
        job.c.state.in_(("queued", "running")),
    )
    statement = select(state.c.version_id).where(
        state.c.tenant_id == tenant_id,
        state.c.state == State.CURRENT.value,
        func.coalesce(state.c.scored_at, state.c.changed_at) < done_before,
        or_(state.c.scored_as_of.is_(None), state.c.scored_as_of < scored_before),
        ~under_way,
    )
    return list((await session.execute(statement)).scalars())


async def has_trainings(session: AsyncSession, tenant_id: UUID) -> bool:
    statement = select(training.c.id).where(training.c.tenant_id == tenant_id).limit(1)
    return (await session.execute(statement)).first() is not None

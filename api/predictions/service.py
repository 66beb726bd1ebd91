"""Asking for models, and saying which of them speaks."""

from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.errors import BadInputError, ConflictError, NotFoundError
from api.jobs.queue import enqueue
from api.predictions import version_repository as repository
from api.predictions.contracts import (
    EVER,
    HORIZONS,
    LEAST_HORIZON,
    LONGEST_HORIZON,
    SCORE_JOB,
    TRAIN_JOB,
    ModelKind,
    State,
    VersionRecord,
)
from api.tenants.repository import get_tenant
from models.base import new_id
from models.database import Database

ACTOR: Final = "service:seed"


async def ask_for_training(
    session: AsyncSession,
    tenant_id: UUID,
    kind: ModelKind,
    horizon_days: int,
    *,
    complete_until: datetime | None,
    reproduces: UUID | None = None,
    actor: str,
    now: datetime,
) -> UUID:
    """The id of the training, whose job starts with this transaction's commit."""
    training_id = new_id()
    values = {
        "id": training_id,
        "kind": kind.value,
        "horizon_days": horizon_days,
        "complete_until": complete_until,
        "reproduces": reproduces,
        "created_by": actor,
        "created_at": now,
    }
    await repository.insert_training(session, tenant_id, values)
    job_id = await enqueue(session, tenant_id, TRAIN_JOB, training_id, actor=actor, now=now)
    await repository.set_training_job(session, tenant_id, training_id, job_id)
    return training_id


async def ask_for_first_models(session: AsyncSession, tenant_id: UUID, now: datetime) -> None:
    """Each kind at each of its horizons, once, for a tenant whose history was loaded whole."""
    if await repository.has_trainings(session, tenant_id):
        return
    for kind, horizons in HORIZONS.items():
        for horizon in horizons:
            await ask_for_training(session, tenant_id, kind, horizon, complete_until=EVER, actor=ACTOR, now=now)
    details = {"kinds": [kind.value for kind in HORIZONS]}
    await insert_entry(session, tenant_id, at=now, actor=ACTOR, action="model.train", details=details)


class Models:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def train(
        self, tenant_id: UUID, kind: ModelKind, horizon_days: int, *, complete_until: datetime | None, actor: str
    ) -> UUID:
        if not LEAST_HORIZON <= horizon_days <= LONGEST_HORIZON:
            text = f"A horizon has {LEAST_HORIZON} to {LONGEST_HORIZON} days, not {horizon_days}."
            raise BadInputError(text, path=("input", "horizonDays"))
        now = self._now()
        if complete_until is not None and complete_until > now:
            raise BadInputError(
                "A history can be declared complete up to now, not beyond.", path=("input", "historyCompleteUntil")
            )
        async with self._database.unit_of_work(tenant_id) as session:
            if (await get_tenant(session, tenant_id)).position is not None:
                complete_until = EVER  # a demo's records are received by another clock than the one they happened by
            training_id = await ask_for_training(
                session, tenant_id, kind, horizon_days, complete_until=complete_until, actor=actor, now=now
            )
            details = {"kind": kind.value, "horizonDays": horizon_days, "training": str(training_id)}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="model.train", details=details)
        return training_id

    async def reproduce(self, tenant_id: UUID, version_id: UUID, *, actor: str) -> UUID:
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            version = await _version(session, tenant_id, version_id)
            training_id = await ask_for_training(
                session,
                tenant_id,
                ModelKind(version.kind),
                version.horizon_days,
                complete_until=version.complete_until,
                reproduces=version.id,
                actor=actor,
                now=now,
            )
            details = {"version": str(version_id)}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="model.reproduce", details=details)
        return training_id

    async def promote(self, tenant_id: UUID, version_id: UUID, *, actor: str) -> UUID:
        """The job that scores every customer by it. Promoting one that was retired rolls back to it."""
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            await repository.lock_models(session, tenant_id)
            version = await _version(session, tenant_id, version_id)
            if version.state == State.CURRENT:
                raise ConflictError("This version is current already.", path=("id",))
            if version.state == State.REJECTED:
                raise ConflictError("This version was rejected: it must not be shown.", path=("id",))
            job_id = await make_current(session, tenant_id, version, actor=actor, now=now)
            details = {"version": str(version_id), "kind": version.kind, "horizonDays": version.horizon_days}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="model.promote", details=details)
        return job_id


async def make_current(
    session: AsyncSession, tenant_id: UUID, version: VersionRecord, *, actor: str, now: datetime
) -> UUID:
    """The caller holds the lock of the models."""
    before = await repository.find_current(session, tenant_id, version.kind, version.horizon_days)
    if before is not None:
        await repository.set_state(session, tenant_id, before, State.RETIRED, actor=actor, now=now)
    await repository.set_state(session, tenant_id, version.id, State.CURRENT, actor=actor, now=now)
    return await enqueue(session, tenant_id, SCORE_JOB, version.id, actor=actor, now=now)


async def _version(session: AsyncSession, tenant_id: UUID, version_id: UUID) -> VersionRecord:
    version = await repository.get_version(session, tenant_id, version_id)
    if version is None:
        raise no_such_version()
    return version


def no_such_version() -> NotFoundError:
    return NotFoundError("There is no such model version.", path=("id",))

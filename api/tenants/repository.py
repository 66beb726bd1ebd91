"""The directory and the profiles of tenants."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.tenants.contracts import NewTenant, TenantRecord
from models import Event, MetricRevision, Replay, Tenant, TenantProfile
from models.base import table
from models.database import Database, Snapshot

tenant = table(Tenant)
profile = table(TenantProfile)
replay = table(Replay)
event = table(Event)


def select_tenant(tenant_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(
            tenant.c.id,
            tenant.c.slug,
            profile.c.name,
            profile.c.time_zone,
            profile.c.currency,
            profile.c.source,
            profile.c.synthetic,
            replay.c.speed,
            replay.c.position,
            replay.c.ends_at,
        )
        .select_from(
            tenant.join(profile, profile.c.tenant_id == tenant.c.id).outerjoin(
                replay, replay.c.tenant_id == tenant.c.id
            )
        )
        .where(tenant.c.id == tenant_id, profile.c.tenant_id == tenant_id)
    )


async def load_tenants(snapshot: Snapshot, ids: Sequence[UUID]) -> list[TenantRecord | None]:
    """A loader that only ever meets one key: the snapshot's own tenant."""
    row = await snapshot.first(select_tenant(snapshot.tenant_id))
    record = None if row is None else TenantRecord(*row)
    return [record if key == snapshot.tenant_id else None for key in ids]


async def get_tenant(session: AsyncSession, tenant_id: UUID) -> TenantRecord:
    return TenantRecord(*(await session.execute(select_tenant(tenant_id))).one())


async def find_tenant_id(database: Database, slug: str) -> UUID | None:
    async with database.directory() as session:
        return (await session.execute(select(tenant.c.id).where(tenant.c.slug == slug))).scalar_one_or_none()


async def has_tenant(database: Database, tenant_id: UUID) -> bool:
    async with database.directory() as session:
        return (await session.execute(select(tenant.c.id).where(tenant.c.id == tenant_id))).first() is not None


async def list_tenant_ids(database: Database) -> list[UUID]:
    """Of all tenants, for work that goes through them one after the other."""
    async with database.directory() as session:
        return list((await session.execute(select(tenant.c.id).order_by(tenant.c.id))).scalars())


async def insert_directory_entry(session: AsyncSession, tenant_id: UUID, slug: str) -> bool:
    """False when the slug is taken."""
    statement = insert(tenant).values(id=tenant_id, slug=slug).on_conflict_do_nothing().returning(tenant.c.id)
    return (await session.execute(statement)).first() is not None


async def insert_profile(session: AsyncSession, tenant_id: UUID, new: NewTenant, now: datetime) -> None:
    session.add(
        TenantProfile(
            tenant_id=tenant_id,
            name=new.name,
            time_zone=new.time_zone,
            currency=new.currency,
            source=new.source,
            synthetic=new.synthetic,
            created_at=now,
        )
    )
    session.add(MetricRevision(tenant_id=tenant_id, revision=0))
    await session.flush()


async def has_events(session: AsyncSession, tenant_id: UUID) -> bool:
    return (
        await session.execute(select(event.c.id).where(event.c.tenant_id == tenant_id).limit(1))
    ).first() is not None


async def update_profile(session: AsyncSession, tenant_id: UUID, new: NewTenant) -> None:
    await session.execute(
        update(profile)
        .where(profile.c.tenant_id == tenant_id)
        .values(name=new.name, time_zone=new.time_zone, currency=new.currency)
    )


async def insert_replay(session: AsyncSession, record: Replay) -> None:
    session.add(record)
    await session.flush()


async def get_replay(session: AsyncSession, tenant_id: UUID) -> Replay | None:
    return (await session.execute(select(Replay).where(replay.c.tenant_id == tenant_id))).scalar_one_or_none()


async def update_replay(
    session: AsyncSession, tenant_id: UUID, position: datetime, *, history_loaded: bool = True
) -> None:
    await session.execute(
        update(replay).where(replay.c.tenant_id == tenant_id).values(position=position, history_loaded=history_loaded)
    )

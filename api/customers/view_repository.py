"""SQL of saved views."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.customers.view_contracts import SavedViewRecord
from models import SavedView, UserAccount
from models.base import table
from models.database import Snapshot
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import COUNT_LIMIT

view = table(SavedView)
account = table(UserAccount)

BY_NAME: Final = SortKey("sort_name", view.c.sort_name, view.c.id)


def _views(tenant_id: UUID) -> Select[Any]:
    owned = (account.c.tenant_id == view.c.tenant_id) & (account.c.id == view.c.owner_id)
    return (
        select(
            view.c.id,
            view.c.owner_id,
            account.c.display_name,
            view.c.name,
            view.c.sort_name,
            view.c.query,
            view.c.shared,
            view.c.updated_at,
        )
        .join(account, owned)
        .where(view.c.tenant_id == tenant_id)
    )


def _seen_by(tenant_id: UUID, person: UUID) -> Select[Any]:
    return _views(tenant_id).where(or_(view.c.owner_id == person, view.c.shared))


async def list_views(snapshot: Snapshot, person: UUID, page: Page) -> Slice[SavedViewRecord]:
    part = cut(await snapshot.rows(page_of(_seen_by(snapshot.tenant_id, person), BY_NAME, page)), page)
    return Slice(tuple(SavedViewRecord(*row) for row in part.items), part.has_next, part.has_previous)


async def count_views(snapshot: Snapshot, person: UUID) -> int:
    inner = _seen_by(snapshot.tenant_id, person).limit(COUNT_LIMIT + 1).subquery()
    return int(await snapshot.scalar(select(func.count()).select_from(inner)))


async def count_own(session: AsyncSession, tenant_id: UUID, owner_id: UUID) -> int:
    statement = select(func.count()).select_from(view).where(view.c.tenant_id == tenant_id, view.c.owner_id == owner_id)
    return int((await session.execute(statement)).scalar_one())


async def insert_view(session: AsyncSession, tenant_id: UUID, values: dict[str, Any]) -> bool:
    """False when its owner has one of this name already."""
    statement = insert(view).values(tenant_id=tenant_id, **values).on_conflict_do_nothing().returning(view.c.id)
    return (await session.execute(statement)).first() is not None


async def lock_own(session: AsyncSession, tenant_id: UUID, view_id: UUID, owner_id: UUID) -> SavedViewRecord | None:
    statement = _views(tenant_id).where(view.c.id == view_id, view.c.owner_id == owner_id)
    row = (await session.execute(statement.with_for_update(of=view))).first()
    return None if row is None else SavedViewRecord(*row)


async def get_view(session: AsyncSession, tenant_id: UUID, view_id: UUID) -> SavedViewRecord:
    return SavedViewRecord(*(await session.execute(_views(tenant_id).where(view.c.id == view_id))).one())


async def has_other(session: AsyncSession, tenant_id: UUID, owner_id: UUID, sort_name: str, but: UUID) -> bool:
    statement = select(view.c.id).where(
        view.c.tenant_id == tenant_id, view.c.owner_id == owner_id, view.c.sort_name == sort_name, view.c.id != but
    )
    return (await session.execute(statement)).first() is not None


async def update_view(session: AsyncSession, tenant_id: UUID, view_id: UUID, values: dict[str, Any]) -> None:
    await session.execute(update(view).where(view.c.tenant_id == tenant_id, view.c.id == view_id).values(**values))


async def delete_view(session: AsyncSession, tenant_id: UUID, view_id: UUID) -> None:
    await session.execute(delete(view).where(view.c.tenant_id == tenant_id, view.c.id == view_id))

"""Saving, changing and forgetting views: each is one transaction with its audit entry, and of one's own views only."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.auth.principal import Principal
from api.customers import view_repository as repository
from api.customers.view_contracts import MOST_VIEWS, SavedViewRecord, ViewForm
from api.errors import ConflictError, NotFoundError
from models.base import new_id, sort_key
from models.database import Database


class SavedViews:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def create(self, person: Principal, form: ViewForm) -> SavedViewRecord:
        now, identity = self._now(), new_id()
        values = {**_columns(form, now), "id": identity, "owner_id": person.account_id, "created_at": now}
        async with self._database.unit_of_work(person.tenant_id) as session:
            if await repository.count_own(session, person.tenant_id, person.account_id) >= MOST_VIEWS:
                raise ConflictError(f"A person has at most {MOST_VIEWS} views.")
            if not await repository.insert_view(session, person.tenant_id, values):
                raise _taken(form)
            record = await repository.get_view(session, person.tenant_id, identity)
            await self._audit(session, person, "create", record)
        return record

    async def update(
        self, person: Principal, view_id: UUID, *, name: str | None, query: str | None, shared: bool | None
    ) -> SavedViewRecord:
        """What is None stays."""
        async with self._database.unit_of_work(person.tenant_id) as session:
            found = await self._own(session, person, view_id)
            form = ViewForm(
                found.name if name is None else name,
                found.query if query is None else query,
                found.shared if shared is None else shared,
            )
            values = _columns(form, self._now())
            if await repository.has_other(
                session, person.tenant_id, person.account_id, str(values["sort_name"]), but=view_id
            ):
                raise _taken(form)
            await repository.update_view(session, person.tenant_id, view_id, values)
            record = await repository.get_view(session, person.tenant_id, view_id)
            await self._audit(session, person, "update", record)
        return record

    async def delete(self, person: Principal, view_id: UUID) -> None:
        async with self._database.unit_of_work(person.tenant_id) as session:
            found = await self._own(session, person, view_id)
            await repository.delete_view(session, person.tenant_id, view_id)
            await self._audit(session, person, "delete", found)

    async def _own(self, session: AsyncSession, person: Principal, view_id: UUID) -> SavedViewRecord:
        found = await repository.lock_own(session, person.tenant_id, view_id, person.account_id)
        if found is None:
            raise NotFoundError("There is no such view of yours.", path=("id",))
        return found

    async def _audit(self, session: AsyncSession, person: Principal, what: str, record: SavedViewRecord) -> None:
        """Without the query: what is searched for may be a person's name."""
        details = {"view": str(record.id), "shared": record.shared}
        await insert_entry(
            session, person.tenant_id, at=self._now(), actor=person.actor, action=f"saved_view.{what}", details=details
        )


def _taken(form: ViewForm) -> ConflictError:
    return ConflictError(f"You have a view {form.name.strip()!r} already.", path=("name",))


def _columns(form: ViewForm, now: datetime) -> dict[str, object]:
    name = form.name.strip()
    return {"name": name, "sort_name": sort_key(name), "query": form.query, "shared": form.shared, "updated_at": now}

"""Asking for what is held about a person, and for its end: the request, its job and one audit entry, or nothing."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.audit.subjects import sealed
from api.errors import BadInputError, NotFoundError
from api.jobs.queue import enqueue
from api.privacy import request_repository as repository
from api.privacy.contracts import ERASE, ERASE_JOB, EXPORT, EXPORT_JOB
from api.privacy.person_repository import find_external_id
from models.base import new_id
from models.database import Database


def no_such_customer() -> NotFoundError:
    return NotFoundError("There is no such customer.", path=("customerId",))


class Privacy:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def ask_export(self, tenant_id: UUID, customer_id: UUID, *, actor: str) -> UUID:
        """The request. One that is on its way is answered again."""
        async with self._database.unit_of_work(tenant_id) as session:
            external_id = await self._who(session, tenant_id, customer_id)
            return await self._ask(session, tenant_id, customer_id, external_id, EXPORT, EXPORT_JOB, actor)

    async def ask_erasure(self, tenant_id: UUID, customer_id: UUID, confirmed: str, *, actor: str) -> UUID:
        """`confirmed` is the customer's own id once more: this cannot be taken back."""
        async with self._database.unit_of_work(tenant_id) as session:
            external_id = await self._who(session, tenant_id, customer_id)
            if confirmed != external_id:
                text = "This is not the customer's external id. Write it to confirm the erasure."
                raise BadInputError(text, path=("confirmExternalId",))
            return await self._ask(session, tenant_id, customer_id, external_id, ERASE, ERASE_JOB, actor)

    async def fetch(self, tenant_id: UUID, request_id: UUID, *, actor: str) -> bytes:
        """The file of an export, while it is kept. That it was fetched is in the trail."""
        async with self._database.unit_of_work(tenant_id) as session:
            record = await repository.get_request(session, tenant_id, request_id)
            file = await repository.get_file(session, tenant_id, request_id, self._now())
            if record is None or file is None:
                raise NotFoundError("There is no such file.", hint="A file is kept for seven days. Ask for a new one.")
            details = {"request": str(request_id)}
            await self._note(session, tenant_id, "customer.data_export.fetch", actor, details)
        return file

    async def _who(self, session: AsyncSession, tenant_id: UUID, customer_id: UUID) -> str:
        external_id = await find_external_id(session, tenant_id, customer_id)
        if external_id is None:
            raise no_such_customer()
        return external_id

    async def _ask(
        self,
        session: AsyncSession,
        tenant_id: UUID,
        customer_id: UUID,
        external_id: str,
        kind: str,
        job_kind: str,
        actor: str,
    ) -> UUID:
        request_id = await repository.find_live(session, tenant_id, kind, customer_id)
        if request_id is None:
            request_id = new_id()
            now = self._now()
            job_id = await enqueue(session, tenant_id, job_kind, request_id, actor=actor, now=now)
            await repository.insert_request(
                session,
                tenant_id,
                id=request_id,
                kind=kind,
                customer_id=customer_id,
                job_id=job_id,
                created_by=actor,
                created_at=now,
            )
        about = await sealed(session, tenant_id, customer_id, external_id)
        action = "customer.erase" if kind == ERASE else "customer.data_export"
        await self._note(session, tenant_id, action, actor, {"request": str(request_id), **about})
        return request_id

    async def _note(
        self, session: AsyncSession, tenant_id: UUID, action: str, actor: str, details: Mapping[str, object]
    ) -> None:
        await insert_entry(session, tenant_id, at=self._now(), actor=actor, action=action, details=details)

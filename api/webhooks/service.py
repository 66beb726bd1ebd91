"""Making, changing and deleting endpoints: each is one transaction with its audit entry."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.errors import BadInputError, ConflictError, NotFoundError
from api.outgoing import Outgoing
from api.webhooks import repository, signing
from api.webhooks.contracts import ROTATION, EndpointForm, EndpointRecord, IssuedSecret, Owner
from api.webhooks.sealing import seal
from models.base import new_id
from models.database import Database

MAXIMUM_ENDPOINTS: Final = 20
MAXIMUM_DESCRIPTION: Final = 200


def no_such_endpoint() -> NotFoundError:
    return NotFoundError("There is no such webhook endpoint.", path=("id",))


class Endpoints:
    def __init__(self, database: Database, outgoing: Outgoing, key: bytes, now: Callable[[], datetime]) -> None:
        self._database = database
        self._outgoing = outgoing
        self._key = key
        self._now = now

    async def create(self, tenant_id: UUID, form: EndpointForm, owner: Owner) -> IssuedSecret:
        self._check(form)
        now, identity, secret = self._now(), new_id(), signing.new_secret()
        values = {
            "id": identity,
            **_columns(form, owner, now),
            "secret": seal(self._key, tenant_id, identity, secret),
            "failures": 0,
            "breaks": 0,
            "created_by": owner.actor,
            "created_at": now,
        }
        async with self._database.turn(tenant_id), self._database.unit_of_work(tenant_id) as session:
            if await repository.count_for_insert(session, tenant_id) >= MAXIMUM_ENDPOINTS:
                raise ConflictError(f"A tenant has at most {MAXIMUM_ENDPOINTS} webhook endpoints.")
            record = await repository.insert_endpoint(session, tenant_id, values)
            await self._audit(session, tenant_id, "create", record, owner.actor)
        return IssuedSecret(record, signing.secret_text(secret))

    async def find(self, tenant_id: UUID, endpoint_id: UUID) -> EndpointRecord:
        async with self._database.reading(tenant_id) as snapshot:
            [found] = await repository.load_endpoints(snapshot, [endpoint_id])
        if found is None:
            raise no_such_endpoint()
        return found

    async def update(self, tenant_id: UUID, endpoint_id: UUID, form: EndpointForm, owner: Owner) -> EndpointRecord:
        """Whoever saves it owns it: what it sends from now on is what they may read. The breaker begins anew."""
        self._check(form)
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            if await repository.lock_endpoint(session, tenant_id, endpoint_id) is None:
                raise no_such_endpoint()
            values = {**_columns(form, owner, now), "failures": 0, "breaks": 0, "open_until": None}
            record = await repository.update_endpoint(session, tenant_id, endpoint_id, values)
            await self._audit(session, tenant_id, "update", record, owner.actor)
        return record

    async def rotate_secret(self, tenant_id: UUID, endpoint_id: UUID, *, actor: str) -> IssuedSecret:
        """Until the old secret runs out, messages are signed by both."""
        now, secret = self._now(), signing.new_secret()
        async with self._database.unit_of_work(tenant_id) as session:
            found = await repository.lock_endpoint(session, tenant_id, endpoint_id)
            if found is None:
                raise no_such_endpoint()
            values = {
                "secret": seal(self._key, tenant_id, endpoint_id, secret),
                "previous_secret": found.secret,
                "previous_until": now + ROTATION,
                "updated_at": now,
            }
            record = await repository.update_endpoint(session, tenant_id, endpoint_id, values)
            await self._audit(session, tenant_id, "rotate_secret", record, actor)
        return IssuedSecret(record, signing.secret_text(secret))

    async def delete(self, tenant_id: UUID, endpoint_id: UUID, *, actor: str) -> None:
        async with self._database.unit_of_work(tenant_id) as session:
            found = await repository.lock_endpoint(session, tenant_id, endpoint_id)
            if found is None or not await repository.delete_endpoint(session, tenant_id, endpoint_id):
                raise no_such_endpoint()
            await self._audit(session, tenant_id, "delete", found, actor)

    def _check(self, form: EndpointForm) -> None:
        self._outgoing.check(form.url)
        if len(form.description) > MAXIMUM_DESCRIPTION or "\0" in form.description:
            raise BadInputError(f"description has at most {MAXIMUM_DESCRIPTION} characters.", path=("description",))
        if not form.events:
            raise BadInputError("An endpoint is told of one event or more.", path=("events",))

    async def _audit(
        self, session: AsyncSession, tenant_id: UUID, what: str, record: EndpointRecord, actor: str
    ) -> None:
        """Without its URL, which may hold a secret of the receiver's."""
        details = {"endpoint": str(record.id), "events": record.events, "enabled": record.enabled}
        await insert_entry(
            session, tenant_id, at=self._now(), actor=actor, action=f"webhook_endpoint.{what}", details=details
        )


def _columns(form: EndpointForm, owner: Owner, now: datetime) -> dict[str, Any]:
    return {
        "url": form.url,
        "description": form.description.strip(),
        "events": [event.value for event in dict.fromkeys(form.events)],
        "query": form.query,
        "enabled": form.enabled,
        "disabled_because": None,
        "owner_id": owner.account_id,
        "grants": sorted(permission.value for permission in owner.permissions),
        "updated_at": now,
    }

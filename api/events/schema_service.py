"""Changing what a tenant asks of its events. Each change waits for the batch that is under way."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from api.audit.repository import insert_entry
from api.errors import BadInputError, NotFoundError
from api.events import schema_repository as repository
from api.events import schemas
from api.events.contracts import EventSchemaRecord, SchemaMode
from api.events.ingest_repository import lock_ingest
from api.events.validation import MAXIMUM_NAME
from models.database import Database

MAXIMUM_SCHEMAS: Final = 200
MAXIMUM_DAYS: Final = 36_500


class IngestRules:
    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def put_schema(
        self, tenant_id: UUID, name: str, document: dict[str, Any], mode: SchemaMode, *, actor: str
    ) -> EventSchemaRecord:
        if not name.strip() or len(name) > MAXIMUM_NAME or "\0" in name:
            raise BadInputError(f"name has 1 to {MAXIMUM_NAME} characters.", path=("name",))
        schemas.check(document)
        now = self._now()
        async with self._database.turn(tenant_id), self._database.unit_of_work(tenant_id) as session:
            await lock_ingest(session, tenant_id)
            if await repository.count_others(session, tenant_id, name) >= MAXIMUM_SCHEMAS:
                raise BadInputError(f"A tenant has at most {MAXIMUM_SCHEMAS} schemas.", path=("name",))
            record = await repository.upsert_schema(session, tenant_id, name, document, mode.value, actor, now)
            await repository.raise_revision(session, tenant_id)
            details = {"name": name, "mode": mode.value}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="event_schema.put", details=details)
        return record

    async def delete_schema(self, tenant_id: UUID, name: str, *, actor: str) -> None:
        now = self._now()
        async with self._database.turn(tenant_id), self._database.unit_of_work(tenant_id) as session:
            await lock_ingest(session, tenant_id)
            # PostgreSQL's text holds no NUL, so no schema can have such a name.
            if "\0" in name or not await repository.delete_schema(session, tenant_id, name):
                raise NotFoundError("There is no schema for events of this name.", path=("name",))
            await repository.raise_revision(session, tenant_id)
            await insert_entry(
                session, tenant_id, at=now, actor=actor, action="event_schema.delete", details={"name": name}
            )

    async def set_maximum_age(self, tenant_id: UUID, days: int | None, *, actor: str) -> None:
        if days is not None and not 1 <= days <= MAXIMUM_DAYS:
            raise BadInputError(f"maximumAgeDays is 1 to {MAXIMUM_DAYS}, or null.", path=("maximumAgeDays",))
        now = self._now()
        async with self._database.unit_of_work(tenant_id) as session:
            await repository.upsert_maximum_age(session, tenant_id, days)
            details = {"maximumAgeDays": days}
            await insert_entry(session, tenant_id, at=now, actor=actor, action="ingest_policy.update", details=details)

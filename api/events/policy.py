"""The policy of a tenant, read with each batch; its schemas are compiled once."""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.events import ingest_repository, schema_repository
from api.events.contracts import SchemaMode
from api.events.rules import Policy, SchemaRule
from api.events.schemas import CompiledSchema

CACHED_TENANTS: Final = 64


class Policies:
    """Compiles a tenant's schemas once for each of their revisions."""

    def __init__(self) -> None:
        self._rules: OrderedDict[tuple[UUID, int], Mapping[str, SchemaRule]] = OrderedDict()

    async def load(self, session: AsyncSession, tenant_id: UUID) -> Policy:
        """The caller holds the tenant's ingest lock, as whoever changes a schema does: the revision stays true."""
        stored, has_waiting, salt = await ingest_repository.get_policy(session, tenant_id)
        days = stored.maximum_age_days
        rules = await self._load_rules(session, tenant_id, stored.schema_revision) if stored.schema_revision else {}
        return Policy(None if days is None else timedelta(days=days), rules, has_waiting, salt)

    async def _load_rules(self, session: AsyncSession, tenant_id: UUID, revision: int) -> Mapping[str, SchemaRule]:
        key = tenant_id, revision
        if key not in self._rules:
            records = await schema_repository.list_all(session, tenant_id)
            self._rules[key] = {
                record.name: SchemaRule(CompiledSchema(record.document), SchemaMode(record.mode)) for record in records
            }
            if len(self._rules) > CACHED_TENANTS:
                self._rules.popitem(last=False)
        self._rules.move_to_end(key)
        return self._rules[key]


POLICIES: Final = Policies()
"""One a process: each request makes its own Ingest."""

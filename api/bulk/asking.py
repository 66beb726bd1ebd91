"""Asking for a bulk operation: one at a time for each tenant."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from api.audit.repository import insert_entry
from api.bulk import repository
from api.bulk.contracts import RUN
from api.errors import ConflictError
from api.jobs.queue import enqueue
from models.base import new_id
from models.database import Database


async def ask(
    database: Database,
    tenant_id: UUID,
    query: str,
    variables: Mapping[str, Any],
    needs: frozenset[str],
    *,
    actor: str,
    now: Callable[[], datetime],
) -> UUID:
    """Also deletes the tenant's files that nobody can fetch any more."""
    operation_id, moment = new_id(), now()
    async with database.unit_of_work(tenant_id) as session:
        await repository.lock_tenant(session, tenant_id)
        if await repository.has_live(session, tenant_id):
            raise ConflictError(
                "A bulk operation is under way; there is one at a time.", hint="Wait for it, or cancel it."
            )
        await repository.delete_expired(session, tenant_id, moment)
        job_id = await enqueue(session, tenant_id, RUN, operation_id, actor=actor, now=moment)
        values = {
            "id": operation_id,
            "query": query,
            "variables": dict(variables),
            "needs": sorted(needs),
            "job_id": job_id,
            "created_by": actor,
            "created_at": moment,
        }
        await repository.insert_operation(session, tenant_id, values)
        details: dict[str, object] = {"operation": str(operation_id), "needs": sorted(needs)}
        await insert_entry(session, tenant_id, at=moment, actor=actor, action="bulk.run", details=details)
    return operation_id

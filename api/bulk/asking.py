"""Asking for a bulk operation: one at a time for each tenant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.bulk import repository, upload_repository
from api.bulk.contracts import LARGEST_WHOLE, RUN, WRITE, ErrorPolicy
from api.errors import BadInputError, ConflictError, NotFoundError
from api.jobs.queue import enqueue
from models.base import new_id
from models.database import Database


@dataclass(frozen=True, slots=True)
class Lines:
    """What a mutation is run with."""

    upload_id: UUID
    policy: ErrorPolicy


async def ask(
    database: Database,
    tenant_id: UUID,
    query: str,
    variables: Mapping[str, Any],
    needs: frozenset[str],
    *,
    actor: str,
    now: Callable[[], datetime],
    lines: Lines | None = None,
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
        await upload_repository.delete_old(session, tenant_id, moment)
        own = {} if lines is None else await _own(session, tenant_id, lines)
        job_id = await enqueue(session, tenant_id, WRITE if own else RUN, operation_id, actor=actor, now=moment)
        values = {
            "id": operation_id,
            "query": query,
            "variables": dict(variables),
            "needs": sorted(needs),
            "job_id": job_id,
            "created_by": actor,
            "created_at": moment,
            **own,
        }
        await repository.insert_operation(session, tenant_id, values)
        details: dict[str, object] = {"operation": str(operation_id), "needs": sorted(needs)}
        action = "bulk.write" if own else "bulk.run"
        await insert_entry(session, tenant_id, at=moment, actor=actor, action=action, details=details)
    return operation_id


async def _own(session: AsyncSession, tenant_id: UUID, lines: Lines) -> dict[str, object]:
    """Of one that writes. A file serves once: what became of its lines stands in the file of that operation."""
    if await upload_repository.is_taken(session, tenant_id, lines.upload_id):
        raise ConflictError(
            "These lines belong to another bulk operation.",
            hint="Send the lines again that it has not done.",
            path=("upload",),
        )
    count = await upload_repository.count_lines(session, tenant_id, lines.upload_id)
    if not count:
        raise NotFoundError("There are no such lines.", path=("upload",))
    if lines.policy is ErrorPolicy.REJECT_EVERYTHING and count > LARGEST_WHOLE:
        raise BadInputError(
            f"REJECT_EVERYTHING is one transaction of at most {LARGEST_WHOLE:,} lines, not {count:,}.",
            path=("errorPolicy",),
        )
    return {"upload_id": lines.upload_id, "error_policy": lines.policy.value}

"""SQL of reading the audit trail."""

from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select

from api.audit.contracts import AuditFilter, AuditRecord
from models import AuditEntry
from models.base import table
from models.database import Snapshot
from models.keyset import Page, Slice, SortKey, cut, page_of
from models.relations import COUNT_LIMIT, columns_of

entry = table(AuditEntry)
NEWEST_FIRST: Final = SortKey("at", entry.c.at, entry.c.id, descending=True)


def _where(tenant_id: UUID, chosen: AuditFilter) -> ColumnElement[bool]:
    conditions = [entry.c.tenant_id == tenant_id]
    for column, value in (
        (entry.c.actor, chosen.actor),
        (entry.c.action, chosen.action),
        (entry.c.outcome, chosen.outcome),
    ):
        conditions += [] if value is None else [column == value]
    conditions += [] if chosen.since is None else [entry.c.at >= chosen.since]
    conditions += [] if chosen.until is None else [entry.c.at < chosen.until]
    return and_(*conditions)


async def list_entries(snapshot: Snapshot, chosen: AuditFilter, page: Page) -> Slice[AuditRecord]:
    statement = select(*columns_of(AuditRecord, entry)).where(_where(snapshot.tenant_id, chosen))
    part = cut(await snapshot.rows(page_of(statement, NEWEST_FIRST, page)), page)
    return Slice(tuple(AuditRecord(*row) for row in part.items), part.has_next, part.has_previous)


async def count_entries(snapshot: Snapshot, chosen: AuditFilter) -> int:
    inner = select(entry.c.id).where(_where(snapshot.tenant_id, chosen)).limit(COUNT_LIMIT + 1).subquery()
    return int(await snapshot.scalar(select(func.count()).select_from(inner)))

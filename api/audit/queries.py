"""The audit trail in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import ClassVar
from uuid import UUID

import strawberry

from api.audit import trail_repository as repository
from api.audit.contracts import AuditFilter, AuditRecord
from api.audit.subject_repository import load_keys
from api.audit.subjects import key_of, opened
from api.auth.permissions import Permission
from api.errors import BadInputError
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Info
from api.graphql.ids import global_id
from api.graphql.permissions import Requirement, field, resolved
from api.graphql.scalars import Json
from models.keyset import Position


@strawberry.enum(description="Whether it was done, or asked for and denied.")
class AuditOutcome(Enum):
    DONE = "done"
    DENIED = "denied"


@strawberry.type(description="Who did what, and when: written with what it tells of, and never changed.")
class AuditEntry:
    __needs__: ClassVar[Requirement] = Permission.AUDIT_VIEW
    record: strawberry.Private[AuditRecord]
    id: strawberry.ID
    at: datetime = strawberry.field(description="By the real clock, also in a demo.")
    actor: str = strawberry.field(description="Such as user:ada, source-key:…, or operator.")
    action: str = strawberry.field(description="Such as session.login.")
    outcome: AuditOutcome
    details: Json

    @classmethod
    def of(cls, record: AuditRecord) -> "AuditEntry":
        return cls(
            record=record,
            id=global_id("AuditEntry", record.id),
            at=record.at,
            actor=record.actor,
            action=record.action,
            outcome=AuditOutcome(record.outcome),
            details=Json(record.details),
        )

    @resolved("The external id of the customer it is about; null when it is about none, or about an erased one.")
    async def subject(self, info: Info) -> str | None:
        key_id = key_of(self.record.details)
        if key_id is None:
            return None
        key = await info.context.loader(load_keys, UUID).load(key_id)
        return None if key is None else opened(info.context.tenant_id, self.record.details, key)


@strawberry.input(description="All of what is given holds.")
class AuditWhere:
    actor: str | None = None
    action: str | None = None
    outcome: AuditOutcome | None = None
    since: datetime | None = None
    until: datetime | None = strawberry.field(default=None, description="Entries before it.")


@strawberry.type
class AuditQuery:
    @field(Permission.AUDIT_VIEW, "Who did what, newest first.")
    async def audit_entries(
        self,
        info: Info,
        where: AuditWhere | None = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AuditEntry]:
        context = info.context
        chosen = _filter(where)
        paging = Paging.of(context, "auditEntries", repository.NEWEST_FIRST, repr(chosen))
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(record: AuditRecord) -> Position:
            return Position(record.at, record.id)

        async def count() -> int:
            return await repository.count_entries(context.snapshot, chosen)

        part = await repository.list_entries(context.snapshot, chosen, page)
        return paging.connect(context, part, AuditEntry.of, position, count)


def _filter(where: AuditWhere | None) -> AuditFilter:
    if where is None:
        return AuditFilter()
    for name, text in (("actor", where.actor), ("action", where.action)):
        if text is not None and "\0" in text:
            raise BadInputError(f"{name} holds a character that no {name} has.", path=("where", name))
    for name, moment in (("since", where.since), ("until", where.until)):
        if moment is not None and moment.tzinfo is None:
            raise BadInputError("A moment needs its offset, such as Z.", path=("where", name))
    outcome = None if where.outcome is None else where.outcome.value
    return AuditFilter(where.actor or None, where.action or None, outcome, where.since, where.until)

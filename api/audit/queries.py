"""The audit trail in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import ClassVar
from uuid import UUID

import strawberry

from api.audit import trail_repository as repository
from api.audit.contracts import AuditRecord
from api.audit.subject_repository import load_keys
from api.audit.subjects import key_of, opened
from api.auth.permissions import Permission
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Info
from api.graphql.ids import global_id
from api.graphql.lists import Asked, List, SortDirection
from api.graphql.permissions import Requirement, field, resolved
from api.graphql.scalars import Json
from api.graphql.where import ALL_GIVEN, Choice, TextWhere, TimeWhere, combined


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


@strawberry.input(description=ALL_GIVEN)
class AuditEntryWhere:
    AND: list["AuditEntryWhere"] | None = combined("AND")
    OR: list["AuditEntryWhere"] | None = combined("OR")
    NOT: "AuditEntryWhere | None" = combined("NOT")
    actor: TextWhere | None = None
    action: TextWhere | None = None
    outcome: Choice[AuditOutcome] | None = None
    at: TimeWhere | None = None


@strawberry.enum(description="What the audit trail can be sorted by.")
class AuditEntryOrderField(Enum):
    AT = "at"


@strawberry.input(description="One thing to sort by.")
class AuditEntryOrder:
    field: AuditEntryOrderField
    direction: SortDirection = SortDirection.DESC


ENTRIES = List("auditEntries", repository.ENTRIES, AuditEntry.of)


@strawberry.type
class AuditQuery:
    @field(Permission.AUDIT_VIEW, "Who did what, newest first.")
    async def audit_entries(
        self,
        info: Info,
        where: AuditEntryWhere | None = None,
        order_by: list[AuditEntryOrder] | None = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[AuditEntry]:
        return await ENTRIES.connect(info.context, Asked(first, after, last, before, where, order_by))

"""Asking whether the audit trail is still what was written."""

from enum import Enum
from typing import ClassVar

import strawberry

from api.audit.chain import START, Break, Head, head_of
from api.audit.verifying import Verdict, verify
from api.auth.permissions import Permission
from api.errors import BadInputError
from api.graphql.context import Info
from api.graphql.ids import global_id
from api.graphql.permissions import Requirement, field
from api.graphql.scalars import Int64


@strawberry.enum(
    description="What is wrong with a trail. CHANGED: the entry, or its place, is not what was sealed. MISSING: the "
    "entry is gone. GAP: a number of the chain is gone. OUTSIDE: the entry has no place in the chain; it was written "
    "past the product, or its seal was taken away. CUT: the chain is not the one that the anchor was taken from."
)
class AuditFault(Enum):
    CHANGED = "changed"
    MISSING = "missing"
    GAP = "gap"
    OUTSIDE = "outside"
    CUT = "cut"


@strawberry.type(description="The first thing that is wrong with a trail.")
class AuditBreak:
    __needs__: ClassVar[Requirement] = Permission.AUDIT_VIEW
    fault: AuditFault
    number: Int64 | None = strawberry.field(description="The place in the chain; null for what has none.")
    entry_id: strawberry.ID | None = strawberry.field(description="The entry, also one that is gone.")

    @classmethod
    def of(cls, found: Break) -> "AuditBreak":
        return cls(
            fault=AuditFault(found.fault.value),
            number=None if found.number is None else Int64(found.number),
            entry_id=None if found.entry_id is None else global_id("AuditEntry", found.entry_id),
        )


@strawberry.type(description="What became of going through the chain of hashes over the trail.")
class AuditVerification:
    __needs__: ClassVar[Requirement] = Permission.AUDIT_VIEW
    intact: bool = strawberry.field(description="Nothing is wrong as far as it was gone through.")
    broken: AuditBreak | None
    head: str | None = strawberry.field(
        description="The newest number and hash. Kept elsewhere it is an anchor; null before the first seal."
    )
    checked: str | None = strawberry.field(description="As far as it was gone through; give it as `behind` to go on.")
    is_complete: bool = strawberry.field(description="Whether that is the head.")
    sealed: Int64 = strawberry.field(description="Entries on the chain.")
    waiting: int = strawberry.field(description="Entries of the last seconds, which have no seal yet.")

    @classmethod
    def of(cls, verdict: Verdict) -> "AuditVerification":
        return cls(
            intact=verdict.broken is None,
            broken=None if verdict.broken is None else AuditBreak.of(verdict.broken),
            head=_written(verdict.head),
            checked=_written(verdict.checked),
            is_complete=verdict.is_complete,
            sealed=Int64(verdict.head.number),
            waiting=verdict.waiting,
        )


def _written(head: Head) -> str | None:
    return str(head) if head.number else None


def _head(text: str | None, argument: str) -> Head | None:
    if text is None:
        return None
    found = head_of(text)
    if found is None:
        raise BadInputError("This is not the head of a trail: a number, a colon and a hash.", path=(argument,))
    return found


@strawberry.type
class AuditVerificationQuery:
    @field(
        Permission.AUDIT_VIEW,
        "Whether the trail is still what was written: at most 10,000 entries, from the start or after the "
        "`checked` given as `behind`. `anchor` is a `head` that was kept elsewhere: nothing up to it can "
        "have been cut off.",
    )
    async def audit_verify(self, info: Info, behind: str | None = None, anchor: str | None = None) -> AuditVerification:
        begin = _head(behind, "behind") or START
        return AuditVerification.of(await verify(info.context.snapshot, after=begin, anchor=_head(anchor, "anchor")))

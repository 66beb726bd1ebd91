"""Requests about people's data in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.graphql.context import Context, Info
from api.graphql.ids import global_id
from api.graphql.permissions import Requirement, field
from api.graphql.scalars import Int64
from api.job_runs.types import Job, job_by_key
from api.privacy import request_repository as repository
from api.privacy.contracts import EXPORT, RequestRecord


@strawberry.enum(description="What is asked about a person's data.")
class PrivacyRequestKind(Enum):
    EXPORT = "export"
    ERASE = "erase"


@strawberry.enum(description="How far a request is; its job says more.")
class PrivacyRequestState(Enum):
    ASKED = "asked"
    DONE = "done"


@strawberry.type(description="One line of a receipt.")
class PrivacyReceiptLine:
    __needs__: ClassVar[Requirement] = Permission.PRIVACY_MANAGE
    place: str = strawberry.field(description="A table, or what is kept in Redis.")
    fate: str = strawberry.field(
        description="deleted; blanked, where the row still counts but is nobody's; kept, where it holds nothing "
        "readable; exported."
    )
    count: Int64 | None = strawberry.field(description="Rows; null where the place could not be reached.")


@strawberry.type(description="An export of all that is held about a person, or the person's erasure.")
class PrivacyRequest:
    __needs__: ClassVar[Requirement] = Permission.PRIVACY_MANAGE
    record: strawberry.Private[RequestRecord]
    id: strawberry.ID
    kind: PrivacyRequestKind
    state: PrivacyRequestState
    receipt: list[PrivacyReceiptLine] = strawberry.field(description="What was found or erased, place by place.")
    file_path: str | None = strawberry.field(
        description="Where an export is fetched from on this host, with the same login; null when there is no file."
    )
    file_until: datetime | None = strawberry.field(description="Until when the file is kept.")
    created_by: str
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, record: RequestRecord) -> "PrivacyRequest":
        identity = global_id("PrivacyRequest", record.id)
        has_file = record.kind == EXPORT and record.file_until is not None
        return cls(
            record=record,
            id=identity,
            kind=PrivacyRequestKind(record.kind),
            state=PrivacyRequestState(record.state),
            receipt=[
                PrivacyReceiptLine(
                    place=line["place"],
                    fate=line["fate"],
                    count=None if line["count"] is None else Int64(line["count"]),
                )
                for line in record.receipt
            ],
            file_path=f"/privacy/exports/{identity}.json" if has_file else None,
            file_until=record.file_until,
            created_by=record.created_by,
            created_at=record.created_at,
            finished_at=record.finished_at,
        )

    @field(Permission.PRIVACY_MANAGE, "The job that does it.")
    async def job(self, info: Info) -> Job | None:
        return await job_by_key(info.context, self.record.job_id)


async def request_by_key(context: Context, key: UUID) -> PrivacyRequest | None:
    record = await context.loader(repository.load_requests, UUID).load(key)
    return None if record is None else PrivacyRequest.of(record)

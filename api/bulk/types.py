"""Bulk operations in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.bulk import repository
from api.bulk.contracts import BulkRecord, State
from api.graphql.context import Context
from api.graphql.ids import global_id
from api.graphql.lists import SortDirection
from api.graphql.permissions import Requirement
from api.graphql.scalars import Int64, Json
from api.graphql.where import ALL_GIVEN, TextWhere, TimeWhere, combined


@strawberry.enum(description="How far a bulk operation is. EXPIRED: its file is gone.")
class BulkOperationState(Enum):
    CREATED = "CREATED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


@strawberry.enum(description="What a line that fails undoes: all lines, all of itself, or only what failed of it.")
class BulkErrorPolicy(Enum):
    REJECT_EVERYTHING = "REJECT_EVERYTHING"
    REJECT_FAILED_ROWS = "REJECT_FAILED_ROWS"
    IGNORE_FAILED = "IGNORE_FAILED"


@strawberry.type(
    description="A query that is answered whole, or a mutation that is run for many lines; a file of JSON lines."
)
class BulkOperation:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_EXPORT
    id: strawberry.ID
    job_id: strawberry.Private[UUID]
    state: BulkOperationState
    query: str = strawberry.field(description="The query, or the mutation.")
    variables: Json
    error_policy: BulkErrorPolicy | None = strawberry.field(description="Of a mutation.")
    object_count: Int64 = strawberry.field(description="Lines that are written so far.")
    failed_count: Int64 = strawberry.field(description="Lines of a mutation that went wrong so far.")
    file_size: Int64 = strawberry.field(description="In bytes, so far.")
    url: str | None = strawberry.field(
        description="The path of the file, for whoever may read all that is in it; null while it is not whole, or gone."
    )
    expires_at: datetime | None = strawberry.field(description="When the file goes: 24 hours after it was whole.")
    fault: str | None = strawberry.field(description="What went wrong at the last try.")
    created_by: str
    created_at: datetime
    finished_at: datetime | None

    @classmethod
    def of(cls, record: BulkRecord, now: datetime) -> "BulkOperation":
        state, key = record.state(now), global_id("BulkOperation", record.id)
        return cls(
            id=key,
            job_id=record.job_id,
            state=BulkOperationState(state.value),
            query=record.query,
            variables=Json(record.variables),
            error_policy=None if record.error_policy is None else BulkErrorPolicy(record.error_policy),
            object_count=Int64(record.objects),
            failed_count=Int64(record.failed),
            file_size=Int64(record.size),
            url=f"/bulk/{key}.jsonl" if state is State.COMPLETED else None,
            expires_at=record.expires_at,
            fault=record.fault,
            created_by=record.created_by,
            created_at=record.created_at,
            finished_at=record.finished_at,
        )


@strawberry.input(description=ALL_GIVEN)
class BulkOperationWhere:
    AND: list["BulkOperationWhere"] | None = combined("AND")
    OR: list["BulkOperationWhere"] | None = combined("OR")
    NOT: "BulkOperationWhere | None" = combined("NOT")
    created_by: TextWhere | None = None
    created_at: TimeWhere | None = None


@strawberry.enum(description="What bulk operations can be sorted by.")
class BulkOperationOrderField(Enum):
    CREATED_AT = "created_at"


@strawberry.input(description="One thing to sort by.")
class BulkOperationOrder:
    field: BulkOperationOrderField
    direction: SortDirection = SortDirection.DESC


async def operation_by_key(context: Context, key: UUID) -> BulkOperation | None:
    record = await context.loader(repository.load_operations, UUID).load(key)
    return None if record is None else BulkOperation.of(record, context.services.now())

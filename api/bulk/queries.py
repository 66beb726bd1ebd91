"""Reading bulk operations."""

from functools import partial

import strawberry

from api.auth.permissions import Permission
from api.bulk import repository
from api.bulk.types import BulkOperation, BulkOperationOrder, BulkOperationWhere, operation_by_key
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.lists import Asked, List
from api.graphql.permissions import field


@strawberry.type
class BulkQuery:
    @field(Permission.CUSTOMERS_EXPORT, "Bulk operations, newest first.")
    async def bulk_operations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: BulkOperationWhere | None = None,
        order_by: list[BulkOperationOrder] | None = None,
    ) -> Connection[BulkOperation]:
        node = partial(BulkOperation.of, now=info.context.services.now())
        listed = List("bulkOperations", repository.OPERATIONS, node)
        return await listed.connect(info.context, Asked(first, after, last, before, where, order_by))

    @field(Permission.CUSTOMERS_EXPORT, "One bulk operation; null when there is none, or none of yours.")
    async def bulk_operation(self, info: Info, id: strawberry.ID) -> BulkOperation | None:  # noqa: A002
        key = key_of("BulkOperation", id)
        return None if key is None else await operation_by_key(info.context, key)

"""Events in GraphQL."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import RECORDS
from api.events import repository
from api.events.contracts import EventRecord
from api.graphql.context import Info
from api.graphql.ids import global_id
from api.graphql.node import Node
from api.graphql.permissions import Requirement, field
from api.graphql.personal import PersonalKind, personal
from api.graphql.relations import Relation
from api.graphql.scalars import Json

if TYPE_CHECKING:
    from api.customers.types import Customer

LazyCustomer = Annotated["Customer", strawberry.lazy("api.customers.types")]


@strawberry.type(description="Something that happened, as a source reported it and ingest accepted it.")
class Event(Node):
    __needs__: ClassVar[Requirement] = Permission.EVENTS_READ
    record: strawberry.Private[EventRecord]
    source: str
    name: str
    occurred_at: datetime
    received_at: datetime

    @classmethod
    def of(cls, record: EventRecord) -> "Event":
        return cls(
            id=global_id("Event", record.id),
            record=record,
            source=record.source,
            name=record.name,
            occurred_at=record.occurred_at,
            received_at=record.received_at,
        )

    @personal(PersonalKind.IDENTITY, "The source's own id; accepted once.")
    def message_id(self) -> str:
        return self.record.message_id

    @personal(PersonalKind.TEXT, "As they were sent; contact details in them are masked without customers:export.")
    def properties(self) -> Json:
        return Json(self.record.properties)

    @field(Permission.CUSTOMERS_READ, "Whose event it is; null when nobody was named.", cached=RECORDS)
    async def customer(self, info: Info) -> LazyCustomer | None:
        from api.customers.loaders import customer_by_key

        key = self.record.customer_id
        return None if key is None else await customer_by_key(info.context, key)


events_of_customer = Relation("customer.events", repository.of_customer, Event.of)

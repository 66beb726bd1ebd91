"""Event schemas and the ingest policy in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.events.contracts import EventSchemaRecord
from api.graphql.ids import global_id
from api.graphql.permissions import Requirement
from api.graphql.scalars import Json


@strawberry.enum(description="An event that does not meet its schema is accepted with warnings, or rejected.")
class SchemaMode(Enum):
    WARN = "warn"
    REJECT = "reject"


@strawberry.type(description="What the properties of all events of one name must be like.")
class EventSchema:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    id: strawberry.ID
    name: str = strawberry.field(description="The name of the events.")
    schema: Json = strawberry.field(description="JSON Schema, Draft 2020-12.")
    mode: SchemaMode
    updated_by: str
    updated_at: datetime

    @classmethod
    def of(cls, record: EventSchemaRecord) -> "EventSchema":
        return cls(
            id=global_id("EventSchema", record.id),
            name=record.name,
            schema=Json(record.document),
            mode=SchemaMode(record.mode),
            updated_by=record.updated_by,
            updated_at=record.updated_at,
        )


@strawberry.type(description="What a tenant asks of all its events.")
class IngestPolicy:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    maximum_age_days: int | None = strawberry.field(description="Older events are rejected; null for no limit.")

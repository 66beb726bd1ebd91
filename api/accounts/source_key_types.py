"""Source keys in GraphQL."""

from datetime import datetime
from typing import ClassVar

import strawberry

from api.accounts.contracts import SourceKeyRecord
from api.auth.permissions import Permission
from api.graphql.ids import global_id
from api.graphql.permissions import Requirement


@strawberry.type(description="A credential that can send events of one source, and nothing else.")
class SourceKey:
    __needs__: ClassVar[Requirement] = Permission.API_KEYS_MANAGE
    id: strawberry.ID
    name: str
    source: str = strawberry.field(description="What its events are filed under.")
    public: str = strawberry.field(description="The part of the key that is no secret.")
    created_by: str
    created_at: datetime
    revoked_at: datetime | None = strawberry.field(description="Since when it is refused.")
    last_used_at: datetime | None = strawberry.field(description="Right to the hour; null when it was never used.")

    @classmethod
    def of(cls, record: SourceKeyRecord) -> "SourceKey":
        return cls(
            id=global_id("SourceKey", record.id),
            name=record.name,
            source=record.source,
            public=record.public,
            created_by=record.created_by,
            created_at=record.created_at,
            revoked_at=record.revoked_at,
            last_used_at=record.last_used_at,
        )

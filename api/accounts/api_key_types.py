"""API keys in GraphQL."""

from datetime import datetime
from typing import ClassVar

import strawberry

from api.accounts.contracts import ApiKeyRecord
from api.accounts.types import Role
from api.auth.permissions import Permission
from api.graphql.ids import global_id
from api.graphql.permissions import Requirement


@strawberry.type(description="A credential of a program, with a role or a part of one.")
class ApiKey:
    __needs__: ClassVar[Requirement] = Permission.API_KEYS_MANAGE
    id: strawberry.ID
    name: str
    public: str = strawberry.field(description="The part of the key that is no secret.")
    role: Role
    scopes: list[str] = strawberry.field(description="What it may do, such as customers:read.")
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = strawberry.field(description="Since when it is refused.")
    last_used_at: datetime | None = strawberry.field(description="Right to the hour; null when it was never used.")

    @classmethod
    def of(cls, record: ApiKeyRecord) -> "ApiKey":
        return cls(
            id=global_id("ApiKey", record.id),
            name=record.name,
            public=record.public,
            role=Role(record.role),
            scopes=record.scopes,
            created_by=record.created_by,
            created_at=record.created_at,
            expires_at=record.expires_at,
            revoked_at=record.revoked_at,
            last_used_at=record.last_used_at,
        )

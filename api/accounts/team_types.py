"""A tenant's people and their sessions in GraphQL."""

from datetime import datetime
from enum import Enum
from typing import ClassVar
from uuid import UUID

import strawberry

from api.accounts.contracts import MemberRecord, TeamSessionRecord
from api.accounts.types import Role
from api.auth.permissions import Permission
from api.graphql.ids import global_id
from api.graphql.permissions import Requirement


@strawberry.enum(description="Whether somebody can log in: not before the one-time link was used.")
class MemberState(Enum):
    INVITED = "INVITED"
    ACTIVE = "ACTIVE"


@strawberry.type(description="A person with an account of this tenant, as its admins see it.")
class Member:
    __needs__: ClassVar[Requirement] = Permission.USERS_MANAGE
    id: strawberry.ID
    name: str = strawberry.field(description="The name to log in with.")
    display_name: str
    role: Role
    state: MemberState
    created_at: datetime
    last_login_at: datetime | None

    @classmethod
    def of(cls, record: MemberRecord) -> "Member":
        return cls(
            id=global_id("User", record.id),
            name=record.name,
            display_name=record.display_name,
            role=Role(record.role),
            state=MemberState.ACTIVE if record.can_log_in else MemberState.INVITED,
            created_at=record.created_at,
            last_login_at=record.last_login_at,
        )


@strawberry.type(description="A login that is still open.")
class OpenSession:
    __needs__: ClassVar[Requirement] = Permission.USERS_MANAGE
    id: strawberry.ID
    name: str = strawberry.field(description="Whose it is.")
    display_name: str
    created_at: datetime
    expires_at: datetime
    current: bool = strawberry.field(description="Whether it is the one that asks.")

    @classmethod
    def of(cls, record: TeamSessionRecord, asking: UUID) -> "OpenSession":
        return cls(
            id=global_id("Session", record.id),
            name=record.name,
            display_name=record.display_name,
            created_at=record.created_at,
            expires_at=record.expires_at,
            current=record.id == asking,
        )

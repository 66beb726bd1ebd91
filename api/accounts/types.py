"""The logged-in user in GraphQL."""

from enum import Enum
from typing import ClassVar

import strawberry

from api.auth.principal import Principal
from api.graphql.ids import global_id
from api.graphql.node import Node
from api.graphql.permissions import Access, Requirement


@strawberry.enum(description="What an account may do, as a bundle of permissions.")
class Role(Enum):
    ADMIN = "admin"
    ANALYST = "analyst"
    VIEWER = "viewer"


@strawberry.type(description="A person with an account of this tenant.")
class User(Node):
    __needs__: ClassVar[Requirement] = Access.PUBLIC
    name: str = strawberry.field(description="The name to log in with.")
    display_name: str
    role: Role
    permissions: list[str] = strawberry.field(description="What the role grants, such as customers:read.")

    @classmethod
    def of(cls, principal: Principal) -> "User":
        return cls(
            id=global_id("User", principal.account_id),
            name=principal.name,
            display_name=principal.display_name,
            role=Role(principal.role.value),
            permissions=sorted(permission.value for permission in principal.permissions),
        )

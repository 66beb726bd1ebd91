"""What every mutation's payload carries."""

from typing import ClassVar

import strawberry

from api.errors import CipError
from api.graphql.permissions import Access, Requirement


@strawberry.type(description="Something about the input that a person can mend.")
class UserError:
    __needs__: ClassVar[Requirement] = Access.PUBLIC
    field: list[str] | None = strawberry.field(description="The way to the faulty value in the input.")
    code: str
    message: str


def user_error(error: CipError) -> UserError:
    return UserError(field=list(error.path) or None, code=error.code, message=error.message)

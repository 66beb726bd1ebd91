"""INSUFFICIENT_DATA in GraphQL."""

from typing import ClassVar

import strawberry

from api.auth.permissions import Permission
from api.graphql.permissions import Requirement
from api.graphql.scalars import Int64
from api.predictions.contracts import Insufficient


@strawberry.type(description="More was needed than there is: no guess is made instead.")
class PredictionDataNeed:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    what: str
    need: Int64
    have: Int64

    @classmethod
    def of(cls, found: Insufficient) -> "PredictionDataNeed":
        return cls(what=found.what, need=Int64(found.need), have=Int64(found.have))

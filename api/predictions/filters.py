"""What lists of model versions and trainings can be narrowed down to and sorted by."""

from enum import Enum

import strawberry

from api.graphql.lists import SortDirection
from api.graphql.where import ALL_GIVEN, Choice, TimeWhere, WholeWhere, combined
from api.predictions.model_types import ModelVersionState, PredictionKind


@strawberry.input(description=ALL_GIVEN)
class ModelVersionWhere:
    AND: list["ModelVersionWhere"] | None = combined("AND")
    OR: list["ModelVersionWhere"] | None = combined("OR")
    NOT: "ModelVersionWhere | None" = combined("NOT")
    kind: Choice[PredictionKind] | None = None
    horizon_days: WholeWhere | None = None
    state: Choice[ModelVersionState] | None = None
    created_at: TimeWhere | None = None


@strawberry.enum(description="What model versions can be sorted by.")
class ModelVersionOrderField(Enum):
    CREATED_AT = "created_at"


@strawberry.input(description="One thing to sort by.")
class ModelVersionOrder:
    field: ModelVersionOrderField
    direction: SortDirection = SortDirection.DESC


@strawberry.input(description=ALL_GIVEN)
class ModelTrainingWhere:
    AND: list["ModelTrainingWhere"] | None = combined("AND")
    OR: list["ModelTrainingWhere"] | None = combined("OR")
    NOT: "ModelTrainingWhere | None" = combined("NOT")
    kind: Choice[PredictionKind] | None = None
    horizon_days: WholeWhere | None = None
    created_at: TimeWhere | None = None


@strawberry.enum(description="What trainings can be sorted by.")
class ModelTrainingOrderField(Enum):
    CREATED_AT = "created_at"


@strawberry.input(description="One thing to sort by.")
class ModelTrainingOrder:
    field: ModelTrainingOrderField
    direction: SortDirection = SortDirection.DESC

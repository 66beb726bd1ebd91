"""Training, promoting and reproducing models."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.errors import BadInputError, ConflictError, NotFoundError
from api.graphql.context import Context, Info
from api.graphql.ids import key_of
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation
from api.job_runs.types import Job, job_by_key
from api.predictions.contracts import ModelKind
from api.predictions.model_types import (
    ModelTraining,
    ModelVersion,
    PredictionKind,
    training_by_key,
    version_by_key,
)
from api.predictions.service import Models, no_such_version


@strawberry.input(description="What to foretell, and how far.")
class ModelTrainInput:
    kind: PredictionKind
    horizon_days: int = strawberry.field(description="7 to 730.")
    history_complete_until: datetime | None = strawberry.field(
        default=None,
        description="What was received up to then is a whole history, taken as known when it happened. Without it a "
        "record is known since it was received.",
    )


@strawberry.type(description="The training, and the job that does it.")
class ModelTrainPayload:
    __needs__: ClassVar[Requirement] = Permission.SCORING_MANAGE
    training: ModelTraining | None
    user_errors: list[UserError]


@strawberry.type(description="The version as it is now, and the job that scores every customer by it.")
class ModelPromotePayload:
    __needs__: ClassVar[Requirement] = Permission.SCORING_MANAGE
    version: ModelVersion | None
    job: Job | None
    user_errors: list[UserError]


@strawberry.type(description="The training that says, once it is done, whether the card's hash is the same.")
class ModelReproducePayload:
    __needs__: ClassVar[Requirement] = Permission.SCORING_MANAGE
    training: ModelTraining | None
    user_errors: list[UserError]


@strawberry.type
class PredictionMutation:
    @mutation(
        Permission.SCORING_MANAGE,
        "Trains a model. The first of its kind and horizon speaks at once, a later one when it is promoted.",
    )
    async def model_train(self, info: Info, input: ModelTrainInput) -> ModelTrainPayload:  # noqa: A002
        context = info.context
        try:
            key = await _models(context).train(
                context.tenant_id,
                ModelKind(input.kind.value),
                input.horizon_days,
                complete_until=input.history_complete_until,
                actor=context.principal.actor,
            )
        except BadInputError as error:
            return ModelTrainPayload(training=None, user_errors=[user_error(error)])
        await context.renew()
        return ModelTrainPayload(training=await training_by_key(context, key), user_errors=[])

    @mutation(Permission.SCORING_MANAGE, "Makes a version current; a retired one too, which rolls back to it.")
    async def model_promote(self, info: Info, id: strawberry.ID) -> ModelPromotePayload:  # noqa: A002
        context = info.context
        try:
            key = _key(id)
            job_id = await _models(context).promote(context.tenant_id, key, actor=context.principal.actor)
        except (ConflictError, NotFoundError) as error:
            return ModelPromotePayload(version=None, job=None, user_errors=[user_error(error)])
        await context.renew()
        return ModelPromotePayload(
            version=await version_by_key(context, key), job=await job_by_key(context, job_id), user_errors=[]
        )

    @mutation(Permission.SCORING_MANAGE, "Trains a version again from the definition of its data, and compares.")
    async def model_reproduce(self, info: Info, id: strawberry.ID) -> ModelReproducePayload:  # noqa: A002
        context = info.context
        try:
            training = await _models(context).reproduce(context.tenant_id, _key(id), actor=context.principal.actor)
        except NotFoundError as error:
            return ModelReproducePayload(training=None, user_errors=[user_error(error)])
        await context.renew()
        return ModelReproducePayload(training=await training_by_key(context, training), user_errors=[])


def _models(context: Context) -> Models:
    return Models(context.services.database, context.services.now)


def _key(given: strawberry.ID) -> UUID:
    key = key_of("ModelVersion", given)
    if key is None:
        raise no_such_version()
    return key

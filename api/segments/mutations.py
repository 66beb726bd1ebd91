"""Changing segments, and asking for new versions of the methods."""

from typing import ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import Tag
from api.errors import BadInputError, ConflictError, NotFoundError
from api.graphql.context import Context, Info
from api.graphql.ids import key_of
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation
from api.graphql.scalars import Json
from api.job_runs.types import Job, job_by_key
from api.segments.contracts import RunRequest
from api.segments.definition_ids import given
from api.segments.enums import SegmentFeature, SegmentMethod, SegmentMode
from api.segments.service import Asked, Segments
from api.segments.types import Segment, Segmentation, segment_by_key, segmentation_by_key

CHANGES = frozenset({Tag.JOBS, Tag.INTELLIGENCE})
NOBODY = UUID(int=0)


@strawberry.input(description="A new rule segment.")
class SegmentCreateInput:
    name: str
    definition: Json = strawberry.field(description="The rule: see docs/segments.md.")
    mode: SegmentMode = SegmentMode.DYNAMIC


@strawberry.input(description="What is to change; what is left out stays.")
class SegmentUpdateInput:
    id: strawberry.ID
    name: str | None = None
    definition: Json | None = None
    mode: SegmentMode | None = None


@strawberry.input(description="Which rule segment is to go.")
class SegmentDeleteInput:
    id: strawberry.ID


@strawberry.input(description="A new version of a method.")
class SegmentationRunInput:
    method: SegmentMethod
    k: int | None = strawberry.field(default=None, description="Number of clusters, 2 to 12; automatic without.")
    features: list[SegmentFeature] | None = strawberry.field(
        default=None, description="What clusters are made of; recency, frequency and monetary without."
    )
    seed: int = 0


@strawberry.type(description="The segment, and the job that works out who is in it.")
class SegmentPayload:
    __needs__: ClassVar[Requirement] = Permission.SEGMENTS_MANAGE
    segment: Segment | None
    job: Job | None
    user_errors: list[UserError]


@strawberry.type(description="The id of what is gone.")
class SegmentDeletePayload:
    __needs__: ClassVar[Requirement] = Permission.SEGMENTS_MANAGE
    deleted_id: strawberry.ID | None
    user_errors: list[UserError]


@strawberry.type(description="The new version, and the job that makes it.")
class SegmentationRunPayload:
    __needs__: ClassVar[Requirement] = Permission.SEGMENTS_MANAGE
    segmentation: Segmentation | None
    job: Job | None
    user_errors: list[UserError]


@strawberry.type
class SegmentMutation:
    @mutation(Permission.SEGMENTS_MANAGE, "Makes a segment by a rule.", changes=CHANGES)
    async def segment_create(self, info: Info, input: SegmentCreateInput) -> SegmentPayload:  # noqa: A002
        context = info.context
        try:
            asked = await _service(context).create(
                context.tenant_id,
                input.name,
                input.mode.value,
                _object(input.definition),
                actor=context.principal.actor,
            )
        except (BadInputError, ConflictError) as error:
            return SegmentPayload(segment=None, job=None, user_errors=[user_error(error)])
        return await _payload(context, asked)

    @mutation(Permission.SEGMENTS_MANAGE, "Changes a rule segment; its members follow.", changes=CHANGES)
    async def segment_update(self, info: Info, input: SegmentUpdateInput) -> SegmentPayload:  # noqa: A002
        context = info.context
        try:
            asked = await _service(context).update(
                context.tenant_id,
                key_of("Segment", input.id) or NOBODY,
                name=input.name,
                mode=None if input.mode is None else input.mode.value,
                definition=None if input.definition is None else _object(input.definition),
                actor=context.principal.actor,
            )
        except (BadInputError, ConflictError, NotFoundError) as error:
            return SegmentPayload(segment=None, job=None, user_errors=[user_error(error)])
        return await _payload(context, asked)

    @mutation(Permission.SEGMENTS_MANAGE, "Removes a rule segment that no other builds on.", changes=CHANGES)
    async def segment_delete(self, info: Info, input: SegmentDeleteInput) -> SegmentDeletePayload:  # noqa: A002
        context = info.context
        try:
            key = key_of("Segment", input.id) or NOBODY
            await _service(context).delete(context.tenant_id, key, actor=context.principal.actor)
        except (BadInputError, ConflictError, NotFoundError) as error:
            return SegmentDeletePayload(deleted_id=None, user_errors=[user_error(error)])
        return SegmentDeletePayload(deleted_id=input.id, user_errors=[])

    @mutation(
        Permission.SEGMENTS_MANAGE,
        "Asks for a new version of a method. The one before stays until the new one is ready.",
        changes=CHANGES,
    )
    async def segmentation_run(self, info: Info, input: SegmentationRunInput) -> SegmentationRunPayload:  # noqa: A002
        context = info.context
        features = tuple(str(feature.value) for feature in input.features or ())
        request = RunRequest(input.method.value, input.k, features, input.seed)
        try:
            asked = await _service(context).run(context.tenant_id, request, actor=context.principal.actor)
        except BadInputError as error:
            return SegmentationRunPayload(segmentation=None, job=None, user_errors=[user_error(error)])
        await context.renew()
        return SegmentationRunPayload(
            segmentation=await segmentation_by_key(context, asked.id),
            job=await job_by_key(context, asked.job_id),
            user_errors=[],
        )


def _service(context: Context) -> Segments:
    return Segments(context.services.database, context.services.now)


def _object(definition: object) -> dict[str, object]:
    found = given(definition)
    if not isinstance(found, dict):
        raise BadInputError("definition must be an object.", path=("definition",))
    return found


async def _payload(context: Context, asked: Asked) -> SegmentPayload:
    await context.renew()
    return SegmentPayload(
        segment=await segment_by_key(context, asked.id), job=await job_by_key(context, asked.job_id), user_errors=[]
    )

"""Changing what is asked of events."""

from typing import Any, ClassVar, cast

import strawberry

from api.auth.permissions import Permission
from api.errors import BadInputError, NotFoundError
from api.events import contracts
from api.events.schema_service import IngestRules
from api.events.schema_types import EventSchema, IngestPolicy, SchemaMode
from api.graphql.context import Context, Info
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation
from api.graphql.scalars import Json


@strawberry.input(description="What the properties of all events of one name must be like from now on.")
class EventSchemaPutInput:
    name: str = strawberry.field(description="The name of the events.")
    schema: Json = strawberry.field(description="JSON Schema, Draft 2020-12; see docs/events.md for what is left out.")
    mode: SchemaMode


@strawberry.input(description="Whose schema is dropped.")
class EventSchemaDeleteInput:
    name: str


@strawberry.input(description="What is asked of all events from now on.")
class IngestPolicyUpdateInput:
    maximum_age_days: int | None = strawberry.field(description="1 to 36,500; null for no limit.")


@strawberry.type(description="The schema as it is now.")
class EventSchemaPutPayload:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    event_schema: EventSchema | None
    user_errors: list[UserError]


@strawberry.type(description="The name whose schema is gone.")
class EventSchemaDeletePayload:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    deleted_name: str | None
    user_errors: list[UserError]


@strawberry.type(description="The policy as it is now.")
class IngestPolicyUpdatePayload:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    ingest_policy: IngestPolicy | None
    user_errors: list[UserError]


@strawberry.type
class IngestRuleMutation:
    @mutation(Permission.SETTINGS_MANAGE, "Sets the schema of the events of one name, the first or a new one.")
    async def event_schema_put(self, info: Info, input: EventSchemaPutInput) -> EventSchemaPutPayload:  # noqa: A002
        context = info.context
        mode = contracts.SchemaMode(input.mode.value)
        try:
            document = cast(dict[str, Any], input.schema)  # whatever it is, the service checks it
            record = await _service(context).put_schema(
                context.tenant_id, input.name, document, mode, actor=context.principal.actor
            )
        except BadInputError as error:
            return EventSchemaPutPayload(event_schema=None, user_errors=[user_error(error)])
        return EventSchemaPutPayload(event_schema=EventSchema.of(record), user_errors=[])

    @mutation(Permission.SETTINGS_MANAGE, "Asks nothing more of the events of one name.")
    async def event_schema_delete(
        self,
        info: Info,
        input: EventSchemaDeleteInput,  # noqa: A002
    ) -> EventSchemaDeletePayload:
        context = info.context
        try:
            await _service(context).delete_schema(context.tenant_id, input.name, actor=context.principal.actor)
        except NotFoundError as error:
            return EventSchemaDeletePayload(deleted_name=None, user_errors=[user_error(error)])
        return EventSchemaDeletePayload(deleted_name=input.name, user_errors=[])

    @mutation(Permission.SETTINGS_MANAGE, "Sets how old events may be.")
    async def ingest_policy_update(
        self,
        info: Info,
        input: IngestPolicyUpdateInput,  # noqa: A002
    ) -> IngestPolicyUpdatePayload:
        context = info.context
        days = input.maximum_age_days
        try:
            await _service(context).set_maximum_age(context.tenant_id, days, actor=context.principal.actor)
        except BadInputError as error:
            return IngestPolicyUpdatePayload(ingest_policy=None, user_errors=[user_error(error)])
        return IngestPolicyUpdatePayload(ingest_policy=IngestPolicy(maximum_age_days=days), user_errors=[])


def _service(context: Context) -> IngestRules:
    return IngestRules(context.services.database, context.services.now)

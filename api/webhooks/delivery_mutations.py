"""Trying an endpoint and sending again, by the API."""

from typing import ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import NOTHING
from api.errors import BadInputError, CipError, ConflictError, NotFoundError
from api.graphql.context import Context, Info
from api.graphql.ids import global_id, key_of
from api.graphql.operation import CipSchema
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation
from api.webhooks.contracts import DeliveryRecord, DeliveryState, EndpointRecord
from api.webhooks.delivery_service import Deliveries
from api.webhooks.events import KINDS
from api.webhooks.mutations import NO_KEY, endpoints
from api.webhooks.principal import service
from api.webhooks.selection import PayloadError, render
from api.webhooks.types import WebhookDelivery, WebhookEvent

LONGEST_SLUG = 100


@strawberry.input(description="What an endpoint would be told of.")
class WebhookTestInput:
    id: strawberry.ID = strawberry.field(description="The endpoint.")
    event: WebhookEvent
    subject: str = strawberry.field(description="The id of a customer or conversation, or the slug of a metric.")
    send: bool = strawberry.field(default=False, description="Send it too, marked as a test. Without, nothing leaves.")


@strawberry.type(description="A message as it would be now.")
class WebhookTestPayload:
    __needs__: ClassVar[Requirement] = Permission.INTEGRATIONS_MANAGE
    body: str | None = strawberry.field(description="Its body, as it would be signed.")
    delivery: WebhookDelivery | None = strawberry.field(description="When it was to be sent.")
    user_errors: list[UserError]


@strawberry.input(description="Which deliveries are to be sent again.")
class WebhookDeliveryReplayInput:
    ids: list[strawberry.ID] = strawberry.field(description="1 to 100.")


@strawberry.type(description="Those that will be sent again.")
class WebhookDeliveryReplayPayload:
    __needs__: ClassVar[Requirement] = Permission.INTEGRATIONS_MANAGE
    replayed: list[strawberry.ID]
    user_errors: list[UserError]


@strawberry.type
class WebhookDeliveryMutation:
    @mutation(Permission.INTEGRATIONS_MANAGE, "Shows what an endpoint would be sent.", changes=NOTHING)
    async def webhook_test(self, info: Info, input: WebhookTestInput) -> WebhookTestPayload:  # noqa: A002
        context = info.context
        deliveries = _service(context)
        try:
            key = key_of("WebhookEndpoint", input.id) or NO_KEY
            endpoint = await endpoints(context).find(context.tenant_id, key)
            event, subject = input.event.known, _subject(input)
            body = await _body(info, endpoint, input.event, subject)
            actor = context.principal.actor
            if not input.send:
                await deliveries.note_dry_run(context.tenant_id, key, event, actor=actor)
                return WebhookTestPayload(body=body, delivery=None, user_errors=[])
            record = await deliveries.send_test(context.tenant_id, key, event, subject, actor=actor)
        except CipError as error:
            return WebhookTestPayload(body=None, delivery=None, user_errors=[user_error(error)])
        return WebhookTestPayload(body=body, delivery=WebhookDelivery.of(record), user_errors=[])

    @mutation(
        Permission.INTEGRATIONS_MANAGE,
        "Sends deliveries again that are dead or were delivered, with the same message id.",
        changes=NOTHING,
    )
    async def webhook_delivery_replay(
        self,
        info: Info,
        input: WebhookDeliveryReplayInput,  # noqa: A002
    ) -> WebhookDeliveryReplayPayload:
        context = info.context
        try:
            keys = [key_of("WebhookDelivery", given) or NO_KEY for given in input.ids]
            done = await _service(context).replay(context.tenant_id, keys, actor=context.principal.actor)
        except BadInputError as error:
            return WebhookDeliveryReplayPayload(replayed=[], user_errors=[user_error(error)])
        errors = []
        for index, key in enumerate(keys):
            path = ("ids", str(index))
            if key in done.missing:
                errors.append(user_error(NotFoundError("There is no such delivery.", path=path)))
            elif key in done.waiting:
                errors.append(user_error(ConflictError("This one waits for its next try already.", path=path)))
        replayed = [global_id("WebhookDelivery", key) for key in done.replayed]
        return WebhookDeliveryReplayPayload(replayed=replayed, user_errors=errors)


async def _body(info: Info, endpoint: EndpointRecord, event: WebhookEvent, subject: str) -> str:
    """Read with what both the endpoint and whoever tries it may read."""
    context, schema = info.context, info.schema
    assert isinstance(schema, CipSchema)
    now = context.services.now()
    example = DeliveryRecord(
        id=NO_KEY, endpoint_id=endpoint.id, event=event.value, subject=subject, test=True,
        state=DeliveryState.WAITING.value, attempts=0, replays=0, created_at=now, changed_at=now, next_try_at=now,
        tried_at=None, settled_at=None, status=None, milliseconds=None, fault=None,
    )  # fmt: skip
    granted = frozenset(map(Permission, endpoint.grants)) & context.caller.permissions
    try:
        body = await render(schema, context.services, service(context.tenant_id, granted), example, endpoint.query)
    except PayloadError as error:
        raise BadInputError(f"No message can be made: {error.code}.", path=("subject",)) from None
    return body.decode()


def _subject(given: WebhookTestInput) -> str:
    """As it is kept: the key inside an id, or a slug."""
    type_name = KINDS[given.event.known].subject
    if type_name is None:
        if not 1 <= len(given.subject) <= LONGEST_SLUG or "\0" in given.subject:
            raise BadInputError(f"A slug has 1 to {LONGEST_SLUG} characters.", path=("subject",))
        return given.subject
    key: UUID | None = key_of(type_name, given.subject)
    if key is None:
        raise BadInputError(f"{given.event.name} tells of a {type_name}: give the id of one.", path=("subject",))
    return str(key)


def _service(context: Context) -> Deliveries:
    return Deliveries(context.services.database, context.services.now)

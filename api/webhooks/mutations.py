"""Making, changing and deleting endpoints, by the API."""

from typing import ClassVar
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.cache.freshness import NOTHING
from api.errors import CipError, PersonNeededError
from api.graphql.context import Context, Info
from api.graphql.ids import key_of
from api.graphql.operation import CipSchema
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation
from api.webhooks.contracts import EndpointForm, Owner
from api.webhooks.selection import check_selection
from api.webhooks.service import Endpoints
from api.webhooks.types import WebhookEndpoint, WebhookEvent

NO_KEY = UUID(int=0)
SHOWN_ONCE = "`whsec_…`, for checking signatures. This is the only time it is shown."
SELECTION = "A query that makes `data`, given $id of the subject (or $metric); without it the id alone."


@strawberry.input(description="A new webhook endpoint.")
class WebhookEndpointCreateInput:
    url: str = strawberry.field(description="https://…, in the public internet.")
    events: list[WebhookEvent]
    description: str = ""
    query: str | None = strawberry.field(default=None, description=SELECTION)


@strawberry.input(description="What of an endpoint is to change; what is left out stays.")
class WebhookEndpointUpdateInput:
    id: strawberry.ID
    url: str | None = strawberry.UNSET
    events: list[WebhookEvent] | None = strawberry.UNSET
    description: str | None = strawberry.UNSET
    query: str | None = strawberry.field(default=strawberry.UNSET, description=f"{SELECTION} Null takes it away.")
    enabled: bool | None = strawberry.UNSET


@strawberry.input(description="Which endpoint.")
class WebhookEndpointIdInput:
    id: strawberry.ID


@strawberry.type(description="The endpoint, and its secret.")
class WebhookSecretPayload:
    __needs__: ClassVar[Requirement] = Permission.INTEGRATIONS_MANAGE
    secret: str | None = strawberry.field(description=SHOWN_ONCE)
    endpoint: WebhookEndpoint | None
    user_errors: list[UserError]


@strawberry.type(description="The endpoint as it is now.")
class WebhookEndpointUpdatePayload:
    __needs__: ClassVar[Requirement] = Permission.INTEGRATIONS_MANAGE
    endpoint: WebhookEndpoint | None
    user_errors: list[UserError]


@strawberry.type(description="The id that is no more.")
class WebhookEndpointDeletePayload:
    __needs__: ClassVar[Requirement] = Permission.INTEGRATIONS_MANAGE
    deleted_id: strawberry.ID | None
    user_errors: list[UserError]


@strawberry.type
class WebhookMutation:
    @mutation(Permission.INTEGRATIONS_MANAGE, "Makes a webhook endpoint.", changes=NOTHING)
    async def webhook_endpoint_create(
        self,
        info: Info,
        input: WebhookEndpointCreateInput,  # noqa: A002
    ) -> WebhookSecretPayload:
        context = info.context
        chosen = tuple(event.known for event in input.events)
        form = EndpointForm(input.url, input.description, chosen, input.query)
        try:
            _check(info, form)
            issued = await endpoints(context).create(context.tenant_id, form, _owner(context))
        except CipError as error:
            return WebhookSecretPayload(secret=None, endpoint=None, user_errors=[user_error(error)])
        return WebhookSecretPayload(secret=issued.text, endpoint=WebhookEndpoint.of(issued.endpoint), user_errors=[])

    @mutation(
        Permission.INTEGRATIONS_MANAGE,
        "Changes a webhook endpoint. It sends what whoever changed it last may read. Its breaker is closed.",
        changes=NOTHING,
    )
    async def webhook_endpoint_update(
        self,
        info: Info,
        input: WebhookEndpointUpdateInput,  # noqa: A002
    ) -> WebhookEndpointUpdatePayload:
        context = info.context
        service = endpoints(context)
        key = key_of("WebhookEndpoint", input.id) or NO_KEY
        try:
            form = _changed((await service.find(context.tenant_id, key)).form, input)
            _check(info, form)
            record = await service.update(context.tenant_id, key, form, _owner(context))
        except CipError as error:
            return WebhookEndpointUpdatePayload(endpoint=None, user_errors=[user_error(error)])
        return WebhookEndpointUpdatePayload(endpoint=WebhookEndpoint.of(record), user_errors=[])

    @mutation(
        Permission.INTEGRATIONS_MANAGE,
        "Makes a new secret. For 24 hours messages are signed by the old one too.",
        changes=NOTHING,
    )
    async def webhook_endpoint_rotate_secret(
        self,
        info: Info,
        input: WebhookEndpointIdInput,  # noqa: A002
    ) -> WebhookSecretPayload:
        context = info.context
        key = key_of("WebhookEndpoint", input.id) or NO_KEY
        try:
            actor = context.principal.actor
            issued = await endpoints(context).rotate_secret(context.tenant_id, key, actor=actor)
        except CipError as error:
            return WebhookSecretPayload(secret=None, endpoint=None, user_errors=[user_error(error)])
        return WebhookSecretPayload(secret=issued.text, endpoint=WebhookEndpoint.of(issued.endpoint), user_errors=[])

    @mutation(Permission.INTEGRATIONS_MANAGE, "Deletes a webhook endpoint with its deliveries.", changes=NOTHING)
    async def webhook_endpoint_delete(
        self,
        info: Info,
        input: WebhookEndpointIdInput,  # noqa: A002
    ) -> WebhookEndpointDeletePayload:
        context = info.context
        key = key_of("WebhookEndpoint", input.id) or NO_KEY
        try:
            await endpoints(context).delete(context.tenant_id, key, actor=context.principal.actor)
        except CipError as error:
            return WebhookEndpointDeletePayload(deleted_id=None, user_errors=[user_error(error)])
        return WebhookEndpointDeletePayload(deleted_id=input.id, user_errors=[])


def endpoints(context: Context) -> Endpoints:
    services = context.services
    return Endpoints(services.database, services.outgoing, services.keys.webhooks, services.now)


def _owner(context: Context) -> Owner:
    """A message is read with what this person may, as long as they may: a key is nobody who could lose a role."""
    principal = context.principal
    if principal.is_program:
        raise PersonNeededError
    return Owner(principal.account_id, principal.permissions, principal.actor)


def _check(info: Info, form: EndpointForm) -> None:
    """Saving an endpoint, whatever is changed of it, needs the permissions that its selection needs."""
    schema = info.schema
    assert isinstance(schema, CipSchema)
    if form.query is not None:
        check_selection(schema, info.context.caller, form.query, form.events)


def _changed(form: EndpointForm, given: WebhookEndpointUpdateInput) -> EndpointForm:
    """Null for what cannot be empty counts as left out."""
    return EndpointForm(
        url=given.url or form.url,
        description=given.description if isinstance(given.description, str) else form.description,
        events=tuple(event.known for event in given.events) if isinstance(given.events, list) else form.events,
        query=form.query if given.query is strawberry.UNSET else given.query,
        enabled=given.enabled if isinstance(given.enabled, bool) else form.enabled,
    )

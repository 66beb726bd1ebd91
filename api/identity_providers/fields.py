"""A tenant's identity provider in GraphQL."""

from datetime import datetime
from typing import ClassVar, Final

import strawberry

from api.accounts.types import Role
from api.auth import permissions
from api.auth.permissions import Permission
from api.cache.freshness import Tag
from api.errors import BadInputError, NotFoundError
from api.graphql.context import Context, Info
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, field, mutation
from api.identity_providers.contracts import ProviderForm, ProviderRecord
from api.identity_providers.discovery import Discovery
from api.identity_providers.repository import find_provider
from api.identity_providers.service import CALLBACK
from api.identity_providers.settings_service import ProviderSettings

CHANGES: Final = frozenset({Tag.ACCOUNTS})


@strawberry.type(description="By whom the people of your tenant sign in, beside their passwords (OpenID Connect).")
class IdentityProvider:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    issuer: str
    client_id: str
    has_secret: bool = strawberry.field(description="The secret itself is never shown.")
    email_domains: list[str]
    new_role: Role | None = strawberry.field(description="Of whoever comes for the first time; null: invited only.")
    enabled: bool
    updated_at: datetime

    @classmethod
    def of(cls, record: ProviderRecord) -> "IdentityProvider":
        return cls(
            issuer=record.issuer,
            client_id=record.client_id,
            has_secret=record.secret is not None,
            email_domains=record.email_domains,
            new_role=None if record.new_role is None else Role(record.new_role),
            enabled=record.enabled,
            updated_at=record.updated_at,
        )


@strawberry.type(description="How people sign in.")
class SignInSettings:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    redirect_uri: str = strawberry.field(description="What the provider must be told to send people back to.")
    provider: IdentityProvider | None


@strawberry.input(description="All of it at once; the provider is asked for its description before it is kept.")
class IdentityProviderSetInput:
    issuer: str = strawberry.field(description="As the provider writes it in its tokens.")
    client_id: str
    client_secret: str | None = strawberry.field(
        default=None, description="Null keeps the one that is there; an empty text removes it."
    )
    email_domains: list[str] = strawberry.field(
        description="Who comes for the first time has an address of one of these, which the provider has verified."
    )
    new_role: Role | None = strawberry.field(
        default=None, description="VIEWER or ANALYST. Null: people are invited by their address as user name first."
    )
    enabled: bool = True


@strawberry.type(description="The provider as it is now.")
class IdentityProviderSetPayload:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    provider: IdentityProvider | None
    user_errors: list[UserError]


@strawberry.type(description="The answer to a deletion.")
class IdentityProviderDeletePayload:
    __needs__: ClassVar[Requirement] = Permission.SETTINGS_MANAGE
    user_errors: list[UserError]


@strawberry.type
class IdentityProviderQuery:
    @field(Permission.SETTINGS_MANAGE, "How the people of your tenant sign in.")
    async def sign_in_settings(self, info: Info) -> SignInSettings:
        found = await find_provider(info.context.snapshot)
        return SignInSettings(
            redirect_uri=info.context.services.base_url + CALLBACK,
            provider=None if found is None else IdentityProvider.of(found),
        )


@strawberry.type
class IdentityProviderMutation:
    @mutation(Permission.ROLES_MANAGE, "Says by which provider your people may sign in.", changes=CHANGES)
    async def identity_provider_set(
        self,
        info: Info,
        input: IdentityProviderSetInput,  # noqa: A002
    ) -> IdentityProviderSetPayload:
        form = ProviderForm(
            issuer=input.issuer,
            client_id=input.client_id,
            secret=input.client_secret,
            email_domains=tuple(input.email_domains),
            new_role=None if input.new_role is None else permissions.Role(input.new_role.value),
            enabled=input.enabled,
        )
        context = info.context
        try:
            record = await _settings(context).set(context.tenant_id, form, actor=context.principal.actor)
        except BadInputError as error:
            return IdentityProviderSetPayload(provider=None, user_errors=[user_error(error)])
        return IdentityProviderSetPayload(provider=IdentityProvider.of(record), user_errors=[])

    @mutation(Permission.ROLES_MANAGE, "Ends signing in by the provider; passwords work on.", changes=CHANGES)
    async def identity_provider_delete(self, info: Info) -> IdentityProviderDeletePayload:
        context = info.context
        try:
            await _settings(context).delete(context.tenant_id, actor=context.principal.actor)
        except NotFoundError as error:
            return IdentityProviderDeletePayload(user_errors=[user_error(error)])
        return IdentityProviderDeletePayload(user_errors=[])


def _settings(context: Context) -> ProviderSettings:
    services = context.services
    assert isinstance(services.discovery, Discovery)
    return ProviderSettings(services.database, services.keys, services.discovery, services.outgoing, services.now)

"""Making and revoking API keys."""

from datetime import timedelta
from typing import ClassVar, Final

import strawberry

from api.accounts.api_key_service import NOBODY, ApiKeys
from api.accounts.api_key_types import ApiKey
from api.accounts.contracts import NewApiKey
from api.accounts.types import Role
from api.auth import permissions
from api.auth.permissions import Permission
from api.cache.freshness import Tag
from api.errors import BadInputError, ForbiddenError, NotFoundError
from api.graphql.context import Context, Info
from api.graphql.ids import key_of
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation

CHANGES: Final = frozenset({Tag.ACCOUNTS})


@strawberry.input(description="A new API key.")
class ApiKeyCreateInput:
    name: str = strawberry.field(description="For people: which program uses it.")
    role: Role = strawberry.field(description="What it may do at most.")
    scopes: list[str] | None = strawberry.field(
        default=None, description="A part of what the role grants, such as customers:read; all of it when left out."
    )
    expires_in_days: int = strawberry.field(default=90, description="1 to 365.")


@strawberry.input(description="Which key is to be refused from now on.")
class ApiKeyRevokeInput:
    id: strawberry.ID


@strawberry.type(description="A new key. This is the only time it is shown.")
class ApiKeyCreatePayload:
    __needs__: ClassVar[Requirement] = Permission.API_KEYS_MANAGE
    key: str | None = strawberry.field(description="`cip_live_…`, for `Authorization: Bearer`.")
    api_key: ApiKey | None
    user_errors: list[UserError]


@strawberry.type(description="The key as it is now.")
class ApiKeyRevokePayload:
    __needs__: ClassVar[Requirement] = Permission.API_KEYS_MANAGE
    api_key: ApiKey | None
    user_errors: list[UserError]


@strawberry.type
class ApiKeyMutation:
    @mutation(Permission.API_KEYS_MANAGE, "Makes a key for a program.", changes=CHANGES, secret=True)
    async def api_key_create(self, info: Info, input: ApiKeyCreateInput) -> ApiKeyCreatePayload:  # noqa: A002
        try:
            created = await _service(info.context).create(_new(input), info.context.principal)
        except (BadInputError, ForbiddenError) as error:
            return ApiKeyCreatePayload(key=None, api_key=None, user_errors=[user_error(error)])
        return ApiKeyCreatePayload(key=created.text, api_key=ApiKey.of(created.record), user_errors=[])

    @mutation(Permission.API_KEYS_MANAGE, "Revokes a key for good, its sockets within seconds.", changes=CHANGES)
    async def api_key_revoke(self, info: Info, input: ApiKeyRevokeInput) -> ApiKeyRevokePayload:  # noqa: A002
        context = info.context
        try:
            key = key_of("ApiKey", input.id) or NOBODY
            record = await _service(context).revoke(context.tenant_id, key, actor=context.principal.actor)
        except (BadInputError, NotFoundError) as error:
            return ApiKeyRevokePayload(api_key=None, user_errors=[user_error(error)])
        return ApiKeyRevokePayload(api_key=ApiKey.of(record), user_errors=[])


def _new(given: ApiKeyCreateInput) -> NewApiKey:
    known = {permission.value: permission for permission in Permission}
    scopes = None if given.scopes is None else set(given.scopes)
    if scopes and (unknown := sorted(scopes - set(known))):
        raise BadInputError(f"There is no permission {unknown[0][:100]!r}.", path=("scopes",))
    return NewApiKey(
        name=given.name,
        role=permissions.Role(given.role.value),
        scopes=None if scopes is None else frozenset(known[scope] for scope in scopes),
        lifetime=timedelta(days=max(-1, min(given.expires_in_days, 100_000))),
    )


def _service(context: Context) -> ApiKeys:
    return ApiKeys(context.services.database, context.services.now)

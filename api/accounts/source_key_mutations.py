"""Making and revoking source keys."""

from typing import ClassVar

import strawberry

from api.accounts.contracts import NewSourceKey
from api.accounts.source_key_service import NOBODY, SourceKeys
from api.accounts.source_key_types import SourceKey
from api.auth.permissions import Permission
from api.errors import BadInputError, NotFoundError
from api.graphql.context import Context, Info
from api.graphql.ids import key_of
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation


@strawberry.input(description="A new source key.")
class SourceKeyCreateInput:
    name: str = strawberry.field(description="For people: which system uses it.")
    source: str = strawberry.field(description="What its events are filed under.")


@strawberry.input(description="Which key is to be refused from now on.")
class SourceKeyRevokeInput:
    id: strawberry.ID


@strawberry.type(description="A new key. This is the only time it is shown.")
class SourceKeyCreatePayload:
    __needs__: ClassVar[Requirement] = Permission.API_KEYS_MANAGE
    key: str | None = strawberry.field(description="`cip_src_…`, for a client's write key or `Authorization: Bearer`.")
    source_key: SourceKey | None
    user_errors: list[UserError]


@strawberry.type(description="The key as it is now.")
class SourceKeyRevokePayload:
    __needs__: ClassVar[Requirement] = Permission.API_KEYS_MANAGE
    source_key: SourceKey | None
    user_errors: list[UserError]


@strawberry.type
class SourceKeyMutation:
    @mutation(
        Permission.API_KEYS_MANAGE, "Makes a key that can send events of one source, and nothing else.", secret=True
    )
    async def source_key_create(self, info: Info, input: SourceKeyCreateInput) -> SourceKeyCreatePayload:  # noqa: A002
        context = info.context
        try:
            new = NewSourceKey(input.name, input.source)
            created = await _service(context).create(context.tenant_id, new, actor=context.principal.actor)
        except BadInputError as error:
            return SourceKeyCreatePayload(key=None, source_key=None, user_errors=[user_error(error)])
        return SourceKeyCreatePayload(key=created.text, source_key=SourceKey.of(created.record), user_errors=[])

    @mutation(Permission.API_KEYS_MANAGE, "Revokes a key at once and for good.")
    async def source_key_revoke(self, info: Info, input: SourceKeyRevokeInput) -> SourceKeyRevokePayload:  # noqa: A002
        context = info.context
        try:
            key = key_of("SourceKey", input.id) or NOBODY
            record = await _service(context).revoke(context.tenant_id, key, actor=context.principal.actor)
        except (BadInputError, NotFoundError) as error:
            return SourceKeyRevokePayload(source_key=None, user_errors=[user_error(error)])
        return SourceKeyRevokePayload(source_key=SourceKey.of(record), user_errors=[])


def _service(context: Context) -> SourceKeys:
    return SourceKeys(context.services.database, context.services.now)

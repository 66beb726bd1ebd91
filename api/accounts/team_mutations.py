"""Inviting people, their roles, new links, and ending sessions."""

from typing import ClassVar

import strawberry

from api.accounts.contracts import NewAccount
from api.accounts.source_key_service import NOBODY
from api.accounts.team_service import Team
from api.accounts.team_types import Member, OpenSession
from api.accounts.types import Role
from api.auth import permissions
from api.auth.permissions import Permission
from api.cache.freshness import Tag
from api.errors import BadInputError, ConflictError, NotFoundError
from api.graphql.context import Context, Info
from api.graphql.ids import key_of
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation

ACCOUNTS = frozenset({Tag.ACCOUNTS})


@strawberry.input(description="A new person of your tenant.")
class MemberInviteInput:
    name: str = strawberry.field(description="The name to log in with; unique in your tenant.")
    display_name: str
    role: Role


@strawberry.input(description="Whose role becomes which.")
class MemberRoleSetInput:
    id: strawberry.ID
    role: Role


@strawberry.type(description="The person, and the one-time link. This is the only time it is shown.")
class MemberLinkPayload:
    __needs__: ClassVar[Requirement] = Permission.USERS_MANAGE
    member: Member | None
    setup_path: str | None = strawberry.field(
        description="Where the person sets a password within 48 hours: `/setup?token=…` of this server."
    )
    user_errors: list[UserError]


@strawberry.type(description="The person as it is now.")
class MemberRoleSetPayload:
    __needs__: ClassVar[Requirement] = Permission.USERS_MANAGE
    member: Member | None
    user_errors: list[UserError]


@strawberry.type(description="The session that was ended.")
class SessionEndPayload:
    __needs__: ClassVar[Requirement] = Permission.USERS_MANAGE
    session: OpenSession | None
    user_errors: list[UserError]


@strawberry.type
class TeamMutation:
    @mutation(Permission.USERS_MANAGE, "Makes an account that its one-time link opens.", changes=ACCOUNTS)
    async def member_invite(self, info: Info, input: MemberInviteInput) -> MemberLinkPayload:  # noqa: A002
        context = info.context
        new = NewAccount(input.name, input.display_name, permissions.Role(input.role.value))
        try:
            made = await _team(context).invite(context.tenant_id, new, actor=context.principal.actor)
        except (BadInputError, ConflictError) as error:
            return MemberLinkPayload(member=None, setup_path=None, user_errors=[user_error(error)])
        return MemberLinkPayload(member=Member.of(made.member), setup_path=_path(made.token), user_errors=[])

    @mutation(Permission.USERS_MANAGE, "Makes a new one-time link; those before it are void.", changes=ACCOUNTS)
    async def member_reset(self, info: Info, id: strawberry.ID) -> MemberLinkPayload:  # noqa: A002
        context = info.context
        try:
            key = key_of("User", id) or NOBODY
            made = await _team(context).reset(context.tenant_id, key, actor=context.principal.actor)
        except (BadInputError, NotFoundError) as error:
            return MemberLinkPayload(member=None, setup_path=None, user_errors=[user_error(error)])
        return MemberLinkPayload(member=Member.of(made.member), setup_path=_path(made.token), user_errors=[])

    @mutation(Permission.ROLES_MANAGE, "Gives somebody another role. The last admin stays one.", changes=ACCOUNTS)
    async def member_role_set(self, info: Info, input: MemberRoleSetInput) -> MemberRoleSetPayload:  # noqa: A002
        context = info.context
        try:
            key, role = key_of("User", input.id) or NOBODY, permissions.Role(input.role.value)
            changed = await _team(context).set_role(context.tenant_id, key, role, actor=context.principal.actor)
        except (BadInputError, ConflictError, NotFoundError) as error:
            return MemberRoleSetPayload(member=None, user_errors=[user_error(error)])
        return MemberRoleSetPayload(member=Member.of(changed), user_errors=[])

    @mutation(Permission.USERS_MANAGE, "Ends a session: its tokens, its cookie and its sockets.", changes=ACCOUNTS)
    async def session_end(self, info: Info, id: strawberry.ID) -> SessionEndPayload:  # noqa: A002
        context = info.context
        try:
            key = key_of("Session", id) or NOBODY
            ended = await _team(context).end_session(context.tenant_id, key, actor=context.principal.actor)
        except (BadInputError, NotFoundError) as error:
            return SessionEndPayload(session=None, user_errors=[user_error(error)])
        return SessionEndPayload(session=OpenSession.of(ended, context.principal.session_id), user_errors=[])


def _path(token: str) -> str:
    return f"/setup?token={token}"


def _team(context: Context) -> Team:
    return Team(context.services.database, context.services.now)

"""A person's own sessions and password in GraphQL."""

from datetime import datetime
from typing import ClassVar, Final

import strawberry

from api.accounts import session_repository as repository
from api.accounts.contracts import SessionRecord
from api.accounts.sessions_service import OwnPassword, OwnSessions
from api.auth.principal import Principal
from api.cache.freshness import Tag
from api.errors import BadInputError, NotFoundError, ThrottledError
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import NOBODY, Info
from api.graphql.ids import global_id, key_of
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Access, Requirement, field, mutation
from api.tenants.repository import load_tenants
from models.keyset import Position

CHANGES: Final = frozenset({Tag.ACCOUNTS})


@strawberry.type(description="One of your logins that is not over.")
class Session:
    __needs__: ClassVar[Requirement] = Access.PERSON
    id: strawberry.ID
    created_at: datetime
    last_seen_at: datetime | None = strawberry.field(description="Right to a few minutes.")
    expires_at: datetime
    current: bool = strawberry.field(description="Whether it is the one that is asking.")

    @classmethod
    def of(cls, record: SessionRecord, principal: Principal) -> "Session":
        return cls(
            id=global_id("Session", record.id),
            created_at=record.created_at,
            last_seen_at=record.last_seen_at,
            expires_at=record.expires_at,
            current=record.id == principal.session_id,
        )


@strawberry.type
class SessionQuery:
    @field(Access.PERSON, "Your own sessions that are not over, newest first.")
    async def sessions(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Session]:
        context = info.context
        principal, now = context.principal, context.services.now()
        paging = Paging.of(context, "sessions", repository.NEWEST_FIRST, str(principal.account_id))
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def node(record: SessionRecord) -> Session:
            return Session.of(record, principal)

        def position(record: SessionRecord) -> Position:
            return Position(record.created_at, record.id)

        async def count() -> int:
            return await repository.count_own(context.snapshot, principal.account_id, now)

        part = await repository.list_own(context.snapshot, principal.account_id, now, page)
        return paging.connect(context, part, node, position, count)


@strawberry.input(description="Which of your sessions is to end.")
class SessionRevokeInput:
    id: strawberry.ID


@strawberry.input(description="A new password instead of the one you know.")
class PasswordChangeInput:
    current_password: str
    new_password: str = strawberry.field(description="12 to 256 characters.")


@strawberry.type(description="The session that has ended.")
class SessionRevokePayload:
    __needs__: ClassVar[Requirement] = Access.PERSON
    session: Session | None
    user_errors: list[UserError]


@strawberry.type(description="The answer to a change of password.")
class PasswordChangePayload:
    __needs__: ClassVar[Requirement] = Access.PERSON
    user_errors: list[UserError]


@strawberry.type
class SessionMutation:
    @mutation(Access.PERSON, "Ends one of your sessions: its tokens, its cookie and its sockets.", changes=CHANGES)
    async def session_revoke(self, info: Info, input: SessionRevokeInput) -> SessionRevokePayload:  # noqa: A002
        context = info.context
        try:
            key = key_of("Session", input.id) or NOBODY
            sessions = OwnSessions(context.services.database, context.services.now)
            ended = await sessions.revoke(context.principal, key)
        except (BadInputError, NotFoundError) as error:
            return SessionRevokePayload(session=None, user_errors=[user_error(error)])
        return SessionRevokePayload(session=Session.of(ended, context.principal), user_errors=[])

    @mutation(Access.PERSON, "Changes your password and ends your other sessions.", changes=CHANGES)
    async def password_change(self, info: Info, input: PasswordChangeInput) -> PasswordChangePayload:  # noqa: A002
        context, services = info.context, info.context.services
        [tenant] = await load_tenants(context.snapshot, [context.tenant_id])
        assert tenant is not None
        password = OwnPassword(services.database, services.passwords, services.now, services.logins)
        try:
            await password.change(context.principal, tenant.slug, input.current_password, input.new_password)
        except (BadInputError, ThrottledError) as error:
            return PasswordChangePayload(user_errors=[user_error(error)])
        return PasswordChangePayload(user_errors=[])

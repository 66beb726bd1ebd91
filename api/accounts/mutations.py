"""Logging in and out by the API."""

from typing import ClassVar

import strawberry

from api.accounts.refresh_service import Ended, Refreshed, RefreshTokens
from api.accounts.service import Accounts
from api.accounts.types import User
from api.auth import tokens
from api.auth.principal import Principal
from api.auth.tokens import SessionRef
from api.cache.freshness import NOTHING, Tag
from api.errors import ThrottledError
from api.graphql.context import Context, Info
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Access, Requirement, mutation

INVALID = UserError(field=None, code="INVALID_CREDENTIALS", message="The tenant, user name or password is not right.")

STALE = UserError(field=["refreshToken"], code="INVALID_CREDENTIALS", message="Log in again: this token is not good.")


@strawberry.input(description="Who logs in.")
class LoginInput:
    tenant: str = strawberry.field(description="The tenant's slug.")
    username: str
    password: str


@strawberry.type(description="The answer to a login.")
class LoginPayload:
    __needs__: ClassVar[Requirement] = Access.PUBLIC
    access_token: str | None = strawberry.field(
        description="For `Authorization: Bearer …`, good for ten minutes; see tokenRefresh."
    )
    refresh_token: str | None = strawberry.field(description="Good once, for tokenRefresh; keep it as a password.")
    user: User | None
    user_errors: list[UserError]


@strawberry.input(description="Instead of a password, while the session lasts.")
class TokenRefreshInput:
    refresh_token: str


@strawberry.type(description="The next access token and the next refresh token; the one that was sent is used up.")
class TokenRefreshPayload:
    __needs__: ClassVar[Requirement] = Access.PUBLIC
    access_token: str | None
    refresh_token: str | None
    user: User | None
    user_errors: list[UserError]


@strawberry.type(description="A new access token for the same session.")
class RefreshSessionPayload:
    __needs__: ClassVar[Requirement] = Access.PUBLIC
    access_token: str | None
    user: User | None
    user_errors: list[UserError]


@strawberry.type(description="The answer to a logout.")
class LogoutPayload:
    __needs__: ClassVar[Requirement] = Access.PUBLIC
    user_errors: list[UserError]


@strawberry.type
class AccountMutation:
    @mutation(Access.PUBLIC, "Begins a session of twelve hours.", changes=NOTHING, secret=True)
    async def login(self, info: Info, input: LoginInput) -> LoginPayload:  # noqa: A002
        try:
            found = await accounts(info.context).login(
                input.tenant, input.username, input.password, info.context.address
            )
        except ThrottledError as error:
            return _no_login(user_error(error))
        if found is None:
            return _no_login(INVALID)
        return LoginPayload(
            access_token=issue(info.context, found.principal),
            refresh_token=await _refresh_tokens(info.context).issue(found.principal),
            user=User.of(found.principal),
            user_errors=[],
        )

    @mutation(
        Access.PUBLIC,
        "The next access token, by a refresh token that is good once. One that comes again ends its session.",
        changes=NOTHING,
        secret=True,
    )
    async def token_refresh(self, info: Info, input: TokenRefreshInput) -> TokenRefreshPayload:  # noqa: A002
        context = info.context
        try:
            found = await _refresh_tokens(context).use(input.refresh_token, context.address)
        except ThrottledError as error:
            return _no_refresh(user_error(error))
        if isinstance(found, Ended):
            context.services.invalidation.changed(found.tenant_id, {Tag.ACCOUNTS})
        if not isinstance(found, Refreshed):
            return _no_refresh(STALE)
        return TokenRefreshPayload(
            access_token=issue(context, found.principal),
            refresh_token=found.token,
            user=User.of(found.principal),
            user_errors=[],
        )

    @mutation(Access.PERSON, "A new access token while the session lasts.", changes=NOTHING, secret=True)
    async def refresh_session(self, info: Info) -> RefreshSessionPayload:
        principal = info.context.principal
        return RefreshSessionPayload(
            access_token=issue(info.context, principal), user=User.of(principal), user_errors=[]
        )

    @mutation(
        Access.PERSON,
        "Ends the session: its tokens, its cookie and its sockets.",
        changes=frozenset({Tag.ACCOUNTS}),
    )
    async def logout(self, info: Info) -> LogoutPayload:
        await accounts(info.context).logout(info.context.principal)
        return LogoutPayload(user_errors=[])


def _no_login(error: UserError) -> LoginPayload:
    return LoginPayload(access_token=None, refresh_token=None, user=None, user_errors=[error])


def _no_refresh(error: UserError) -> TokenRefreshPayload:
    return TokenRefreshPayload(access_token=None, refresh_token=None, user=None, user_errors=[error])


def _refresh_tokens(context: Context) -> RefreshTokens:
    services = context.services
    return RefreshTokens(services.database, services.now, services.logins)


def accounts(context: Context) -> Accounts:
    services = context.services
    return Accounts(services.database, services.passwords, services.now, services.logins)


def issue(context: Context, principal: Principal) -> str:
    return tokens.issue(
        context.services.keys.signing,
        SessionRef(principal.tenant_id, principal.session_id),
        account_id=principal.account_id,
        role=principal.role.value,
        now=context.services.now(),
    )

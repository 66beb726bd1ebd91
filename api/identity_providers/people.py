"""Which account a person of the provider is: known by issuer and subject, else invited by e-mail address, else new."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts.contracts import AccountRecord, NewAccount
from api.accounts.repository import find_account, insert_account
from api.accounts.team_service import check_room
from api.auth.permissions import Role
from api.errors import ConflictError
from api.identity_providers import repository
from api.identity_providers.contracts import Person, Refused, SignInError


async def account_for(
    session: AsyncSession, tenant_id: UUID, issuer: str, person: Person, now: datetime
) -> AccountRecord:
    """Raises SignInError. An address counts where the provider says that it is the person's and the tenant says that
    the provider may say so; once, for whoever comes with it first."""
    known = await repository.find_account_of(session, tenant_id, issuer, person.subject)
    if known is not None:
        return known
    provider = await repository.lock_provider(session, tenant_id)
    known = await repository.find_account_of(session, tenant_id, issuer, person.subject)
    if known is not None:
        return known
    email = person.email
    if provider is None or email is None or email.rpartition("@")[2] not in provider.email_domains:
        raise SignInError(Refused.UNKNOWN_PERSON, "no address of the tenant's domains")
    account = await find_account(session, tenant_id, email)
    if account is None:
        account = await _new_account(session, tenant_id, provider.new_role, email, person.name, now)
    elif await repository.has_identity(session, tenant_id, account.id, issuer):
        raise SignInError(Refused.UNKNOWN_PERSON, "the account is somebody else's")
    await repository.insert_identity(session, tenant_id, account.id, issuer, person.subject, now)
    return account


async def _new_account(
    session: AsyncSession, tenant_id: UUID, new_role: str | None, email: str, name: str, now: datetime
) -> AccountRecord:
    if new_role is None:
        raise SignInError(Refused.UNKNOWN_PERSON, "nobody has invited them")
    try:
        await check_room(session, tenant_id)
    except ConflictError:
        raise SignInError(Refused.FULL) from None
    await insert_account(session, tenant_id, NewAccount(email, name, Role(new_role)), now)
    account = await find_account(session, tenant_id, email)
    assert account is not None
    return account

"""SQL of identity providers, and of who their people are here."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts.contracts import AccountRecord
from api.identity_providers.contracts import ProviderRecord
from models import IdentityProvider, UserAccount, UserIdentity
from models.base import table
from models.database import Snapshot
from models.relations import columns_of

provider = table(IdentityProvider)
identity = table(UserIdentity)
account = table(UserAccount)


def _provider(tenant_id: UUID) -> Select[Any]:
    return select(*columns_of(ProviderRecord, provider)).where(provider.c.tenant_id == tenant_id)


async def find_provider(snapshot: Snapshot) -> ProviderRecord | None:
    row = await snapshot.first(_provider(snapshot.tenant_id))
    return None if row is None else ProviderRecord(*row)


async def lock_provider(session: AsyncSession, tenant_id: UUID) -> ProviderRecord | None:
    """One after the other: whoever comes for the first time in two windows is one account."""
    row = (await session.execute(_provider(tenant_id).with_for_update())).first()
    return None if row is None else ProviderRecord(*row)


async def upsert_provider(session: AsyncSession, tenant_id: UUID, record: ProviderRecord) -> None:
    values = asdict(record)
    statement = insert(provider).values(tenant_id=tenant_id, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["tenant_id"], set_=values))


async def delete_provider(session: AsyncSession, tenant_id: UUID) -> bool:
    statement = delete(provider).where(provider.c.tenant_id == tenant_id).returning(provider.c.tenant_id)
    return (await session.execute(statement)).first() is not None


async def find_account_of(session: AsyncSession, tenant_id: UUID, issuer: str, subject: str) -> AccountRecord | None:
    joined = account.join(
        identity, (identity.c.tenant_id == account.c.tenant_id) & (identity.c.account_id == account.c.id)
    )
    statement = (
        select(*columns_of(AccountRecord, account))
        .select_from(joined)
        .where(account.c.tenant_id == tenant_id, identity.c.issuer == issuer, identity.c.subject == subject)
    )
    row = (await session.execute(statement)).first()
    return None if row is None else AccountRecord(*row)


async def has_identity(session: AsyncSession, tenant_id: UUID, account_id: UUID, issuer: str) -> bool:
    statement = select(identity.c.subject).where(
        identity.c.tenant_id == tenant_id, identity.c.account_id == account_id, identity.c.issuer == issuer
    )
    return (await session.execute(statement)).first() is not None


async def insert_identity(
    session: AsyncSession, tenant_id: UUID, account_id: UUID, issuer: str, subject: str, now: datetime
) -> None:
    await session.execute(
        insert(identity).values(
            tenant_id=tenant_id, issuer=issuer, subject=subject, account_id=account_id, created_at=now
        )
    )

"""Making a tenant: its directory entry, its profile, and the first admin."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.ext.asyncio import AsyncSession

from api.accounts.contracts import NewAccount
from api.accounts.service import create_account_with_link
from api.audit.repository import insert_entry
from api.auth.permissions import Role
from api.errors import BadInputError, ConflictError
from api.journeys.defaults import RULES, STAGES
from api.journeys.repository import insert_journey
from api.tenants import repository
from api.tenants.contracts import CreatedTenant, NewTenant
from models.base import new_id
from models.database import Database

SLUG: Final = re.compile(r"[a-z][a-z0-9-]{1,38}[a-z0-9]")
MAXIMUM_NAME: Final = 100
OTHER_DECIMALS: Final = frozenset(
    {
        "BHD", "BIF", "CLF", "CLP", "DJF", "GNF", "IQD", "ISK", "JOD", "JPY", "KMF", "KRW", "KWD", "LYD",
        "MGA", "MRU", "OMR", "PYG", "RWF", "TND", "UGX", "UYI", "UYW", "VND", "VUV", "XAF", "XOF", "XPF",
    }
)  # fmt: skip
"""Currencies of ISO 4217 whose minor unit is not a hundredth."""
CURRENCY: Final = re.compile(r"[A-Z]{3}")


def check(new: NewTenant) -> None:
    if not SLUG.fullmatch(new.slug):
        raise BadInputError(
            f"The slug {new.slug!r} is not 3 to 40 characters of a-z, 0-9 and -, beginning with a letter.",
            path=("slug",),
        )
    if not CURRENCY.fullmatch(new.currency):
        raise BadInputError(f"The currency {new.currency!r} is not a code of three letters.", path=("currency",))
    if new.currency in OTHER_DECIMALS:
        raise BadInputError(
            f"Amounts in {new.currency} do not have two decimals, which is all that can be shown yet.",
            path=("currency",),
        )
    try:
        ZoneInfo(new.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInputError(f"There is no time zone {new.time_zone!r}.", path=("timeZone",)) from error


async def insert_tenant(session: AsyncSession, tenant_id: UUID, new: NewTenant, now: datetime) -> None:
    """The directory entry and the profile; `session` is bound to the id that the tenant will have."""
    check(new)
    if not await repository.insert_directory_entry(session, tenant_id, new.slug):
        raise ConflictError(f"There is a tenant {new.slug} already.", path=("slug",))
    await repository.insert_profile(session, tenant_id, new, now)
    await insert_journey(session, tenant_id, STAGES, RULES)


async def create_tenant(
    database: Database,
    slug: str,
    admin_name: str,
    now: datetime,
    *,
    name: str | None = None,
    time_zone: str = "UTC",
    currency: str = "USD",
) -> CreatedTenant:
    """A tenant and its first admin, who enters by the one-time link."""
    new = NewTenant(slug, name or slug, time_zone, currency)
    if not 1 <= len(admin_name.strip()) <= MAXIMUM_NAME:
        raise BadInputError(f"The admin's name has 1 to {MAXIMUM_NAME} characters.", path=("admin",))
    tenant_id = new_id()
    async with database.unit_of_work(tenant_id) as session:
        await insert_tenant(session, tenant_id, new, now)
        token = await create_account_with_link(session, tenant_id, NewAccount(admin_name, admin_name, Role.ADMIN), now)
        await insert_entry(session, tenant_id, at=now, actor="operator", action="tenant.create")
    return CreatedTenant(tenant_id, token)

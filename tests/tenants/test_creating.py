"""A tenant is made whole or not at all."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from api.errors import BadInputError, ConflictError
from api.tenants.repository import find_tenant_id
from api.tenants.service import create_tenant
from models import TenantProfile
from models.base import table
from models.database import Database
from tests.support.world import NOW


async def test_a_taken_slug_is_a_conflict(database: Database) -> None:
    await create_tenant(database, "acme", "ada", NOW)
    with pytest.raises(ConflictError, match="There is a tenant acme already"):
        await create_tenant(database, "acme", "eve", NOW)


async def test_a_creation_that_breaks_off_leaves_the_slug_free(database: Database) -> None:
    with pytest.raises(SQLAlchemyError):
        await create_tenant(database, "acme", "ada", None)  # type: ignore[arg-type]
    assert await find_tenant_id(database, "acme") is None
    await create_tenant(database, "acme", "ada", NOW)


async def test_name_zone_and_currency_are_the_tenants_own(database: Database) -> None:
    created = await create_tenant(
        database, "acme", "ada", NOW, name="Acme Ltd", time_zone="Europe/London", currency="GBP"
    )
    profile = table(TenantProfile)
    async with database.reading(created.tenant_id) as snapshot:
        row = await snapshot.first(select(profile.c.name, profile.c.time_zone, profile.c.currency))
    assert row is not None
    assert tuple(row) == ("Acme Ltd", "Europe/London", "GBP")


@pytest.mark.parametrize(
    ("field", "value"),
    [("slug", "A"), ("slug", "a b"), ("time_zone", "Mars/Base"), ("currency", "pounds"), ("currency", "KWD")],
)
async def test_faulty_ones_are_refused(database: Database, field: str, value: str) -> None:
    given = {"slug": "acme", "time_zone": "UTC", "currency": "USD"} | {field: value}
    slug = given.pop("slug")
    with pytest.raises(BadInputError):
        await create_tenant(database, slug, "ada", NOW, **given)

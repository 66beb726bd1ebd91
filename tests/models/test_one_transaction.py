"""Several units of work as one change: each is undone alone, all of them together, and none is another tenant's."""

from contextlib import suppress

import pytest
from sqlalchemy import text

from models.database import Database, NoTenantError
from models.one_transaction import OneTransaction
from tests.support.world import TestTenant

RENAME = text("UPDATE tenant_profile SET name = :name")
NAME = text("SELECT name FROM tenant_profile")


async def test_what_fails_is_undone_alone_and_the_rest_is_read_before_it_is_committed(
    database: Database, acme: TestTenant
) -> None:
    async with database.unit_of_work(acme.id) as outer:
        before = (await outer.execute(NAME)).scalar_one()
    async with database.unit_of_work(acme.id) as outer:
        within = OneTransaction(outer)
        async with within.turn(acme.id), within.unit_of_work(acme.id) as session:
            await session.execute(RENAME, {"name": "first"})
        with suppress(ZeroDivisionError):
            async with within.unit_of_work(acme.id) as session:
                await session.execute(RENAME, {"name": "second"})
                raise ZeroDivisionError
        async with within.reading(acme.id) as snapshot:
            assert await snapshot.scalar(NAME) == "first"
        async with database.reading(acme.id) as elsewhere:
            assert await elsewhere.scalar(NAME) == before
    async with database.reading(acme.id) as elsewhere:
        assert await elsewhere.scalar(NAME) == "first"


async def test_another_tenant_has_no_part_in_it(database: Database, acme: TestTenant, globex: TestTenant) -> None:
    async with database.unit_of_work(acme.id) as outer:
        within = OneTransaction(outer)
        with pytest.raises(NoTenantError):
            within.snapshot(globex.id)
        with pytest.raises(NoTenantError):
            async with within.unit_of_work(globex.id):
                pass
        with pytest.raises(NoTenantError):
            async with within.turn(globex.id):
                pass
        with pytest.raises(NoTenantError):
            async with within.directory():
                pass

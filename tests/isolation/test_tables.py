"""In no table can the application see or change a row of another tenant, and without a tenant it can do nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from models.database import Database, NoTenantError, TenantSession
from tests.isolation.conftest import TwoWorlds
from tests.isolation.probes import UNBOUND, faults
from tests.support import services
from tests.support.world import TestTenant

BOUND = text("SELECT nullif(current_setting('app.tenant_id', true), '')")


@pytest.fixture
async def single(database_name: str) -> AsyncIterator[Database]:
    """One connection for everybody, one after the other: what is left on it would show."""
    database = Database.connect(services.application_url(database_name), pool_size=1)
    yield database
    await database.close()


@pytest.fixture
async def powerful(database_name: str) -> AsyncIterator[Database]:
    database = Database.connect(services.admin_url(database_name), pool_size=1)
    yield database
    await database.close()


async def test_no_table_lets_a_tenant_past_its_rows_and_the_probes_notice_when_one_does(
    single: Database, powerful: Database, two_worlds: TwoWorlds
) -> None:
    acme, globex = two_worlds
    assert await faults(single, acme.id, globex.id) == []

    as_superuser = await faults(powerful, acme.id, globex.id)
    assert "customer: rows of another tenant are seen" in as_superuser
    assert "customer: select without a tenant: succeeds" in as_superuser

    holes = {
        "ALTER POLICY tenant_bound ON message USING (true)": (
            "ALTER POLICY tenant_bound ON message USING (tenant_id = (select app.tenant_id()))",
            "message: rows of another tenant are seen",
        ),
        "ALTER POLICY tenant_bound ON event WITH CHECK (true)": (
            "ALTER POLICY tenant_bound ON event WITH CHECK (tenant_id = (select app.tenant_id()))",
            "event: insert for another tenant:",
        ),
        "ALTER TABLE setup_link DISABLE ROW LEVEL SECURITY": (
            "ALTER TABLE setup_link ENABLE ROW LEVEL SECURITY",
            "setup_link: select without a tenant: succeeds",
        ),
        "ALTER FUNCTION app.tenant_id() IMMUTABLE": (
            "ALTER FUNCTION app.tenant_id() STABLE",
            "rows of another tenant are seen",
        ),
    }
    for hole, (mended, fault) in holes.items():
        await _as_admin(powerful, hole)
        found = await faults(single, acme.id, globex.id)
        assert any(fault in line for line in found), (hole, found)
        await _as_admin(powerful, mended)
        await single.engine.dispose()
    assert await faults(single, acme.id, globex.id) == []


async def test_a_session_without_a_tenant_is_an_error_before_its_first_statement(single: Database) -> None:
    async with AsyncSession(single.engine, sync_session_class=TenantSession) as session:
        with pytest.raises(NoTenantError):
            await session.execute(text("SELECT 1"))
    with pytest.raises(NoTenantError):
        async with single.unit_of_work("acme") as session:  # type: ignore[arg-type]
            await session.execute(text("SELECT 1"))
    with pytest.raises(NoTenantError):
        async with single.reading(None) as snapshot:  # type: ignore[arg-type]
            await snapshot.rows(text("SELECT 1"))


async def test_the_directory_shows_ids_and_slugs_and_no_tenants_rows(single: Database, two_worlds: TwoWorlds) -> None:
    async with single.directory() as session:
        slugs = (await session.execute(text("SELECT slug FROM tenant ORDER BY slug"))).scalars().all()
    assert slugs == ["acme", "globex"]
    with pytest.raises(DBAPIError, match=UNBOUND):
        async with single.directory() as session:
            await session.execute(text("SELECT * FROM tenant_profile"))
    for statement in ("DELETE FROM tenant", "UPDATE tenant SET slug = 'mine'"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with single.directory() as session:
                await session.execute(text(statement))


async def test_nothing_is_bound_to_a_connection_that_goes_back_to_the_pool(single: Database, acme: TestTenant) -> None:
    class GivenUpError(Exception):
        pass

    async def work() -> None:
        async with single.unit_of_work(acme.id) as session:
            assert (await session.execute(BOUND)).scalar_one() == str(acme.id)

    async def fail() -> None:
        async with single.unit_of_work(acme.id) as session:
            await session.execute(BOUND)
            raise GivenUpError

    async def hang(begun: asyncio.Event) -> None:
        async with single.reading(acme.id) as snapshot:
            assert await snapshot.scalar(BOUND) == str(acme.id)
            begun.set()
            await snapshot.rows(text("SELECT pg_sleep(60)"))

    await work()
    assert await _bound(single) is None
    with pytest.raises(GivenUpError):
        await fail()
    assert await _bound(single) is None
    begun = asyncio.Event()
    hanging = asyncio.create_task(hang(begun))
    await begun.wait()
    hanging.cancel()
    await asyncio.gather(hanging, return_exceptions=True)
    assert await _bound(single) is None


async def _bound(database: Database) -> str | None:
    async with database.engine.connect() as connection:
        bound: str | None = (await connection.execute(BOUND)).scalar_one()
        with pytest.raises(DBAPIError, match=UNBOUND):
            await connection.execute(text("SELECT count(*) FROM customer"))
    return bound


async def _as_admin(database: Database, statement: str) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text(statement))

"""Roles and database as `cip bootstrap` makes them, on a server of its own: roles belong to the whole server."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import pool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from api.embedded.postgres import EmbeddedPostgres
from models.bootstrap import BootstrapError, bootstrap, printed
from models.migrations import upgrade
from models.roles import (
    MissingRoleError,
    RolePlan,
    UnsafeDatabaseRoleError,
    check_database_role,
    check_jobs_role,
    plan_roles,
)
from models.urls import DatabaseUrlError, sqlalchemy_url

PASSWORD = 'it\'s a "pass\\word" @/'


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("bootstrap"), options={"fsync": "off"})
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
async def plan(postgres: EmbeddedPostgres) -> RolePlan:
    made = plan_roles(postgres.url("cip", "web", PASSWORD), postgres.url("cip", "migrator", "m"))
    await bootstrap(postgres.url(), made)
    return made


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(sqlalchemy_url(url), poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def fault_of(url: str, *before: str) -> str | None:
    async with connected(url) as connection:
        for statement in before:
            await connection.execute(text(statement))
        try:
            await check_database_role(connection)
        except UnsafeDatabaseRoleError as fault:
            return str(fault)
    return None


async def test_repeating_it_changes_nothing_but_the_passwords(postgres: EmbeddedPostgres, plan: RolePlan) -> None:
    await bootstrap(postgres.url(), plan)
    await bootstrap(postgres.url(), plan_roles(postgres.url("cip", "web", "new"), postgres.url("cip", "migrator", "m")))
    assert await fault_of(postgres.url("cip", "web", "new")) is None
    with pytest.raises(Exception, match="password authentication failed"):
        await fault_of(postgres.url("cip", "web", PASSWORD))


async def test_the_application_owns_nothing_and_may_make_nothing(postgres: EmbeddedPostgres, plan: RolePlan) -> None:
    url = postgres.url("cip", "web", PASSWORD)
    assert await fault_of(url) is None
    for forbidden in ("CREATE TABLE t ()", "CREATE SCHEMA s", "CREATE TEMP TABLE t ()", "SET ROLE cip_owner"):
        async with connected(url) as connection:
            with pytest.raises(DBAPIError, match="permission denied"):
                await connection.execute(text(forbidden))


async def test_the_application_may_become_the_jobs_role_and_does_not_inherit_it(
    postgres: EmbeddedPostgres, plan: RolePlan
) -> None:
    async with connected(postgres.url("cip")) as admin:
        await admin.execute(text("CREATE SCHEMA engine AUTHORIZATION cip_jobs"))
        await admin.execute(text("CREATE TABLE engine.entry AS SELECT 1 AS id"))
        await admin.execute(text("ALTER TABLE engine.entry OWNER TO cip_jobs"))
        await admin.commit()
    url = postgres.url("cip", "web", PASSWORD)
    try:
        async with connected(url) as connection:
            await check_jobs_role(connection)
            with pytest.raises(DBAPIError, match="permission denied for schema engine"):
                await connection.execute(text("SELECT * FROM engine.entry"))
        async with connected(url) as connection:
            await connection.execute(text("SET ROLE cip_jobs"))
            assert (await connection.execute(text("SELECT id FROM engine.entry"))).scalar_one() == 1
    finally:
        async with connected(postgres.url("cip")) as admin:
            await admin.execute(text("DROP SCHEMA engine CASCADE"))
            await admin.commit()


async def test_a_login_of_an_older_installation_is_told_what_to_do(postgres: EmbeddedPostgres, plan: RolePlan) -> None:
    async with connected(postgres.url("cip")) as admin:
        await admin.execute(text("REVOKE cip_jobs_door FROM web"))
        await admin.commit()
    async with connected(postgres.url("cip", "web", PASSWORD)) as connection:
        with pytest.raises(MissingRoleError, match="cip_jobs is missing or not granted: run `cip bootstrap` again"):
            await check_jobs_role(connection)
    await bootstrap(postgres.url(), plan)
    async with connected(postgres.url("cip", "web", PASSWORD)) as connection:
        await check_jobs_role(connection)


async def test_a_migration_without_the_jobs_role_says_so_and_changes_nothing(
    postgres: EmbeddedPostgres, plan: RolePlan
) -> None:
    """As on an installation whose roles are older than its code; afterwards it does both."""
    async with connected(postgres.url("cip")) as admin:
        await admin.execute(text("DROP ROLE cip_jobs_door, cip_jobs"))
        await admin.commit()
    migrator = postgres.url("cip", "migrator", "m")
    with pytest.raises(MissingRoleError, match="run `cip bootstrap` again, then `cip migrate`"):
        await upgrade(migrator)
    async with connected(migrator) as connection:
        assert (await connection.execute(text("SELECT to_regclass('public.tenant')"))).scalar() is None
    await bootstrap(postgres.url(), plan)
    await upgrade(migrator)


async def test_the_migrator_makes_tables_as_the_owner(postgres: EmbeddedPostgres, plan: RolePlan) -> None:
    async with connected(postgres.url("cip", "migrator", "m")) as connection:
        await connection.execute(text("SET ROLE cip_owner"))
        await connection.execute(text("CREATE TABLE made ()"))
        owner = await connection.execute(text("SELECT tableowner FROM pg_tables WHERE tablename = 'made'"))
        assert owner.scalar_one() == "cip_owner"


async def test_other_logins_cannot_connect(postgres: EmbeddedPostgres, plan: RolePlan) -> None:
    async with connected(postgres.url()) as admin:
        await admin.execute(text("DROP ROLE IF EXISTS stranger"))
        await admin.execute(text("CREATE ROLE stranger LOGIN PASSWORD 's'"))
        await admin.commit()
    with pytest.raises(Exception, match='permission denied for database "cip"'):
        await fault_of(postgres.url("cip", "stranger", "s"))


@pytest.mark.parametrize(
    ("attributes", "fault"),
    [
        ("SUPERUSER", "is a superuser"),
        ("BYPASSRLS", "has BYPASSRLS, itself or through risky"),
        ("CREATEROLE", "has CREATEROLE, itself or through risky"),
        ("IN ROLE cip_owner", "owns the database, itself or through cip_owner"),
        ("NOINHERIT IN ROLE cip_owner", "owns the database, itself or through cip_owner"),
        ("IN ROLE powerful", "is a member of the superuser powerful"),
    ],
)
async def test_a_role_that_row_level_security_does_not_bind_is_refused(
    postgres: EmbeddedPostgres, plan: RolePlan, attributes: str, fault: str
) -> None:
    async with connected(postgres.url("cip")) as admin:
        for statement in (
            "DROP ROLE IF EXISTS risky, powerful",
            "CREATE ROLE powerful SUPERUSER",
            f"CREATE ROLE risky LOGIN PASSWORD 'r' {attributes}",
            "GRANT cip_application TO risky",
            "GRANT CONNECT ON DATABASE cip TO risky",
        ):
            await admin.execute(text(statement))
        await admin.commit()
    found = await fault_of(postgres.url("cip", "risky", "r"))
    assert found == f"DATABASE_URL: the login risky {fault}; use the application role of `cip bootstrap`"
    async with connected(postgres.url("cip")) as admin:
        await admin.execute(text("DROP OWNED BY risky"))
        await admin.execute(text("DROP ROLE risky, powerful"))
        await admin.commit()


async def test_an_owner_of_a_table_is_refused(postgres: EmbeddedPostgres, plan: RolePlan) -> None:
    async with connected(postgres.url("cip")) as admin:
        await admin.execute(text("CREATE TABLE public.mine ()"))
        await admin.execute(text("ALTER TABLE mine OWNER TO web"))
        await admin.commit()
    try:
        found = await fault_of(postgres.url("cip", "web", PASSWORD))
        assert found is not None
        assert "owns the table mine, itself or through web" in found
    finally:
        async with connected(postgres.url("cip")) as admin:
            await admin.execute(text("DROP TABLE mine"))
            await admin.commit()


async def test_a_superuser_does_not_hide_behind_set_role(postgres: EmbeddedPostgres, plan: RolePlan) -> None:
    found = await fault_of(postgres.url("cip"), "SET ROLE web")
    assert found is not None
    assert "the login postgres is a superuser" in found


async def test_a_powerful_role_is_not_quietly_weakened(postgres: EmbeddedPostgres) -> None:
    wrong = plan_roles(postgres.url("cip", "postgres", "x"), postgres.url("cip", "migrator", "m"))
    with pytest.raises(BootstrapError, match=r"^the role postgres exists and has more rights than it may"):
        await bootstrap(postgres.url(), wrong)


def test_the_printed_script_shows_no_password() -> None:
    script = printed(plan_roles("postgresql://web:hush1@db/cip", "postgresql://migrator:hush2@db/cip"))
    assert "hush" not in script
    assert script.count("PASSWORD '********'") == 2
    assert 'CREATE DATABASE "cip" OWNER "cip_owner"' in script


@pytest.mark.parametrize(
    ("migration_url", "fault"),
    [
        ("postgresql://web@db/cip", "needs two different logins"),
        ("postgresql://cip_owner@db/cip", "needs two different logins"),
        ("postgresql://cip_application@db/cip", "needs two different logins"),
        ("postgresql://cip_jobs@db/cip", "needs two different logins"),
        ("postgresql://migrator@db/other", "different databases"),
        ("postgresql://migrator@other/cip", "different databases"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(migration_url: str, fault: str) -> None:
    with pytest.raises(DatabaseUrlError, match=fault):
        plan_roles("postgresql://web@db/cip", migration_url)

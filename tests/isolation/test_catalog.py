"""The catalog of the migrated database is what models.tenancy says, and whatever departs from it is found."""

import os

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

import models  # noqa: F401  (fills the metadata)
from models.database import Database
from models.roles import UnsafeDatabaseRoleError, check_database_role
from models.urls import asyncpg_url, with_database
from tests.isolation.catalog import faults, faults_of
from tests.support import services

HOLES = {
    "a policy dropped": ("DROP POLICY tenant_bound ON customer", "('customer', 'tenant_bound')"),
    "a permissive policy added": (
        "CREATE POLICY handy ON event FOR SELECT TO cip_application USING (true)",
        "('event', 'handy')",
    ),
    "a policy widened": (
        "ALTER POLICY tenant_bound ON event USING (tenant_id = (select app.tenant_id()) OR source = 'api')",
        "('event', 'tenant_bound')",
    ),
    "row-level security disabled": (
        "ALTER TABLE message DISABLE ROW LEVEL SECURITY",
        "message: row-level security is off",
    ),
    "row-level security not forced": (
        "ALTER TABLE message NO FORCE ROW LEVEL SECURITY",
        "message: row-level security is not forced",
    ),
    "the function immutable": ("ALTER FUNCTION app.tenant_id() IMMUTABLE", "app.tenant_id: is not STABLE"),
    "the function with its owner's rights": (
        "ALTER FUNCTION app.tenant_id() SECURITY DEFINER",
        "app.tenant_id: is SECURITY DEFINER",
    ),
    "the function without its refusal": (
        "CREATE OR REPLACE FUNCTION app.tenant_id() RETURNS uuid LANGUAGE sql STABLE AS "
        "$$SELECT nullif(current_setting('app.tenant_id', true), '')::uuid$$",
        "app.tenant_id: its body is not the one in models",
    ),
    "the door to the engine without its owner's rights": (
        "ALTER FUNCTION app.enqueue(text, uuid) SECURITY INVOKER",
        "app.enqueue: is not SECURITY DEFINER",
    ),
    "the door to the engine looking elsewhere": (
        "ALTER FUNCTION app.enqueue(text, uuid) RESET search_path",
        "app.enqueue: does not look in its own schema alone",
    ),
    "the door to the engine with a tenant of the caller's choice": (
        "CREATE OR REPLACE FUNCTION app.enqueue(kind text, job_id uuid) RETURNS void LANGUAGE sql SECURITY DEFINER "
        "SET search_path = jobs, pg_temp AS 'SELECT NULL::void'",
        "app.enqueue: its body is not the one in models",
    ),
    "the door to the engine open to everybody": (
        "GRANT EXECUTE ON FUNCTION app.enqueue(text, uuid) TO PUBLIC",
        "execution ('app.enqueue', 'PUBLIC'): is on no list",
    ),
    "the engine open to the application": (
        "GRANT USAGE ON SCHEMA jobs TO cip_application; GRANT SELECT ON jobs.procrastinate_jobs TO cip_application",
        "grant ('procrastinate_jobs', '', 'cip_application', 'SELECT', False): is on no list",
    ),
    "jobs made by the worker": (
        "GRANT INSERT ON jobs.procrastinate_jobs TO cip_jobs",
        "grant ('procrastinate_jobs', '', 'cip_jobs', 'INSERT', False): is on no list",
    ),
    "the worker's role with rights on a tenant table": (
        "GRANT SELECT ON event TO cip_jobs",
        "grant ('event', '', 'cip_jobs', 'SELECT', False): is on no list",
    ),
    "a function of the engine with its owner's rights": (
        "ALTER FUNCTION jobs.procrastinate_register_worker_v1() SECURITY DEFINER",
        "jobs.procrastinate_register_worker_v1: is SECURITY DEFINER",
    ),
    "a table of ours in the engine's schema": ("CREATE TABLE jobs.note (body text)", "jobs.note: a table on no list"),
    "the engine's role inherited": ("ALTER ROLE cip_jobs_door INHERIT; GRANT cip_jobs TO cip_web", "logins inherit"),
    "another function": ("CREATE FUNCTION app.peek() RETURNS int LANGUAGE sql AS 'SELECT 1'", "app.peek"),
    "a new table without policies": (
        "CREATE TABLE note (tenant_id uuid, body text)",
        "public.note: a table on no list",
    ),
    "a partition": (
        "CREATE TABLE note (tenant_id uuid) PARTITION BY LIST (tenant_id); "
        "CREATE TABLE note_rest PARTITION OF note DEFAULT",
        "public.note_rest: a table on no list",
    ),
    "a table in a schema of its own": ("CREATE SCHEMA side; CREATE TABLE side.note (body text)", "side.note"),
    "a view with its owner's rights": ("CREATE VIEW everybody AS SELECT * FROM customer", "everybody: a view"),
    "a materialized view": (
        "CREATE MATERIALIZED VIEW everybody AS SELECT 1 AS one",
        "everybody: there is to be no materialized view",
    ),
    "a sequence": ("CREATE SEQUENCE counter", "counter: there is to be no sequence"),
    "truncate granted": (
        "GRANT TRUNCATE ON event TO cip_application",
        "grant ('event', '', 'cip_application', 'TRUNCATE', False): is on no list",
    ),
    "a grant to everybody": (
        "GRANT SELECT ON event TO PUBLIC",
        "grant ('event', '', 'PUBLIC', 'SELECT', False): is on no list",
    ),
    "a column granted": (
        "GRANT UPDATE (slug) ON tenant TO cip_application",
        "grant ('tenant', 'slug', 'cip_application', 'UPDATE', False): is on no list",
    ),
    "a grant taken away": (
        "REVOKE INSERT ON audit_entry FROM cip_application",
        "grant ('audit_entry', '', 'cip_application', 'INSERT', False): is missing",
    ),
    "audit entries made changeable": (
        "GRANT DELETE ON audit_entry TO cip_application",
        "grant ('audit_entry', '', 'cip_application', 'DELETE', False): is on no list",
    ),
    "the schema opened": (
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        "schema grant ('public', 'PUBLIC', 'CREATE'): is on no list",
    ),
    "privileges by default": (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO cip_application",
        "1 default privileges are set",
    ),
    "another owner": ("ALTER TABLE event OWNER TO cip_application", "event: owned by cip_application"),
    "a global unique constraint": (
        "CREATE UNIQUE INDEX one_mail ON customer (email)",
        "one_mail: is not led by tenant_id",
    ),
    "a foreign key across tenants": (
        "CREATE UNIQUE INDEX by_id ON customer (id); "
        "ALTER TABLE event ADD CONSTRAINT loose FOREIGN KEY (customer_id) REFERENCES customer (id)",
        "loose: is not led by tenant_id",
    ),
    "a rule": (
        "CREATE RULE copy AS ON INSERT TO event DO ALSO DELETE FROM replay",
        "event: has the rule copy",
    ),
}


def _admin_url(name: str) -> str:
    return asyncpg_url(with_database(os.environ[services.ADMIN_VARIABLE], name))


async def test_the_migrated_database_has_no_fault(database_name: str) -> None:
    assert await faults_of(_admin_url(database_name)) == []


async def test_each_hole_is_found_and_named(database_name: str) -> None:
    """Each is made in a transaction that is rolled back, so that one clone does for all."""
    connection = await asyncpg.connect(_admin_url(database_name))
    unseen: dict[str, list[str]] = {}
    try:
        for hole, (statement, fault) in HOLES.items():
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(statement)
            found = await faults(connection)
            await transaction.rollback()
            if not any(fault in line for line in found):
                unseen[hole] = found
        assert unseen == {}
        assert await faults(connection) == []
    finally:
        await connection.close()


async def test_the_models_are_what_the_migrations_make(database_name: str) -> None:
    engine = create_async_engine(services.admin_url(database_name))

    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), SQLModel.metadata))

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_the_application_login_may_serve_and_a_superuser_may_not(database: Database, database_name: str) -> None:
    async with database.engine.connect() as connection:
        await check_database_role(connection)
    powerful = Database.connect(services.admin_url(database_name), pool_size=1)
    try:
        async with powerful.engine.connect() as connection:
            with pytest.raises(UnsafeDatabaseRoleError, match="is a superuser"):
                await check_database_role(connection)
    finally:
        await powerful.close()

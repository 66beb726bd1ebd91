"""The database roles: an owner nobody logs in as, with the migrator as its member; a group that owns nothing, with the
application as its member; and the job engine's role, which the application's login may become but does not inherit.

Row-level security binds neither superusers nor (without FORCE) owners, so the server refuses to run as such.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.quoting import identifier, literal
from models.tenancy import APPLICATION_ROLE
from models.urls import DatabaseUrlError, database_of, password_of, server_of, user_of

OWNER = "cip_owner"
JOBS_ROLE = "cip_jobs"
"""Has rights on the job engine's schema alone. The worker's connections to the engine SET ROLE to it."""
JOBS_DOOR = "cip_jobs_door"
"""Stands between the login and JOBS_ROLE: it inherits nothing, so neither does the login. (PostgreSQL 15 knows no
GRANT … WITH INHERIT FALSE.)"""
GROUPS = (OWNER, APPLICATION_ROLE, JOBS_ROLE, JOBS_DOOR)


class UnsafeDatabaseRoleError(Exception):
    """The login may do more than row-level security allows for; the message is one line for a person."""


class MissingRoleError(Exception):
    """The installation's roles are older than its code; the message is one line for a person."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the role {name} is missing or not granted: run `cip bootstrap` again, then `cip migrate`")


@dataclass(frozen=True)
class Login:
    name: str
    password: str | None


@dataclass(frozen=True)
class RolePlan:
    database: str
    application: Login
    migrator: Login


def plan_roles(database_url: str, migration_url: str) -> RolePlan:
    application = Login(user_of(database_url), password_of(database_url))
    migrator = Login(user_of(migration_url), password_of(migration_url))
    if application.name == migrator.name or {application.name, migrator.name} & set(GROUPS):
        raise DatabaseUrlError(
            f"needs two different logins for application and migration, none of them {', '.join(GROUPS)}"
        )
    here, there = (
        (*server_of(database_url), database_of(database_url)),
        (*server_of(migration_url), database_of(migration_url)),
    )
    if here != there:
        raise DatabaseUrlError("and the migration URL name different databases")
    return RolePlan(here[2], application, migrator)


def server_statements(plan: RolePlan, verifiers: dict[str, str]) -> list[str]:
    """For any database of the server; `verifiers` holds what to store as password, by login name."""
    owner = identifier(OWNER)
    statements = [
        *map(_create_role, GROUPS),
        f"ALTER ROLE {identifier(JOBS_DOOR)} NOINHERIT",
        f"GRANT {identifier(JOBS_ROLE)} TO {identifier(JOBS_DOOR)}",
    ]
    for login, group in ((plan.migrator, OWNER), (plan.application, APPLICATION_ROLE)):
        password = f" PASSWORD {literal(verifiers[login.name])}" if login.name in verifiers else ""
        statements += [
            _create_role(login.name),
            f"ALTER ROLE {identifier(login.name)} LOGIN INHERIT{password}",
            f"GRANT {identifier(group)} TO {identifier(login.name)}",
        ]
    statements.append(f"GRANT {identifier(JOBS_DOOR)} TO {identifier(plan.application.name)}")
    # An administrator who is no superuser (managed servers) may give a database only to a role he belongs to.
    statements.append(
        _when("NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)", f"GRANT {owner} TO CURRENT_USER")
    )
    return statements


def create_database_statement(plan: RolePlan) -> str:
    """Outside a transaction, and only when the database is not there."""
    return f"CREATE DATABASE {identifier(plan.database)} OWNER {identifier(OWNER)} TEMPLATE template0 ENCODING 'UTF8'"


def database_statements(plan: RolePlan) -> list[str]:
    """For the database itself."""
    database = identifier(plan.database)
    migrator, application = identifier(plan.migrator.name), identifier(plan.application.name)
    return [
        f"ALTER DATABASE {database} OWNER TO {identifier(OWNER)}",
        f"REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {database} TO {migrator}, {application}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {identifier(APPLICATION_ROLE)}",
    ]


def _create_role(name: str) -> str:
    missing = f"NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal(name)})"
    restrictions = "NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    return _when(missing, f"CREATE ROLE {identifier(name)} {restrictions}")


def _when(condition: str, statement: str) -> str:
    body = f"BEGIN IF {condition} THEN {statement}; END IF; END"
    return f"DO {literal(body)}"


FORBIDDEN_FOR_APPLICATION = text(
    """
    WITH login AS (
        SELECT role.* FROM pg_roles AS role
        WHERE pg_has_role(session_user, role.oid, 'MEMBER') OR pg_has_role(current_user, role.oid, 'MEMBER')
    )
    SELECT fault FROM (
        SELECT 1, 'is a superuser' AS fault FROM pg_roles
            WHERE rolsuper AND rolname IN (session_user, current_user)
        UNION ALL SELECT 2, 'is a member of the superuser ' || rolname FROM login WHERE rolsuper
        UNION ALL SELECT 3, 'has BYPASSRLS, itself or through ' || rolname FROM login WHERE rolbypassrls
        UNION ALL SELECT 4, 'has CREATEROLE, itself or through ' || rolname FROM login WHERE rolcreaterole
        UNION ALL SELECT 5, 'owns the database, itself or through ' || login.rolname
            FROM login JOIN pg_database ON datdba = login.oid WHERE datname = current_database()
        UNION ALL SELECT 6, 'owns the table ' || relname || ', itself or through ' || login.rolname
            FROM login JOIN pg_class ON relowner = login.oid JOIN pg_namespace AS space ON space.oid = relnamespace
            WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relpersistence <> 't'
            AND nspname NOT IN ('pg_catalog', 'information_schema')
    ) AS faults (rank, fault) ORDER BY rank, fault LIMIT 1
    """
)


async def check_database_role(connection: AsyncConnection) -> None:
    """Raises unless the login can neither switch off nor go around row-level security."""
    fault = (await connection.execute(FORBIDDEN_FOR_APPLICATION)).scalar_one_or_none()
    if fault is not None:
        name = (await connection.execute(text("SELECT session_user"))).scalar_one()
        raise UnsafeDatabaseRoleError(
            f"DATABASE_URL: the login {name} {fault}; use the application role of `cip bootstrap`"
        )


async def check_jobs_role(connection: AsyncConnection) -> None:
    """Raises unless the login may become the job engine's role."""
    exists = text("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :name)")
    member = text("SELECT pg_has_role(session_user, CAST(:name AS name), 'MEMBER')")
    name = {"name": JOBS_ROLE}
    if not (await connection.execute(exists, name)).scalar() or not (await connection.execute(member, name)).scalar():
        raise MissingRoleError(JOBS_ROLE)

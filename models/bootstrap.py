"""Carries out the plan of roles.py with an administrator's connection; safe to repeat."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import pool, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from models.roles import GROUPS, Login, RolePlan, create_database_statement, database_statements, server_statements
from models.scram import verifier
from models.urls import sqlalchemy_url, with_database

MASKED = "********"
SALT_BYTES = 16


class BootstrapError(Exception):
    """The message is one line for a person."""


async def bootstrap(admin_url: str, plan: RolePlan) -> None:
    async with _connect(admin_url) as server:
        await _refuse_powerful_logins(server, plan)
        async with server.begin():
            for statement in server_statements(plan, _verifiers(plan)):
                await server.exec_driver_sql(statement)
        await _create_database(server, plan)
    async with _connect(with_database(admin_url, plan.database)) as database, database.begin():
        for statement in database_statements(plan):
            await database.exec_driver_sql(statement)


def printed(plan: RolePlan) -> str:
    """The same as a script for psql, with the passwords masked."""
    masked = {login.name: MASKED for login in _with_password(plan)}
    create_database = create_database_statement(plan).replace("'", "''")
    exists = f"SELECT FROM pg_database WHERE datname = '{plan.database.replace(chr(39), chr(39) * 2)}'"
    connect = '\\connect "{}"'.format(plan.database.replace('"', '""'))
    return "\n".join(
        [
            f"-- For psql. {MASKED} stands for the passwords of the URLs.",
            *(f"{statement};" for statement in server_statements(plan, masked)),
            f"SELECT '{create_database}' WHERE NOT EXISTS ({exists}) \\gexec",
            connect,
            *(f"{statement};" for statement in database_statements(plan)),
        ]
    )


def _with_password(plan: RolePlan) -> list[Login]:
    return [login for login in (plan.migrator, plan.application) if login.password]


def _verifiers(plan: RolePlan) -> dict[str, str]:
    return {login.name: verifier(login.password or "", os.urandom(SALT_BYTES)) for login in _with_password(plan)}


@asynccontextmanager
async def _connect(url: str) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(sqlalchemy_url(url), poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def _create_database(server: AsyncConnection, plan: RolePlan) -> None:
    exists = text("SELECT true FROM pg_database WHERE datname = :name")
    async with server.begin():
        if (await server.execute(exists, {"name": plan.database})).scalar():
            return
    outside = await server.execution_options(isolation_level="AUTOCOMMIT")
    await outside.exec_driver_sql(create_database_statement(plan))


async def _refuse_powerful_logins(server: AsyncConnection, plan: RolePlan) -> None:
    # Quietly weakening a login that something else relies on would be worse than stopping.
    query = text(
        """
        SELECT rolname FROM pg_roles
        WHERE rolname = ANY(:names) AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb) LIMIT 1
        """
    )
    async with server.begin():
        names = [*GROUPS, plan.migrator.name, plan.application.name]
        found = (await server.execute(query, {"names": names})).scalar_one_or_none()
    if found is not None:
        raise BootstrapError(f"the role {found} exists and has more rights than it may; name another one in the URLs")

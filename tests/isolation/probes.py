"""Tries to get past the tenant in every table, as the application would, and reports where that worked."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import SQLModel

from models.database import Database
from models.tenancy import TENANT_TABLES

UNBOUND: Final = "no tenant is bound to this transaction"
REFUSED: Final = "new row violates row-level security policy"
DENIED: Final = "permission denied for table"
CHILDREN_FIRST: Final = [
    table.name for table in reversed(SQLModel.metadata.sorted_tables) if table.name in TENANT_TABLES
]
INSERT: Final = "INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, CAST(:row AS jsonb))"


async def faults(database: Database, *tenants: UUID) -> list[str]:
    found: list[str] = []
    counts = {tenant: await _own_rows(database, tenant, found) for tenant in tenants}
    for tenant in tenants:
        for other in tenants:
            if other != tenant:
                found += await _writes(database, tenant, other, counts[tenant])
    # Once more the other way round: a statement prepared for one tenant must not answer another.
    for tenant in reversed(tenants):
        await _own_rows(database, tenant, found)
    return found + await _without_tenant(database, tenants[0])


async def _own_rows(database: Database, tenant: UUID, found: list[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table in TENANT_TABLES:
        async with database.unit_of_work(tenant) as session:
            owners = (await session.execute(text(f"SELECT tenant_id FROM {table}"))).scalars().all()
        counts[table] = sum(owner == tenant for owner in owners)
        if not counts[table]:
            found.append(f"{table}: no row of its own is seen")
        if set(owners) - {tenant}:
            found.append(f"{table}: rows of another tenant are seen")
    return counts


async def _writes(database: Database, tenant: UUID, other: UUID, counts: Mapping[str, int]) -> list[str]:
    found: list[str] = []
    foreign = {"tenant": str(other)}
    for table, granted in TENANT_TABLES.items():
        row = await _sample(database, tenant, table)
        smuggled = row.replace(str(tenant), str(other))
        message = await _refusal(database, tenant, INSERT.format(table=table), {"row": smuggled})
        found += _expect(REFUSED, message, f"{table}: insert for another tenant")
        message = await _refusal(database, tenant, f"UPDATE {table} SET tenant_id = CAST(:tenant AS uuid)", foreign)
        expected = REFUSED if "UPDATE" in granted else DENIED
        found += _expect(expected, message, f"{table}: give rows to another tenant")
        if "DELETE" not in granted:
            message = await _refusal(database, tenant, f"DELETE FROM {table}", {})
            found += _expect(DENIED, message, f"{table}: delete")
    return found + await _bare_writes(database, tenant, counts)


async def _bare_writes(database: Database, tenant: UUID, counts: Mapping[str, int]) -> list[str]:
    """Updates and deletions without a predicate, children before parents, all undone at the end."""
    found: list[str] = []
    statements = {"UPDATE": "UPDATE {table} SET tenant_id = tenant_id", "DELETE": "DELETE FROM {table}"}
    async with database.unit_of_work(tenant) as session:
        for verb, statement in statements.items():
            for table in CHILDREN_FIRST:
                if verb in TENANT_TABLES[table]:
                    touched = await _rows(session, statement.format(table=table))
                    if touched != str(counts[table]):
                        found.append(f"{table}: {verb.lower()} without a predicate: {touched}, not {counts[table]}")
        await session.rollback()
    return found


async def _without_tenant(database: Database, tenant: UUID) -> list[str]:
    found: list[str] = []
    for table, granted in TENANT_TABLES.items():
        statements = {
            "SELECT": f"SELECT * FROM {table}",
            "INSERT": INSERT.format(table=table),
            "UPDATE": f"UPDATE {table} SET tenant_id = tenant_id",
            "DELETE": f"DELETE FROM {table}",
        }
        row = await _sample(database, tenant, table)
        for verb in granted:
            parameters = {"row": row} if verb == "INSERT" else {}
            async with database.engine.connect() as connection:
                message = await _error(connection, statements[verb], parameters)
            found += _expect(UNBOUND, message, f"{table}: {verb.lower()} without a tenant")
    return found


async def _sample(database: Database, tenant: UUID, table: str) -> str:
    async with database.unit_of_work(tenant) as session:
        row = await session.execute(text(f"SELECT to_jsonb({table}.*)::text FROM {table} LIMIT 1"))
        return str(row.scalar_one())


async def _rows(session: AsyncSession, statement: str) -> str:
    """How many rows it touches, or what the database says against it."""
    try:
        async with session.begin_nested():
            counted = text(f"WITH done AS ({statement} RETURNING 1) SELECT count(*) FROM done")
            return str((await session.execute(counted)).scalar_one())
    except DBAPIError as error:
        return str(error.orig)


async def _refusal(database: Database, tenant: UUID, statement: str, parameters: Mapping[str, Any]) -> str:
    async with database.unit_of_work(tenant) as session:
        message = await _error(await session.connection(), statement, parameters)
        await session.rollback()
    return message


async def _error(connection: AsyncConnection, statement: str, parameters: Mapping[str, Any]) -> str:
    """What the database says against it; empty when it has nothing against it."""
    try:
        await connection.execute(text(statement), dict(parameters))
    except DBAPIError as error:
        return str(error.orig)
    return ""


def _expect(expected: str, message: str, what: str) -> list[str]:
    return [] if expected in message else [f"{what}: {message or 'succeeds'}"]

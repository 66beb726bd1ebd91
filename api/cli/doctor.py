import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from api.settings import Settings

REDIS_SECONDS = 2.0


@dataclass(frozen=True)
class Finding:
    subject: str
    ok: bool
    detail: str


def doctor() -> None:
    """Look over the installation: one line per subject, failing when one has a fault."""
    import asyncio

    findings = asyncio.run(_examine(os.environ))
    for finding in findings:
        print(f"{'ok   ' if finding.ok else 'fault'}  {finding.subject:<15}{finding.detail}")
    if not all(finding.ok for finding in findings):
        sys.exit(1)


async def _examine(env: Mapping[str, str]) -> list[Finding]:
    from api.settings import ConfigurationError, load_settings

    product = version("customer-intelligence-platform")
    findings = [Finding("versions", True, f"product {product}, Python {platform.python_version()}")]
    try:
        settings = load_settings(env)
    except ConfigurationError as error:
        return [*findings, *(Finding("configuration", False, fault) for fault in error.faults)]
    findings.append(Finding("configuration", True, f"environment {settings.environment}"))
    return [*findings, *await _examine_database(settings), await _examine_redis(settings)]


async def _examine_database(settings: "Settings") -> list[Finding]:
    from sqlalchemy import pool
    from sqlalchemy.ext.asyncio import create_async_engine

    from api.cli.database import readable_database_errors
    from api.cli.faults import CommandError

    engine = create_async_engine(settings.database_url, poolclass=pool.NullPool, connect_args={"timeout": 5})
    try:
        with readable_database_errors("DATABASE_URL"):
            async with engine.connect() as connection:
                answer = (await connection.exec_driver_sql("SHOW server_version")).scalar_one()
                reached = Finding("database", True, f"PostgreSQL {answer}")
                return [reached, await _role(connection), await _jobs_role(connection), *await _schema(connection)]
    except CommandError as error:
        return [Finding("database", False, str(error))]
    finally:
        await engine.dispose()


async def _role(connection: "AsyncConnection") -> Finding:
    from models.roles import UnsafeDatabaseRoleError, check_database_role

    try:
        await check_database_role(connection)
    except UnsafeDatabaseRoleError as error:
        return Finding("database role", False, str(error))
    return Finding("database role", True, "bound by row-level security")


async def _jobs_role(connection: "AsyncConnection") -> Finding:
    from models.roles import JOBS_ROLE, MissingRoleError, check_jobs_role

    try:
        await check_jobs_role(connection)
    except MissingRoleError as error:
        return Finding("jobs role", False, str(error))
    return Finding("jobs role", True, f"a worker may run jobs as {JOBS_ROLE}")


async def _schema(connection: "AsyncConnection") -> list[Finding]:
    from sqlalchemy import text

    from models.migrations import current_revision, head_revision
    from models.tenancy import TENANT_TABLES

    current, head = await current_revision(connection), head_revision()
    if current != head:
        return [Finding("migrations", False, f"the database is at {current}, the code at {head}: run `cip migrate`")]
    closed = text(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relrowsecurity AND relforcerowsecurity"
    )
    open_tables = sorted(set(TENANT_TABLES) - set((await connection.execute(closed)).scalars()))
    detail = f"missing on {', '.join(open_tables)}" if open_tables else f"forced on {len(TENANT_TABLES)} tables"
    return [
        Finding("migrations", True, f"at the newest revision, {head}"),
        Finding("row security", not open_tables, detail),
    ]


async def _examine_redis(settings: "Settings") -> Finding:
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    client = Redis.from_url(settings.redis_url, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS)
    try:
        return Finding("redis", True, f"answers as version {(await client.info('server'))['redis_version']}")
    except (RedisError, OSError) as error:
        return Finding("redis", False, f"REDIS_URL: {error}")
    finally:
        await client.aclose()

"""What Postgres says of itself, over all tenants: sizes, connections, statistics."""

import time
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import QueuePool

from api.system.contracts import Absent, PoolReport, PostgresReport, Reason, SlowStatement

TRIVIAL: Final = text("SELECT 1")
REPORT: Final = text(
    """
    SELECT current_setting('server_version'), pg_database_size(current_database()),
           numbackends, current_setting('max_connections')::int,
           blks_hit::float8 / nullif(blks_hit + blks_read, 0),
           (SELECT version_num FROM alembic_version),
           (SELECT extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'pg_stat_statements')
    FROM pg_stat_database WHERE datname = current_database()
    """
)
SLOW: Final = """
    SELECT query, calls, mean_exec_time, max_exec_time
    FROM {schema}.pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND query <> '<insufficient privilege>'
    ORDER BY mean_exec_time DESC LIMIT 10
    """
FIGURE: Final = "installation.slowStatements"
NOT_INSTALLED: Final = Absent(
    FIGURE, Reason.NOT_INSTALLED, "The extension pg_stat_statements is not installed in this database."
)
NOT_READABLE: Final = Absent(
    FIGURE, Reason.NOT_INSTALLED, "pg_stat_statements is installed, and the application's role cannot read it."
)


async def read_postgres(engine: AsyncEngine) -> PostgresReport:
    async with engine.connect() as connection:
        await connection.execute(TRIVIAL)  # begins the transaction, which is not what is measured
        begun = time.perf_counter()
        await connection.execute(TRIVIAL)
        latency = time.perf_counter() - begun
        version, size, connections, most, hits, migration, schema = (await connection.execute(REPORT)).one()
        slow = None if schema is None else await _slow(connection, schema)
    absent = None if slow is not None else NOT_INSTALLED if schema is None else NOT_READABLE
    return PostgresReport(latency, version, migration, size, connections, most, hits, slow, absent)


async def _slow(connection: AsyncConnection, schema: str) -> tuple[SlowStatement, ...] | None:
    """`schema` comes quoted from the catalog."""
    try:
        async with connection.begin_nested():
            rows = (await connection.execute(text(SLOW.format(schema=schema)))).all()
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return None
    return tuple(SlowStatement(" ".join(row[0].split()), *row[1:]) for row in rows)


def read_pool(engine: AsyncEngine) -> PoolReport:
    pool: Any = engine.pool
    assert isinstance(pool, QueuePool)
    # SQLAlchemy does not say how many wait; a test holds this against a pool that is used up.
    waiting = len(pool._pool._queue._getters)  # type: ignore[attr-defined]
    return PoolReport(pool.size(), pool.checkedout(), max(0, pool.overflow()), waiting)

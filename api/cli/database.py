"""Reaching the database from a command, with failures that read as one line."""

from collections.abc import Iterator
from contextlib import contextmanager

from api.cli.faults import CommandError


@contextmanager
def readable_database_errors(name: str) -> Iterator[None]:
    """`name` is the variable or option that holds the URL."""
    import asyncpg
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except DBAPIError as error:
        raise CommandError(f"{name}: {_first_line(error.orig or error)}") from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CommandError(f"{name}: {_first_line(error)}") from error


async def check_database(url: str) -> None:
    """Reachable, and under a role that row-level security binds."""
    from sqlalchemy import pool
    from sqlalchemy.ext.asyncio import create_async_engine

    from models.roles import check_database_role
    from models.urls import sqlalchemy_url

    engine = create_async_engine(sqlalchemy_url(url), poolclass=pool.NullPool, connect_args={"timeout": 5})
    try:
        with readable_database_errors("DATABASE_URL"):
            async with engine.connect() as connection:
                await check_database_role(connection)
    finally:
        await engine.dispose()


def _first_line(error: BaseException) -> str:
    text = str(error).strip().split("\n", maxsplit=1)[0]
    return text.rsplit(">: ", maxsplit=1)[-1] or type(error).__name__

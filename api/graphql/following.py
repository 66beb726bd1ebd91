"""Following one object to its end by looking at it: for work that any process may be doing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

from api.errors import NotFoundError
from models.database import Database, Snapshot, is_unreachable

R = TypeVar("R")
Load = Callable[[Snapshot, Sequence[UUID]], Awaitable[Sequence[R | None]]]


async def follow(
    database: Database,
    tenant_id: UUID,
    key: UUID,
    load: Load[R],
    *,
    is_over: Callable[[R], bool],
    missing: Callable[[], NotFoundError],
    seconds: float,
) -> AsyncIterator[R]:
    """The object as it is, then at each change. Holds no connection between two looks."""
    known: R | None = None
    while known is None or not is_over(known):
        record = await _look(database, tenant_id, key, load, patience=None if known is None else seconds)
        if record is None:
            raise missing()
        if record != known:
            known = record
            yield record
        if not is_over(record):
            await asyncio.sleep(seconds)


async def _look(database: Database, tenant_id: UUID, key: UUID, load: Load[R], *, patience: float | None) -> R | None:
    """Once it has told something, a subscription outlives a database that is away for a while."""
    while True:
        try:
            async with database.reading(tenant_id) as snapshot:
                [record] = await load(snapshot, [key])
        except Exception as error:
            if patience is None or not is_unreachable(error):
                raise
        else:
            return record
        await asyncio.sleep(patience)

"""Following an import to its end."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Final
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.errors import NotFoundError
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.permissions import subscription
from api.imports import repository
from api.imports.contracts import AT_WORK, ImportRecord
from api.imports.types import Import
from api.streams.feeds import Sharing
from models.database import Database, is_unreachable

LOOK_SECONDS: Final = 0.5


@strawberry.type
class ImportSubscription:
    @subscription(
        Permission.CUSTOMERS_CREATE,
        "The import as it is, then at each change; ends with the work on it.",
        Sharing.STATES,
    )
    async def import_updates(self, info: Info, id: strawberry.ID) -> AsyncGenerator[Import, None]:  # noqa: A002
        context = info.context
        key = key_of("Import", id)
        if key is None:
            raise NotFoundError("There is no such import.", path=("id",))
        async for record in follow(context.services.database, context.tenant_id, key):
            yield Import.of(record)


async def follow(database: Database, tenant_id: UUID, import_id: UUID) -> AsyncIterator[ImportRecord]:
    """Looks twice a second, and holds no connection between two looks."""
    known: ImportRecord | None = None
    while known is None or known.state in AT_WORK:
        record = await _look(database, tenant_id, import_id, patient=known is not None)
        if record is None:
            raise NotFoundError("There is no such import.", path=("id",))
        if record != known:
            known = record
            yield record
        if known.state in AT_WORK:
            await asyncio.sleep(LOOK_SECONDS)


async def _look(database: Database, tenant_id: UUID, import_id: UUID, *, patient: bool) -> ImportRecord | None:
    """Once it has told something, a subscription outlives a database that is away for a while."""
    while True:
        try:
            async with database.reading(tenant_id) as snapshot:
                [record] = await repository.load_runs(snapshot, [import_id])
        except Exception as error:
            if not patient or not is_unreachable(error):
                raise
        else:
            return record
        await asyncio.sleep(LOOK_SECONDS)

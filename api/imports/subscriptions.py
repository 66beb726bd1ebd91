"""Following an import to its end."""

from collections.abc import AsyncGenerator
from typing import Final

import strawberry

from api.auth.permissions import Permission
from api.errors import NotFoundError
from api.graphql.context import Info
from api.graphql.following import follow
from api.graphql.ids import key_of
from api.graphql.permissions import subscription
from api.imports import repository
from api.imports.contracts import AT_WORK
from api.imports.types import Import
from api.streams.feeds import Sharing

LOOK_SECONDS: Final = 0.5


def no_such_import() -> NotFoundError:
    return NotFoundError("There is no such import.", path=("id",))


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
            raise no_such_import()
        records = follow(
            context.services.database,
            context.tenant_id,
            key,
            repository.load_runs,
            is_over=lambda record: record.state not in AT_WORK,
            missing=no_such_import,
            seconds=LOOK_SECONDS,
        )
        async for record in records:
            yield Import.of(record)

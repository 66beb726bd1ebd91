"""Starting, cancelling, undoing and discarding imports. The file itself comes by POST /imports/files."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.permissions import Permission
from api.errors import BadInputError, CipError, NotFoundError
from api.graphql.context import Context, Info
from api.graphql.ids import key_of
from api.graphql.payloads import UserError, user_error
from api.graphql.permissions import Requirement, mutation
from api.graphql.scalars import Json
from api.imports.contracts import Kind
from api.imports.service import Imports
from api.imports.types import Import, ImportKind, import_by_key
from api.jobs.queue import enqueue


@strawberry.input(description="Which file, what its rows are, and how its columns become fields.")
class ImportStartInput:
    id: strawberry.ID
    kind: ImportKind
    mapping: Json | None = strawberry.field(default=None, description="The guessed one, when left out; docs/import.md.")
    dry_run: bool = strawberry.field(default=True, description="Says what would happen, and writes nothing.")


@strawberry.type(description="The import as it is now.")
class ImportPayload:
    __needs__: ClassVar[Requirement] = Permission.CUSTOMERS_CREATE
    import_: Import | None = strawberry.field(name="import")
    user_errors: list[UserError]


@strawberry.type
class ImportMutation:
    @mutation(Permission.CUSTOMERS_CREATE, "Starts the work on an uploaded file, as a job.")
    async def import_start(self, info: Info, input: ImportStartInput) -> ImportPayload:  # noqa: A002
        async def start(imports: Imports, key: UUID) -> None:
            given: object = input.mapping
            if given is not None and not isinstance(given, dict):
                raise BadInputError("A mapping is an object.", path=("mapping",))
            actor = info.context.principal.actor
            kind = Kind(input.kind.value)
            await imports.start(info.context.tenant_id, key, kind, given, dry_run=input.dry_run, actor=actor)

        return await _changed(info.context, input.id, start)

    @mutation(Permission.CUSTOMERS_CREATE, "Ends the work on an import. What is imported stays, and can be undone.")
    async def import_cancel(self, info: Info, id: strawberry.ID) -> ImportPayload:  # noqa: A002
        async def cancel(imports: Imports, key: UUID) -> None:
            await imports.cancel(info.context.tenant_id, key, actor=info.context.principal.actor)

        return await _changed(info.context, id, cancel)

    @mutation(Permission.CUSTOMERS_CREATE, "Takes back all that an import created and changed, as a job.")
    async def import_undo(self, info: Info, id: strawberry.ID) -> ImportPayload:  # noqa: A002
        async def undo(imports: Imports, key: UUID) -> None:
            await imports.undo(info.context.tenant_id, key, actor=info.context.principal.actor)

        return await _changed(info.context, id, undo)

    @mutation(Permission.CUSTOMERS_CREATE, "Forgets an uploaded file that nothing was imported from.")
    async def import_discard(self, info: Info, id: strawberry.ID) -> ImportPayload:  # noqa: A002
        async def discard(imports: Imports, key: UUID) -> None:
            await imports.discard(info.context.tenant_id, key, actor=info.context.principal.actor)

        return await _changed(info.context, id, discard)


async def _changed(
    context: Context, given: strawberry.ID, change: Callable[[Imports, UUID], Awaitable[None]]
) -> ImportPayload:
    services = context.services
    key = key_of("Import", given)
    try:
        if key is None:
            raise NotFoundError("There is no such import.", path=("id",))
        await change(Imports(services.database, services.now, by_the_engine), key)
    except CipError as error:
        return ImportPayload(import_=None, user_errors=[user_error(error)])
    await context.renew()
    return ImportPayload(import_=await import_by_key(context, key), user_errors=[])


async def by_the_engine(
    session: AsyncSession, tenant_id: UUID, kind: str, subject_id: UUID, actor: str, now: datetime
) -> UUID:
    return await enqueue(session, tenant_id, kind, subject_id, actor=actor, now=now)

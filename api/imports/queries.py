"""Reading imports."""

from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.errors import NotFoundError
from api.graphql.connections import After, Before, Connection, First, Last, Paging
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.permissions import field
from api.graphql.scalars import Json
from api.imports import repository
from api.imports.contracts import ImportRecord, Kind
from api.imports.fields import FIELDS
from api.imports.mapping import to_json
from api.imports.service import guessed_for
from api.imports.types import (
    Import,
    ImportField,
    ImportGuess,
    ImportKind,
    ImportRowError,
    errors_of_import,
    import_by_key,
)
from models.keyset import Position


@strawberry.type
class ImportQuery:
    @field(Permission.CUSTOMERS_CREATE, "Imports, the newest first.")
    async def imports(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> Connection[Import]:
        context = info.context
        paging = Paging.of(context, "imports", repository.NEWEST_FIRST)
        page = paging.page(context, first=first, after=after, last=last, before=before)

        def position(record: ImportRecord) -> Position:
            return Position(record.created_at, record.id)

        async def count() -> int:
            return await repository.count_runs(context.snapshot)

        part = await repository.list_runs(context.snapshot, page)
        return paging.connect(context, part, Import.of, position, count)

    @field(Permission.CUSTOMERS_CREATE, "One import; null when there is none, or none of yours.", name="import")
    async def import_(self, info: Info, id: strawberry.ID) -> Import | None:  # noqa: A002
        key = key_of("Import", id)
        return None if key is None else await import_by_key(info.context, key)

    @field(Permission.CUSTOMERS_CREATE, "The rows that were refused, in the order of the file.")
    async def import_errors(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[ImportRowError]:
        key = key_of("Import", id) or UUID(int=0)
        return await errors_of_import.connect(info.context, key, first, after, last, before)

    @field(Permission.CUSTOMERS_CREATE, "What the columns of a file can become.")
    async def import_fields(self, kind: ImportKind) -> list[ImportField]:
        return [ImportField.of(one) for one in FIELDS[Kind(kind.value)]]

    @field(Permission.CUSTOMERS_CREATE, "A mapping for an uploaded file, should its rows be of this kind.")
    async def import_guess(self, info: Info, id: strawberry.ID, kind: ImportKind) -> ImportGuess:  # noqa: A002
        key = key_of("Import", id)
        record = None if key is None else await info.context.loader(repository.load_runs, UUID).load(key)
        if record is None:
            raise NotFoundError("There is no such import.", path=("id",))
        guessed = guessed_for(record, Kind(kind.value))
        mapping, confidence = Json(to_json(guessed.mapping)), Json(guessed.confidence)
        return ImportGuess(kind=kind, mapping=mapping, confidence=confidence, preset=guessed.preset)

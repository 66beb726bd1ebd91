"""Reading imports."""

from enum import Enum
from uuid import UUID

import strawberry

from api.auth.permissions import Permission
from api.errors import NotFoundError
from api.graphql.connections import After, Before, Connection, First, Last
from api.graphql.context import Info
from api.graphql.ids import key_of
from api.graphql.lists import Asked, List, SortDirection
from api.graphql.permissions import field
from api.graphql.scalars import Json
from api.graphql.where import ALL_GIVEN, Choice, TextWhere, TimeWhere, combined
from api.imports import repository
from api.imports.contracts import Kind
from api.imports.fields import FIELDS
from api.imports.mapping import to_json
from api.imports.service import guessed_for
from api.imports.types import (
    Import,
    ImportField,
    ImportGuess,
    ImportKind,
    ImportRowError,
    ImportState,
    errors_of_import,
    import_by_key,
)


@strawberry.input(description=ALL_GIVEN)
class ImportWhere:
    AND: list["ImportWhere"] | None = combined("AND")
    OR: list["ImportWhere"] | None = combined("OR")
    NOT: "ImportWhere | None" = combined("NOT")
    kind: Choice[ImportKind] | None = None
    state: Choice[ImportState] | None = None
    file_name: TextWhere | None = None
    created_at: TimeWhere | None = None


@strawberry.enum(description="What imports can be sorted by.")
class ImportOrderField(Enum):
    CREATED_AT = "created_at"


@strawberry.input(description="One thing to sort by.")
class ImportOrder:
    field: ImportOrderField
    direction: SortDirection = SortDirection.DESC


IMPORTS = List("imports", repository.IMPORTS, Import.of)


@strawberry.type
class ImportQuery:
    @field(Permission.CUSTOMERS_CREATE, "Imports, the newest first.")
    async def imports(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: ImportWhere | None = None,
        order_by: list[ImportOrder] | None = None,
    ) -> Connection[Import]:
        return await IMPORTS.connect(info.context, Asked(first, after, last, before, where, order_by))

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

"""The refused rows as a CSV file: where and why, then the row as it stood, ready to be mended and imported again."""

from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from api.csv_text import guarded, line
from api.imports import repository
from api.imports.contracts import ImportRecord
from models.database import Database

PAGE: Final = 1_000
HEAD: Final = ("error_row", "error_column", "error_code", "error_message")


async def error_file(database: Database, tenant_id: UUID, record: ImportRecord) -> AsyncIterator[str]:
    """Line by line, a page of rows in memory at a time."""
    yield line([*HEAD, *(guarded(name) for name in record.preview["columns"])])
    after = 0
    while True:
        async with database.reading(tenant_id) as snapshot:
            page = await repository.list_errors(snapshot, record.id, after, PAGE)
        for one in page:
            head = [one.row_number, one.column_name or "", one.code, one.message]
            yield line([guarded("" if cell is None else cell) for cell in [*head, *one.cells]])
        if len(page) < PAGE:
            return
        after = page[-1].row_number

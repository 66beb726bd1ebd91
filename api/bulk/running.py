"""The work: a page after another, each in a transaction with where it ends."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from api.auth.permissions import Permission
from api.bulk import repository
from api.bulk.contracts import KEPT, BulkRecord, PartEnd
from api.bulk.paging import PAGE_INFO, Paged, paged
from api.errors import CipError
from api.graphql.context import Context, Services
from api.graphql.operation import CipSchema
from api.jobs.contracts import JobCancelledError, JobRun
from api.webhooks.principal import service
from models.database import Database

Reading = Callable[[], tuple[CipSchema, Services]]


class BulkRefusedError(CipError):
    """The list answered with an error."""


class BulkWork:
    def __init__(self, database: Database, reading: Reading, now: Callable[[], datetime]) -> None:
        self._database = database
        self._reading = reading
        self._now = now

    async def run(self, job: JobRun) -> None:
        """Goes on where an earlier turn has ended."""
        record, end = await self._begin(job)
        if record is None or (end is not None and end.cursor is None):
            return
        if record.expires_at is not None:
            raise JobCancelledError
        query = paged(record.query)
        number, done, cursor = (0, 0, None) if end is None else (end.number + 1, end.objects, end.cursor)
        while True:
            nodes, cursor = await self._page(job.tenant_id, record, query, cursor)
            lines = b"".join(orjson.dumps(node, option=orjson.OPT_APPEND_NEWLINE, default=str) for node in nodes)
            await self._write(job, PartEnd(number, len(nodes), cursor), lines)
            done += len(nodes)
            await job.report(done)
            if cursor is None:
                return
            number += 1

    async def _begin(self, job: JobRun) -> tuple[BulkRecord | None, PartEnd | None]:
        async with self._database.reading(job.tenant_id) as snapshot:
            [record] = await repository.load_operations(snapshot, [job.subject_id])
        async with self._database.unit_of_work(job.tenant_id) as session:
            return record, await repository.find_end(session, job.tenant_id, job.subject_id)

    async def _page(
        self, tenant_id: UUID, record: BulkRecord, query: Paged, cursor: str | None
    ) -> tuple[list[Any], str | None]:
        """The nodes, and the cursor of the next page; None for the last."""
        schema, services = self._reading()
        reader = service(tenant_id, frozenset(map(Permission, record.needs)))
        result = await schema.execute(
            query.text,
            variable_values={**record.variables, "bulkAfter": cursor},
            context_value=Context(services, reader, str(record.id)),
        )
        if result.errors or result.data is None:
            code = (result.errors[0].extensions or {}).get("code") if result.errors else None
            raise BulkRefusedError(f"The list answered {code or 'nothing'}.")
        listed = result.data[query.name]
        info = listed[PAGE_INFO]
        return listed["nodes"], info["endCursor"] if info["hasNextPage"] else None

    async def _write(self, job: JobRun, end: PartEnd, lines: bytes) -> None:
        async with self._database.unit_of_work(job.tenant_id) as session:
            await job.hold(session)
            # Held until the part is written: an erasure comes before it, and ends the file, or after, and deletes it.
            if not await repository.lock_open(session, job.tenant_id, job.subject_id):
                raise JobCancelledError
            await repository.insert_part(session, job.tenant_id, job.subject_id, end, lines)
            if end.cursor is None:
                await repository.set_expiry(session, job.tenant_id, job.subject_id, self._now() + KEPT)

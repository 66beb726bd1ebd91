"""The work of a mutation: a piece of its lines after another, each in one transaction with what became of them."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.bulk import repository, upload_repository
from api.bulk.contracts import KEPT, BulkRecord, ErrorPolicy, PartEnd
from api.bulk.lines import Lines, LinesMissingError, Outcome
from api.bulk.running import Reading
from api.bulk.written import written
from api.jobs.contracts import JobRun
from models.database import Database
from models.one_transaction import OneTransaction

REPORTED_LINES: Final = 10


class UndoneError(Exception):
    """Of one transaction for all lines: one of them has failed."""


class BulkWriting:
    def __init__(self, database: Database, reading: Reading, now: Callable[[], datetime]) -> None:
        self._database = database
        self._reading = reading
        self._now = now

    async def run(self, job: JobRun) -> None:
        """Goes on behind the last piece whose outcome is written: nothing is done twice."""
        record, begun, over = await self._begin(job)
        if record is None or record.upload_id is None or over:
            return
        sizes = await self._sizes(job.tenant_id, record.upload_id)
        lines = Lines(*self._reading(), record, written(record.query), job.tenant_id)
        if record.error_policy == ErrorPolicy.REJECT_EVERYTHING:
            await self._all_or_none(job, record.upload_id, lines, sizes)
            return
        for number in range(begun, len(sizes)):
            async with self._database.turn(job.tenant_id), self._database.unit_of_work(job.tenant_id) as session:
                await job.hold(session)
                outcomes = await self._piece(job, session, record.upload_id, lines, sizes, number)
                await self._write(job, session, record.upload_id, outcomes, number, len(sizes))
            await job.report(sum(sizes[: number + 1]), sum(sizes))

    async def _begin(self, job: JobRun) -> tuple[BulkRecord | None, int, bool]:
        """The operation, its first piece that is not written yet, and whether there is none."""
        async with self._database.reading(job.tenant_id) as snapshot:
            [record] = await repository.load_operations(snapshot, [job.subject_id])
        async with self._database.unit_of_work(job.tenant_id) as session:
            end = await repository.find_end(session, job.tenant_id, job.subject_id)
        return record, 0 if end is None else end.number + 1, end is not None and end.cursor is None

    async def _sizes(self, tenant_id: UUID, upload_id: UUID) -> list[int]:
        async with self._database.unit_of_work(tenant_id) as session:
            sizes = await upload_repository.list_sizes(session, tenant_id, upload_id)
        if not sizes:
            raise LinesMissingError
        return sizes

    async def _all_or_none(self, job: JobRun, upload_id: UUID, lines: Lines, sizes: list[int]) -> None:
        outcomes: list[list[Outcome]] = []
        with suppress(UndoneError):
            async with self._database.turn(job.tenant_id), self._database.unit_of_work(job.tenant_id) as session:
                await job.hold(session)
                for number in range(len(sizes)):
                    outcomes.append(await self._piece(job, session, upload_id, lines, sizes, number))
                if any(outcome.failed for piece in outcomes for outcome in piece):
                    raise UndoneError
                await self._write_all(job, session, upload_id, outcomes)
            return
        undone = [[outcome.undone() for outcome in piece] for piece in outcomes]
        async with self._database.unit_of_work(job.tenant_id) as session:
            await job.hold(session)
            await self._write_all(job, session, upload_id, undone)

    async def _piece(
        self, job: JobRun, session: AsyncSession, upload_id: UUID, lines: Lines, sizes: list[int], number: int
    ) -> list[Outcome]:
        texts = await upload_repository.find_piece(session, job.tenant_id, upload_id, number)
        if texts is None:
            raise LinesMissingError
        within, first, outcomes = OneTransaction(session), sum(sizes[:number]) + 1, list[Outcome]()
        for place, text in enumerate(texts):
            if place % REPORTED_LINES == 0:
                await job.report(first + place - 1, sum(sizes))
            outcomes.append(await lines.run(within, first + place, text))
        return outcomes

    async def _write_all(
        self, job: JobRun, session: AsyncSession, upload_id: UUID, outcomes: list[list[Outcome]]
    ) -> None:
        for number, piece in enumerate(outcomes):
            await self._write(job, session, upload_id, piece, number, len(outcomes))

    async def _write(
        self, job: JobRun, session: AsyncSession, upload_id: UUID, outcomes: list[Outcome], number: int, pieces: int
    ) -> None:
        last = number == pieces - 1
        failed = sum(outcome.failed for outcome in outcomes)
        end = PartEnd(number, len(outcomes), None if last else str(number + 1), failed)
        data = b"".join(outcome.text() for outcome in outcomes)
        await repository.insert_part(session, job.tenant_id, job.subject_id, end, data)
        if last:
            await repository.set_expiry(session, job.tenant_id, job.subject_id, self._now() + KEPT)
            await upload_repository.delete_upload(session, job.tenant_id, upload_id)

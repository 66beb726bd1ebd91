"""Imports as people ask for them: a file comes in, is started with a mapping, and can be undone or discarded."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.repository import insert_entry
from api.errors import BadInputError, ConflictError, NotFoundError
from api.imports import journal_repository as journal
from api.imports import repository
from api.imports import staging_repository as staging
from api.imports.contracts import AT_WORK, RUN_JOB, STARTABLE, UNDO_JOB, UNDOABLE, ImportRecord, Kind, State
from api.imports.guessing import Guess, guess
from api.imports.mapping import Mapping, parse, to_json
from api.imports.reading import Preview, SourceFile
from api.imports.running import binding_of, fetch_file
from api.job_runs.service import cancel
from api.tenants.repository import get_tenant
from models import ImportRun
from models.base import new_id
from models.database import Database

CHUNK: Final = 1024 * 1024
MAXIMUM_FILE_NAME: Final = 200
Enqueue = Callable[[AsyncSession, UUID, str, UUID, str, datetime], Awaitable[UUID]]
"""Takes (session, tenant id, kind of job, subject, actor, now) and gives the job's id."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What a file was found to be: the first rows of it, and a first mapping."""

    import_id: UUID
    preview: Preview
    guess: Guess


class Imports:
    def __init__(self, database: Database, now: Callable[[], datetime], enqueue: Enqueue) -> None:
        self._database = database
        self._now = now
        self._enqueue = enqueue

    async def upload(
        self, tenant_id: UUID, file_name: str, body: AsyncIterator[bytes], limit: int, *, actor: str
    ) -> Uploaded:
        """Keeps the file in pieces as it comes. What breaks off, is too large or is no table leaves nothing behind."""
        import_id = await self._insert(tenant_id, _checked_name(file_name), State.UPLOADING, actor)
        try:
            size = await self._keep(tenant_id, import_id, body, limit)
            with tempfile.NamedTemporaryFile(prefix="cip-import-") as file:
                path = Path(file.name)
                await fetch_file(self._database, tenant_id, import_id, path)
                found, guessed = inspect(path, None)
                return await self._note_upload(tenant_id, import_id, path, size, found, guessed, actor)
        except BaseException:
            await self._erase(tenant_id, import_id)
            raise

    async def register(self, tenant_id: UUID, path: Path, kind: Kind | None, *, actor: str) -> Uploaded:
        """A file that stays where it is: for the command line."""
        name = _checked_name(path.name)
        found, guessed = inspect(path, kind)
        import_id = await self._insert(tenant_id, name, State.UPLOADING, actor)
        return await self._note_upload(tenant_id, import_id, path, size_of(path), found, guessed, actor)

    async def start(
        self, tenant_id: UUID, import_id: UUID, kind: Kind, given: dict[str, Any] | None, *, dry_run: bool, actor: str
    ) -> ImportRecord:
        """Without a mapping, the one that was guessed is taken."""
        async with self._database.unit_of_work(tenant_id) as session:
            record = await self._get(session, tenant_id, import_id)
            if record.state not in STARTABLE:
                raise ConflictError(f"This import is {record.state}.", path=("id",))
            mapping = parse(record.mapping if given is None else given)
            tenant = await get_tenant(session, tenant_id)
            values = {"kind": kind.value, "mapping": to_json(mapping), "dry_run": dry_run}
            await repository.update_run(session, tenant_id, import_id, **values)
            changed = await self._get(session, tenant_id, import_id)
            binding_of(changed, tenant.time_zone)
            job_id = await self._enqueue(session, tenant_id, RUN_JOB, import_id, actor, self._now())
            queued = {"state": State.QUEUED.value, "job_id": job_id, "fault": None, "finished_at": None}
            await repository.update_run(session, tenant_id, import_id, **queued)
            details: dict[str, object] = {"import": str(import_id), "kind": kind.value, "dryRun": dry_run}
            await self._note(session, tenant_id, actor, "import.start", details)
            return await self._get(session, tenant_id, import_id)

    async def cancel(self, tenant_id: UUID, import_id: UUID, *, actor: str) -> None:
        """The work ends at its next report; what is imported by then stays."""
        async with self._database.reading(tenant_id) as snapshot:
            [record] = await repository.load_runs(snapshot, [import_id])
        if record is None:
            raise NotFoundError("There is no such import.", path=("id",))
        if record.job_id is None or record.state not in AT_WORK:
            raise ConflictError("Nobody works on this import.", path=("id",))
        await cancel(self._database, tenant_id, record.job_id, actor=actor, now=self._now)

    async def undo(self, tenant_id: UUID, import_id: UUID, *, actor: str) -> ImportRecord:
        """Refused while a later import rests on this one."""
        async with self._database.unit_of_work(tenant_id) as session:
            record = await self._get(session, tenant_id, import_id)
            if record.state not in UNDOABLE or not await journal.has_changes(session, tenant_id, import_id):
                raise ConflictError("There is nothing to undo.", path=("id",))
            later = await journal.get_later_import(session, tenant_id, import_id)
            if later is not None:
                raise ConflictError(
                    f"A later import ({later}) changed some of the same customers or conversations.",
                    hint="Undo that one first.",
                    path=("id",),
                )
            job_id = await self._enqueue(session, tenant_id, UNDO_JOB, import_id, actor, self._now())
            values = {"state": State.UNDOING.value, "job_id": job_id, "fault": None}
            await repository.update_run(session, tenant_id, import_id, **values)
            await self._note(session, tenant_id, actor, "import.undo", {"import": str(import_id)})
            return await self._get(session, tenant_id, import_id)

    async def discard(self, tenant_id: UUID, import_id: UUID, *, actor: str) -> None:
        """Forgets a file that nothing was imported from."""
        async with self._database.unit_of_work(tenant_id) as session:
            record = await self._get(session, tenant_id, import_id)
            if record.state in AT_WORK or await journal.has_changes(session, tenant_id, import_id):
                raise ConflictError("Something was imported from this file.", hint="Undo it instead.", path=("id",))
            await repository.update_run(session, tenant_id, import_id, state=State.UPLOADING.value)
            await self._note(session, tenant_id, actor, "import.discard", {"import": str(import_id)})
        await self._erase(tenant_id, import_id)

    async def _insert(self, tenant_id: UUID, file_name: str, state: State, actor: str) -> UUID:
        import_id = new_id()
        async with self._database.unit_of_work(tenant_id) as session:
            run = ImportRun(
                tenant_id=tenant_id,
                id=import_id,
                file_name=file_name,
                file_format="",
                kind=Kind.EVENTS.value,
                state=state.value,
                created_by=actor,
                created_at=self._now(),
            )
            await repository.insert_run(session, run)
        return import_id

    async def _keep(self, tenant_id: UUID, import_id: UUID, body: AsyncIterator[bytes], limit: int) -> int:
        size = number = 0
        waiting = bytearray()

        async def write(data: bytes) -> None:
            async with self._database.unit_of_work(tenant_id) as session:
                await repository.insert_chunk(session, tenant_id, import_id, number, data)

        async for piece in body:
            size += len(piece)
            if size > limit:
                raise BadInputError(f"A file has at most {limit // CHUNK:,} MB.", path=("file",))
            waiting += piece
            while len(waiting) >= CHUNK:
                await write(bytes(waiting[:CHUNK]))
                del waiting[:CHUNK]
                number += 1
        if waiting:
            await write(bytes(waiting))
        if not size:
            raise BadInputError("This file is empty.", path=("file",))
        return size

    async def _note_upload(
        self, tenant_id: UUID, import_id: UUID, path: Path, size: int, found: Preview, guessed: Guess, actor: str
    ) -> Uploaded:
        async with self._database.unit_of_work(tenant_id) as session:
            await repository.update_run(
                session,
                tenant_id,
                import_id,
                state=State.UPLOADED.value,
                file_format=SourceFile(path).format.value,
                size=size,
                kind=guessed.kind.value,
                preview={
                    "columns": list(found.columns),
                    "samples": [list(row) for row in found.samples],
                    "confidence": guessed.confidence,
                    "preset": guessed.preset,
                },
                mapping=to_json(guessed.mapping),
            )
            await self._note(session, tenant_id, actor, "import.upload", {"import": str(import_id), "size": size})
        return Uploaded(import_id, found, guessed)

    async def _erase(self, tenant_id: UUID, import_id: UUID) -> None:
        for delete_some in (repository.delete_chunks, staging.delete_staged, staging.delete_faults):
            more = True
            while more:
                async with self._database.unit_of_work(tenant_id) as session:
                    more = await delete_some(session, tenant_id, import_id)
        async with self._database.unit_of_work(tenant_id) as session:
            await repository.delete_run(session, tenant_id, import_id)

    async def _get(self, session: AsyncSession, tenant_id: UUID, import_id: UUID) -> ImportRecord:
        record = await repository.get_run(session, tenant_id, import_id)
        if record is None:
            raise NotFoundError("There is no such import.", path=("id",))
        return record

    async def _note(
        self, session: AsyncSession, tenant_id: UUID, actor: str, action: str, details: dict[str, object]
    ) -> None:
        await insert_entry(session, tenant_id, at=self._now(), actor=actor, action=action, details=details)


def inspect(path: Path, kind: Kind | None) -> tuple[Preview, Guess]:
    preview = SourceFile(path).preview()
    return preview, guess(kind, preview.columns, preview.samples)


def size_of(path: Path) -> int:
    return path.stat().st_size


def guessed_for(record: ImportRecord, kind: Kind) -> Guess:
    """For another kind than the one that was thought likeliest."""
    return guess(kind, record.preview["columns"], record.preview["samples"])


def mapping_of(record: ImportRecord) -> Mapping:
    return parse(record.mapping)


def _checked_name(name: str) -> str:
    plain = Path(name.replace("\\", "/")).name.strip()
    if not 1 <= len(plain) <= MAXIMUM_FILE_NAME or not plain.isprintable():
        raise BadInputError(f"A file's name has 1 to {MAXIMUM_FILE_NAME} characters.", path=("name",))
    return plain

"""What `cip import` does: a whole import in this process, with its progress and its report on the terminal."""

import asyncio
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from api.cli.faults import CommandError
from api.errors import CipError
from api.events.service import Ingest
from api.imports import presets, repository
from api.imports.contracts import ImportRecord, Kind
from api.imports.error_file import error_file
from api.imports.local import LocalRun
from api.imports.mapping import parse, to_json
from api.imports.running import ImportWork
from api.imports.service import Imports
from api.settings import Settings
from api.tenants.repository import find_tenant_id
from models.base import new_id
from models.database import Database

ACTOR: Final = "operator:import"
EVERY_SECONDS: Final = 0.5


async def import_file(
    settings: Settings,
    file: Path,
    tenant: str,
    kind: str | None,
    preset: str | None,
    mapping: Path | None,
    *,
    dry_run: bool,
) -> ImportRecord:
    database = Database.connect(settings.database_url, pool_size=2)
    try:
        tenant_id = await find_tenant_id(database, tenant)
        if tenant_id is None:
            raise CommandError(f"there is no tenant {tenant!r}")
        chosen, given = _chosen(kind, preset, mapping)
        done = await _import(database, tenant_id, file, chosen, given, dry_run=dry_run)
        for line in report(done):
            print(line)
        if done.failed:
            print(f"  why: {await write_errors(database, tenant_id, done, file)}")
    except CipError as error:
        hint = f" {error.hint}" if error.hint else ""
        raise CommandError(f"{file.name}: {error.message}{hint}") from None
    else:
        return done
    finally:
        await database.close()


async def _import(
    database: Database, tenant_id: UUID, file: Path, kind: Kind | None, given: dict[str, Any] | None, *, dry_run: bool
) -> ImportRecord:
    imports = Imports(database, _now, _in_this_process)
    uploaded = await imports.register(tenant_id, file, kind, actor=ACTOR)
    chosen = kind or uploaded.guess.kind
    try:
        record = await imports.start(tenant_id, uploaded.import_id, chosen, given, dry_run=dry_run, actor=ACTOR)
    except CipError:
        await imports.discard(tenant_id, uploaded.import_id, actor=ACTOR)
        raise
    assert record.job_id is not None
    progress = Progress(file.name)
    work = ImportWork(database, Ingest(database, lambda _: None, _now), _now, path=file)
    turn = LocalRun(tenant_id, record.job_id, record.id, progress.show)
    try:
        await work.run(turn)
    except asyncio.CancelledError:
        await work.give_up(turn)
        raise
    finally:
        progress.end()
    return await _read(database, tenant_id, record.id)


def _chosen(kind: str | None, preset: str | None, mapping: Path | None) -> tuple[Kind | None, dict[str, Any] | None]:
    if kind is not None and kind not in list(Kind):
        raise CommandError(f"--kind is one of {', '.join(Kind)}")
    if preset is not None and mapping is not None:
        raise CommandError("give --preset or --mapping, not both")
    if preset is not None:
        found = presets.preset(preset)
        if kind not in (None, found.kind.value):
            raise CommandError(f"the preset {preset} is for {found.kind.value}")
        return found.kind, to_json(found.mapping)
    if mapping is not None:
        if kind is None:
            raise CommandError("--mapping needs --kind")
        return Kind(kind), to_json(parse(_json(mapping)))
    return (None if kind is None else Kind(kind)), None


def _json(path: Path) -> Mapping[str, Any]:
    try:
        given = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise CommandError(f"{path.name}: {error}") from None
    if not isinstance(given, dict):
        raise CommandError(f"{path.name}: a mapping is an object")
    return given


class Progress:
    """One line that is written over: rows, rate, what remains."""

    def __init__(self, name: str, write: Callable[[str], object] = sys.stderr.write) -> None:
        self._name = name
        self._write = write
        self._shown = 0.0
        self._begun: float | None = None
        self._first = 0

    def show(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        if total is not None and self._begun is None:
            self._begun, self._first = now, done
        if now - self._shown < EVERY_SECONDS:
            return
        self._shown = now
        self._write(f"\r\x1b[K{self._name}: {self._text(done, total, now)}")
        sys.stderr.flush()

    def end(self) -> None:
        self._write("\r\x1b[K")

    def _text(self, done: int, total: int | None, now: float) -> str:
        if total is None:
            return f"reading, {done:,} rows"
        passed = now - (self._begun or now)
        rate = (done - self._first) / passed if passed > 0 else 0
        remaining = f", {rate:,.0f} rows/s, {(total - done) / rate:,.0f} s remain" if rate > 0 else ""
        return f"{done:,} of {total:,} rows{remaining}"


def report(record: ImportRecord) -> list[str]:
    head = "Dry run, nothing was written:" if record.dry_run else "Imported:"
    rows = ("created", record.created), ("updated", record.updated), ("skipped", record.skipped)
    counted = [*rows, ("errors", record.failed), ("rows", record.rows_read)]
    width = max((len(f"{value:,}") for _, value in counted), default=1)
    facts = [
        f"  {name.replace('_', ' ')}: {_figure(name, value)}"
        for name, value in sorted(record.report.items())
        if name not in ("rows", "records")
    ]
    return [
        f"{head} {record.file_name} as {record.kind}",
        *(f"  {name:<8} {value:>{width},}" for name, value in counted),
        *facts,
    ]


def _figure(name: str, value: int) -> str:
    return f"{value / 100:,.2f}" if "amount" in name else f"{value:,}"


async def write_errors(database: Database, tenant_id: UUID, record: ImportRecord, beside: Path) -> Path:
    path = beside.with_name(f"{beside.name}.errors.csv")
    with path.open("w", encoding="utf-8", newline="") as out:
        async for text in error_file(database, tenant_id, record):
            out.write(text)
    return path


async def _read(database: Database, tenant_id: UUID, import_id: UUID) -> ImportRecord:
    async with database.reading(tenant_id) as snapshot:
        [record] = await repository.load_runs(snapshot, [import_id])
    assert record is not None
    return record


async def _in_this_process(
    session: AsyncSession, tenant_id: UUID, kind: str, subject_id: UUID, actor: str, now: datetime
) -> UUID:
    """The job is this process: no engine hears of it."""
    return new_id()


def _now() -> datetime:
    return datetime.now(UTC)

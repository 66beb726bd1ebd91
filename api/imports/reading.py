"""The rows of a file, one after the other: CSV (plain or gzip, UTF-8 or Windows-1252) and Parquet."""

import csv
import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import IO, Any, Final, cast

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from api.errors import BadInputError
from api.imports.contracts import FileFormat

GZIP: Final = b"\x1f\x8b"
PARQUET: Final = b"PAR1"
ZIP: Final = b"PK\x03\x04"
OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
BOM: Final = b"\xef\xbb\xbf"
LONGEST_LINE: Final = 4 * 1024 * 1024
MAXIMUM_COLUMNS: Final = 500
SAMPLES: Final = 20
SNIFFED: Final = 64 * 1024
DELIMITERS: Final = ",;\t|"
PARQUET_BATCH: Final = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """`number` counts as a spreadsheet does: the header is row 1. `share` is how much of the file is read, 0 to 1."""

    number: int
    cells: list[Any]
    share: float


@dataclass(frozen=True, slots=True)
class Preview:
    columns: tuple[str, ...]
    samples: tuple[tuple[Any, ...], ...]


class SourceFile:
    """A file on this host. Raises BadInputError, with the row, when it is not what it seems to be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            head = file.read(4)
        self.format = FileFormat.PARQUET if head == PARQUET else FileFormat.CSV
        self._gzipped = head[:2] == GZIP
        if head in (ZIP, OLD_EXCEL):
            raise BadInputError("This is a workbook of a spreadsheet.", hint="Save the sheet as CSV.", path=("file",))
        if head[:2] in UTF16:
            raise BadInputError("This text is in UTF-16.", hint="Save it as CSV in UTF-8.", path=("file",))
        if not head:
            raise BadInputError("This file is empty.", path=("file",))

    def preview(self) -> Preview:
        columns = self.columns()
        rows: list[tuple[Any, ...]] = []
        for row in self.rows():
            rows.append(tuple(row.cells))
            if len(rows) == SAMPLES:
                break
        return Preview(columns, tuple(rows))

    def columns(self) -> tuple[str, ...]:
        if self.format is FileFormat.PARQUET:
            return _checked(_parquet(self.path).schema_arrow.names)
        try:
            with self.path.open("rb") as raw:
                return _checked(next(self._records(self._decompressed(raw)), []))
        except (csv.Error, OSError, EOFError) as error:
            raise BadInputError("The first row cannot be read.", path=("file",)) from error

    def rows(self) -> Iterator[Row]:
        return self._parquet_rows() if self.format is FileFormat.PARQUET else self._csv_rows()

    def _csv_rows(self) -> Iterator[Row]:
        size = max(1, self.path.stat().st_size)
        with self.path.open("rb") as raw:
            records = self._records(self._decompressed(raw))
            number = 1
            try:
                next(records, None)
                for cells in records:
                    number += 1
                    if cells:
                        yield Row(number, cells, min(1.0, raw.tell() / size))
            except csv.Error as error:
                text = f"Row {number + 1} cannot be read: {error}."
                raise BadInputError(text, hint="Is a quotation mark not closed?", path=("file",)) from None
            except (OSError, EOFError) as error:
                raise BadInputError(f"The file breaks off after row {number}.", path=("file",)) from error

    def _parquet_rows(self) -> Iterator[Row]:
        file = _parquet(self.path)
        total = max(1, file.metadata.num_rows)
        number = 1
        try:
            for batch in file.iter_batches(batch_size=PARQUET_BATCH, use_threads=False):
                for cells in zip(*(_plain(column) for column in batch.columns), strict=True):
                    number += 1
                    yield Row(number, list(cells), (number - 1) / total)
        except (pa.ArrowException, OSError) as error:
            raise BadInputError(f"The file cannot be read after row {number}.", path=("file",)) from error

    def _decompressed(self, raw: IO[bytes]) -> IO[bytes]:
        return cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if self._gzipped else raw

    def _records(self, file: IO[bytes]) -> Iterator[list[str]]:
        head = file.read(SNIFFED)
        file.seek(0)
        yield from csv.reader(_text(file), delimiter=_delimiter(head), strict=False)


def _text(file: IO[bytes]) -> Iterator[str]:
    """Line by line: one that is not UTF-8 is what spreadsheets on Windows write."""
    first = True
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            raise csv.Error("a line is longer than 4 MB")
        if first:
            line, first = line.removeprefix(BOM), False
        try:
            yield line.decode()
        except UnicodeDecodeError:
            yield line.decode("cp1252", errors="replace")


def _delimiter(head: bytes) -> str:
    """The sign that the header has most of, outside of quotation marks."""
    first = head.removeprefix(BOM).split(b"\n", 1)[0].decode("cp1252", errors="replace")
    bare = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=lambda sign: (bare.count(sign), -DELIMITERS.index(sign)))


def _checked(columns: Sequence[str]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in columns)
    if not any(names):
        raise BadInputError("The first row must name the columns.", path=("file",))
    if len(names) > MAXIMUM_COLUMNS:
        raise BadInputError(f"A file has at most {MAXIMUM_COLUMNS} columns, not {len(names)}.", path=("file",))
    for name in names:
        if "\0" in name:
            raise BadInputError("This is not a CSV file: a column's name holds a NUL character.", path=("file",))
        if name and names.count(name) > 1:
            raise BadInputError(f"Two columns are called {name!r}.", path=("file",))
    return names


def _parquet(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, memory_map=False, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise BadInputError("This Parquet file cannot be read.", path=("file",)) from error


def _plain(column: "pa.Array[Any]") -> list[Any]:
    """JSON's own values. Nanoseconds are cut to microseconds, which is all that a database keeps."""
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", tz=column.type.tz), safe=False)
    return [_json(value) for value in column.to_pylist()]


def _json(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    if isinstance(value, float) and not isfinite(value):
        return None
    if isinstance(value, dict | list | tuple):
        return orjson.dumps(value, default=str).decode()
    return value

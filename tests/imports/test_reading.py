"""Files as people have them: signs, encodings, compression, Parquet's types, and files that are none."""

import gzip
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from api.errors import BadInputError
from api.imports.reading import SourceFile


def rows(path: Path) -> list[tuple[int, list[object]]]:
    return [(row.number, row.cells) for row in SourceFile(path).rows()]


def file(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_sign_between_cells_is_found(tmp_path: Path, delimiter: str) -> None:
    path = file(tmp_path, delimiter.join(["a", '"b,;c"', "d"]).encode() + b"\r\n1" + delimiter.encode() * 2 + b"3\r\n")
    assert SourceFile(path).columns() == ("a", "b,;c", "d")
    assert rows(path) == [(2, ["1", "", "3"])]


def test_rows_count_as_a_spreadsheet_does(tmp_path: Path) -> None:
    path = file(tmp_path, b'\xef\xbb\xbfid,text\n1,"two\nlines"\n\n3,x\n')
    assert SourceFile(path).columns() == ("id", "text")
    assert rows(path) == [(2, ["1", "two\nlines"]), (4, ["3", "x"])]


def test_each_line_is_utf8_or_what_windows_writes(tmp_path: Path) -> None:
    path = file(tmp_path, b"name\n" + "Zoë €5".encode() + b"\n" + "Zoë €5".encode("cp1252") + b"\n")
    assert [cells for _, cells in rows(path)] == [["Zoë €5"], ["Zoë €5"]]


def test_a_gzipped_file_is_read_as_it_is(tmp_path: Path) -> None:
    assert rows(file(tmp_path, gzip.compress(b"a\n1\n2\n"))) == [(2, ["1"]), (3, ["2"])]


def test_parquet_keeps_what_json_can_say(tmp_path: Path) -> None:
    table = pa.table(
        {
            "at": pa.array([datetime(2011, 1, 1, 8, 26)], pa.timestamp("ns")),  # noqa: DTZ001
            "price": [2.55],
            "exact": pa.array([Decimal("1.10")]),
            "none": pa.array([None], pa.int64()),
            "nan": [float("nan")],
            "tags": [["a", "b"]],
            "yes": [True],
        }
    )
    pq.write_table(table, tmp_path / "file")
    [(number, cells)] = rows(tmp_path / "file")
    assert (number, cells) == (2, ["2011-01-01T08:26:00", 2.55, "1.10", None, None, '["a","b"]', True])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"PK\x03\x04", "workbook"),
        (b"\xff\xfea\x00", "UTF-16"),
        (b",,\n1,2,3\n", "name the columns"),
        (b"a,a\n", "Two columns"),
        (b"PAR1", "Parquet"),
        (b"a\0,b\n", "NUL"),
        (b"a," * 501 + b"z\n", "at most 500 columns"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        SourceFile(file(tmp_path, content)).columns()


def test_a_quotation_mark_that_is_never_closed_is_named_with_its_row(tmp_path: Path) -> None:
    path = file(tmp_path, b'a,b\n1,2\n1,"' + b"x" * 200_000)
    with pytest.raises(BadInputError, match="Row 3 cannot be read"):
        rows(path)


def test_a_file_that_breaks_off_says_where(tmp_path: Path) -> None:
    packed = gzip.compress(b"a\n" + b"".join(b"%d\n" % number for number in range(20_000)))
    with pytest.raises(BadInputError, match="breaks off after row"):
        rows(file(tmp_path, packed[: len(packed) // 2]))

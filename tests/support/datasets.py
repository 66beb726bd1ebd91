"""Data sets that are not shipped: found in the folder that CIP_DATASETS names."""

import csv
import gzip
import io
import os
from pathlib import Path

import pytest


def dataset(name: str) -> Path:
    """Leaves the test out, with the reason, where the file is not there; CI sets the variable and lets nothing be left
    out."""
    folder = os.environ.get("CIP_DATASETS")
    if not folder:
        pytest.skip(f"CIP_DATASETS does not name the folder that holds {name}")
    path = Path(folder) / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return path


def rows(name: str) -> list[dict[str, str]]:
    path = dataset(name)
    packed = path.read_bytes()
    text = (gzip.decompress(packed) if path.suffix == ".gz" else packed).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))

"""The recipes of docs/api/bulk.md, as they stand there, against the running server and a worker's turn."""

import asyncio
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select

from api.app import Server
from api.bulk.repository import operation
from api.graphql.ids import global_id
from api.settings import Settings
from models.database import Database
from tests.bulk.support import turn
from tests.support.programs import run_program
from tests.support.running import running
from tests.support.waiting import wait_until
from tests.support.world import PASSWORD, TestTenant

PAGE: Final = (Path(__file__).resolve().parents[2] / "docs" / "api" / "bulk.md").read_text()


READING, WRITING = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@dataclass(frozen=True, slots=True)
class Run:
    server: Server
    settings: Settings
    database: Database
    acme: TestTenant
    folder: Path


@pytest.fixture
def run(server: Server, settings: Settings, database: Database, acme: TestTenant, tmp_path: Path) -> Run:
    return Run(server, settings, database, acme, tmp_path)


async def test_reading_prints_every_line_of_the_file(run: Run) -> None:
    lines = await _printed(run, READING, "analyst")
    assert [f'"externalId":"acmecanary-c{number}"' in line for number, line in enumerate(lines)] == [True] * 3


async def test_writing_prints_what_became_of_every_line(run: Run) -> None:
    assert await _printed(run, WRITING, "admin") == ["1 DONE", "2 DONE", "3 DONE"]


async def _printed(run: Run, recipe: str, username: str) -> list[str]:
    server, settings, database, acme, tmp_path = run.server, run.settings, run.database, run.acme, run.folder
    program = tmp_path / "recipe.py"
    program.write_text(recipe)
    who = {"TENANT": "acme", "USERNAME": username, "PASSWORD": PASSWORD, "PATH": os.environ["PATH"]}

    async def asked() -> str | None:
        async with database.unit_of_work(acme.id) as session:
            found = (await session.execute(select(operation.c.id))).scalar_one_or_none()
        return None if found is None else str(global_id("BulkOperation", found))

    async with running(server) as url:
        printing = asyncio.create_task(run_program([sys.executable, str(program)], tmp_path, {**who, "API_URL": url}))
        key = await wait_until(asked)
        assert key is not None
        await turn(server, settings, acme, key)
        return (await printing).splitlines()

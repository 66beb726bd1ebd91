"""The recipe of docs/api/bulk.md, as it stands there, against the running server and a worker's turn."""

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import Final

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


async def test_it_prints_every_line_of_the_file(
    server: Server, settings: Settings, database: Database, acme: TestTenant, tmp_path: Path
) -> None:
    [recipe] = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    program = tmp_path / "recipe.py"
    program.write_text(recipe)
    who = {"TENANT": "acme", "USERNAME": "analyst", "PASSWORD": PASSWORD, "PATH": os.environ["PATH"]}

    async def asked() -> str | None:
        async with database.unit_of_work(acme.id) as session:
            found = (await session.execute(select(operation.c.id))).scalar_one_or_none()
        return None if found is None else str(global_id("BulkOperation", found))

    async with running(server) as url:
        printing = asyncio.create_task(run_program([sys.executable, str(program)], tmp_path, {**who, "API_URL": url}))
        key = await wait_until(asked)
        assert key is not None
        await turn(server, settings, acme, key)
        printed = await printing
    lines = printed.splitlines()
    assert [f'"externalId":"acmecanary-c{number}"' in line for number, line in enumerate(lines)] == [True] * 3

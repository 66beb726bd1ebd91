"""GraphQL over HTTP, by the audits of the npm package graphql-http, which are run by Node."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest

from api.app import Server
from tests.support.client import Api
from tests.support.running import running
from tests.support.world import TestTenant

HERE: Final = Path(__file__).parent
AUDITS: Final = 61
BY_GET: Final = {"5A70", "D6D5", "6A70"}
"""What a server may do and this one does not: queries by GET would stand in logs, and other sites could send them."""


@pytest.fixture
async def url(server: Server) -> AsyncIterator[str]:
    async with running(server) as base_url:
        yield base_url


async def _run(*command: str, cwd: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode()


@pytest.mark.skipif(shutil.which("npm") is None, reason="the audits need Node and npm")
async def test_every_audit_is_passed(url: str, acme: TestTenant, tmp_path: Path) -> None:
    for name in ("package.json", "package-lock.json", "audit.js"):
        shutil.copy(HERE / name, tmp_path)
    await _run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=tmp_path)
    async with httpx.AsyncClient(base_url=url) as http:
        viewer = await Api(http).login("acme", "viewer")
    assert viewer.token is not None
    output = await _run("node", "audit.js", f"{url}/graphql", viewer.token, cwd=tmp_path)
    found: list[dict[str, Any]] = orjson.loads(output)
    missed = {audit["id"]: (audit["name"], audit["reason"]) for audit in found if audit["status"] != "ok"}
    assert set(missed) == BY_GET, missed
    assert len(found) == AUDITS

"""The server behind a real socket, and node with the pinned packages."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api.app import Server
from tests.clients import node
from tests.support.client import Api
from tests.support.running import running
from tests.support.world import TestTenant


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all processes of the run, and for the next run with the same packages."""
    folder = tmp_path_factory.getbasetemp().parent / f"node-{node.digest()}"
    node.install(folder)
    return folder


@pytest.fixture
async def url(server: Server, acme: TestTenant) -> AsyncIterator[str]:
    async with running(server) as base_url:
        yield base_url


@pytest.fixture
async def viewer(url: str) -> AsyncIterator[Api]:
    async with httpx.AsyncClient(base_url=url) as http:
        yield await Api(http).login("acme", "viewer")

"""What the worker works out is seen as soon as its job has ended, whatever was kept before."""

from typing import Final

import httpx
import pytest
from starlette.applications import Starlette

from api.app import Server
from api.cache import answers as answering
from api.settings import Settings
from models.database import Database
from tests.segments.support import buy, two_kinds
from tests.support.client import Api
from tests.support.waiting import wait_until
from tests.support.world import NOW, make_tenant, real_clock

SEGMENTATIONS: Final = "{ segmentations(first: 5) { nodes { number state } } }"
RUN: Final = "mutation { segmentationRun(input: {method: RFM}) { userErrors { code } } }"


@pytest.mark.usefixtures("long_kept")
async def test_what_was_kept_before_a_job_ended_is_not_shown_after_it(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "REFRESH_SECONDS", 600.0)
    tenant = await make_tenant(database, "acme", "acmecanary")
    await buy(database, tenant, two_kinds(40))
    server = Server(settings, with_worker=True, now=real_clock(NOW))
    transport = httpx.ASGITransport(Starlette(routes=server.routes()))
    async with server.running(), httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        analyst = await Api(http).login("acme", "analyst")
        assert (await analyst.data(RUN))["segmentationRun"]["userErrors"] == []

        async def is_shown_ready() -> bool:
            """Each look keeps what it sees: the version is queued for as long as nobody tells of the job's end."""
            nodes = (await analyst.data(SEGMENTATIONS))["segmentations"]["nodes"]
            return [one["state"] for one in nodes] == ["READY"]

        await wait_until(is_shown_ready)

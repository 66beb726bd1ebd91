"""Metrics over real sockets: who joins late, and who comes back, knows in the end what a fresh query gives."""

from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
from starlette.applications import Starlette

from api.app import Server
from api.cache.freshness import EVERYTHING
from models.database import Database
from tests.support.client import Api
from tests.support.frames import Frames, open_socket
from tests.support.running import graphql_view, serving
from tests.support.world import NOW, TestTenant, ingest, order

Known = tuple[dict[str, dict[str, float]], dict[str, tuple[float, float]]]
METRICS = ["orders", "revenue", "active_customers"]
FOLLOW = """
subscription Follow($metrics: [String!]!, $resumeFrom: String) {
  metricUpdates(metrics: $metrics, range: {preset: LAST_24_HOURS}, resumeFrom: $resumeFrom) {
    metric total previousTotal rangeStart buckets { start value } cursor
  }
}
"""
FRESH = """
query($metric: String!) {
  metricSeries(metric: $metric, range: {preset: LAST_24_HOURS}) { total previousTotal buckets { start value } }
}
"""


@dataclass
class Page:
    """Folds as the schema says, and keeps what it knows when its connection drops."""

    buckets: dict[str, dict[str, float]] = field(default_factory=dict)
    totals: dict[str, tuple[float, float]] = field(default_factory=dict)
    cursor: str | None = None
    sizes: list[int] = field(default_factory=list)

    def take(self, frame: dict[str, Any]) -> None:
        update = frame["payload"]["data"]["metricUpdates"]
        known = self.buckets.setdefault(update["metric"], {})
        known.update({bucket["start"]: bucket["value"] for bucket in update["buckets"]})
        for start in [start for start in known if start < update["rangeStart"]]:
            del known[start]
        self.totals[update["metric"]] = (update["total"], update["previousTotal"])
        self.cursor = update["cursor"] or self.cursor
        self.sizes.append(len(update["buckets"]))

    @property
    def messages(self) -> int:
        return len(self.sizes)

    async def follow(self, frames: Frames) -> str:
        return await frames.begin(FOLLOW, {"metrics": METRICS, "resumeFrom": self.cursor})

    async def know(self, frames: Frames, wanted: Known) -> None:
        """Takes messages until it knows that."""
        while (self.buckets, self.totals) != wanted:
            self.take(await frames.receive())


async def fresh(api: Api) -> Known:
    buckets: dict[str, dict[str, float]] = {}
    totals: dict[str, tuple[float, float]] = {}
    for metric in METRICS:
        series = (await api.data(FRESH, {"metric": metric}))["metricSeries"]
        buckets[metric] = {bucket["start"]: bucket["value"] for bucket in series["buckets"]}
        totals[metric] = (series["total"], series["previousTotal"])
    return buckets, totals


async def test_late_ones_and_returning_ones_know_what_a_fresh_query_gives(
    server: Server, database: Database, acme: TestTenant
) -> None:
    routes = server.routes()
    view = graphql_view(routes)
    numbers = iter(range(900, 1_000))

    async def one_order() -> Known:
        at = NOW - timedelta(minutes=next(numbers) - 900)
        await ingest(database, acme, order(acme, next(numbers), customer=1, amount=700, at=at))
        server.cache.invalidation.changed(acme.id, EVERYTHING)  # written around the server, which keeps answers
        return await fresh(viewer)

    async with (
        serving(Starlette(routes=routes)) as url,
        httpx.AsyncClient(base_url=url) as http,
        AsyncExitStack() as sockets,
    ):
        viewer = await Api(http).login("acme", "viewer")

        async def socket() -> Frames:
            frames = await sockets.enter_async_context(open_socket(url))
            await frames.init(viewer.token)
            return frames

        early, late, returning = await socket(), await socket(), await socket()
        pages = {early: Page(), late: Page(), returning: Page()}
        for frames in (early, returning):
            await pages[frames].follow(frames)
            await pages[frames].know(frames, await fresh(viewer))
            assert pages[frames].messages == len(METRICS)
        await returning._connection.close()
        known = await one_order()
        await pages[early].know(early, known)
        await pages[late].follow(late)
        await pages[late].know(late, known)
        known = await one_order()
        for frames in (early, late):
            await pages[frames].know(frames, known)
        again, page = await socket(), pages[returning]
        before = page.messages
        await page.follow(again)
        await page.know(again, known)
        assert before < page.messages
        assert page.sizes[before:] == [1] * (page.messages - before)
        assert len(view.sockets.streams) == 1

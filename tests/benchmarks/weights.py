"""What a point costs: processor time of the server for each kind of query, beside the points it is charged.

`python -m tests.benchmarks.weights [CUSTOMERS]`: no cache, one process, the database beside it. The points are fair
when no query gets much more time a point than another.
"""

# ruff: noqa: T201
import asyncio
import statistics
import sys
import time
from typing import Any, Final

import httpx
from pydantic import SecretStr
from starlette.applications import Starlette

from api.app import Server
from api.settings import Environment, Settings
from models.database import Database
from tests.support import services
from tests.support.client import Api
from tests.support.crowd import crowd
from tests.support.world import clock, make_tenant

ROUNDS: Final = 15
QUERIES: Final = {
    "one object": "{ me { name } }",
    "20 customers": "{ customers(first: 20) { nodes { id name totalSpent { amount } } } }",
    "100 customers": "{ customers(first: 100) { nodes { id name totalSpent { amount } } } }",
    "100 customers by money": (
        "{ customers(first: 100, orderBy: [{field: TOTAL_SPENT, direction: DESC}]) { nodes { id name } } }"
    ),
    "50 customers, 10 orders each": (
        "{ customers(first: 50) { nodes { id orders(first: 10) { nodes { id placedAt total { amount } } } } } }"
    ),
    "100 customers and their count": "{ customers(first: 100) { nodes { id } totalCount { value } } }",
    "100 events": "{ events(first: 100) { nodes { id name occurredAt } } }",
    "series of a week": (
        '{ metricSeries(metric: "orders", range: {preset: LAST_7_DAYS}) { bucket buckets { start value } } }'
    ),
}


async def measured(viewer: Api, query: str) -> tuple[int, float]:
    """(points, milliseconds)."""
    headers = {"authorization": f"Bearer {viewer.token}", "x-query-cost": "true"}
    taken: list[float] = []
    points = 0
    for _ in range(ROUNDS):
        begun = time.process_time()
        answer: dict[str, Any] = (await viewer.http.post("/graphql", json={"query": query}, headers=headers)).json()
        taken.append((time.process_time() - begun) * 1_000)
        assert "errors" not in answer, answer["errors"]
        points = answer["extensions"]["cost"]["actualQueryCost"]
    return points, statistics.median(taken)


async def run(customers: int) -> None:
    name = "cip_weights"
    await services.clone_template(name)
    url = services.application_url(name)
    database = Database.connect(url, pool_size=2)
    await crowd(database, await make_tenant(database, "crowd", "crowdcanary"), customers, clock())
    await database.close()
    settings = Settings(
        database_url=url,
        redis_url=services.redis_url(),
        jwt_secret_key=SecretStr("the benchmark's own secret, as long as a real one"),
        environment=Environment.TEST,
    )
    server = Server(settings, now=clock)
    transport = httpx.ASGITransport(Starlette(routes=server.routes()))
    try:
        async with server.running(), httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            viewer = await Api(http).login("crowd", "viewer")
            print(f"{'query':<32}{'points':>8}{'CPU':>10}{'a point':>12}")
            for title, query in QUERIES.items():
                points, milliseconds = await measured(viewer, query)
                each = milliseconds * 1_000 / points
                print(f"{title:<32}{points:>8}{milliseconds:>7.1f} ms{each:>9.0f} µs")
    finally:
        await services.drop(name)


if __name__ == "__main__":
    own = services.TestServices()
    own.start()
    try:
        asyncio.run(run(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000))
    finally:
        own.stop()

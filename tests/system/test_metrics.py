"""/metrics is the operator's, and its labels are few and name no tenant."""

import re
from typing import Any, Final

import httpx
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from starlette.applications import Starlette

from api.app import Server
from api.settings import Environment, Settings
from tests.support.client import Api
from tests.support.world import TestTenant, clock, order

TOKEN: Final = "kX3vR7pQ9sT2wY5z"
LABELS: Final = {"kind", "outcome", "layer", "topic", "verdict", "service", "shard", "task", "le"}
MOST_SERIES: Final = 300
UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}|[0-9a-f]{32}")
HERE: Final = ("127.0.0.1", 1)


async def status(
    settings: Settings,
    changes: dict[str, Any],
    *,
    client: tuple[str, int] = HERE,
    headers: dict[str, str] | None = None,
) -> int:
    """What a server with these settings answers to a scrape."""
    server = Server(settings.model_copy(update=changes), now=clock)
    transport = httpx.ASGITransport(Starlette(routes=server.routes()), client=client)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        found = (await http.get("/metrics", headers=headers or {})).status_code
    await server.close()
    return found


PRODUCTION: Final = {"environment": Environment.PRODUCTION}
WITH_TOKEN: Final = {"metrics_token": SecretStr(TOKEN)}


async def test_who_may_scrape(settings: Settings) -> None:
    bearer = {"authorization": f"Bearer {TOKEN}"}
    assert await status(settings, {}) == 200
    assert await status(settings, {}, client=("::1", 1)) == 200
    assert await status(settings, {}, client=("203.0.113.9", 1)) == 403
    assert await status(settings, {}, headers={"x-forwarded-for": "127.0.0.1"}) == 403
    assert await status(settings, PRODUCTION) == 403
    assert await status(settings, WITH_TOKEN) == 403
    assert await status(settings, WITH_TOKEN, headers={"authorization": "Bearer wrong"}) == 403
    assert await status(settings, WITH_TOKEN, headers={"authorization": f"Basic {TOKEN}"}) == 403
    assert await status(settings, WITH_TOKEN, headers=bearer) == 200
    assert await status(settings, PRODUCTION | WITH_TOKEN, headers=bearer, client=("203.0.113.9", 1)) == 200
    assert await status(settings, {"enable_monitoring": False}) == 404


async def test_every_series_has_known_labels_and_no_tenant_in_them(api: Api, server: Server, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    await viewer.data("{ customers(first: 1) { nodes { name } } }")
    await server.ingest.ingest(acme.id, [order(acme, 900, customer=1, amount=5, at=clock())], actor="test")
    await server.monitor.sample()
    response = await api.http.get("/metrics")
    ours = [one for one in text_string_to_metric_families(response.text) if one.name.startswith("cip_")]
    samples = [sample for family in ours for sample in family.samples]
    assert {label for sample in samples for label in sample.labels} <= LABELS
    assert len(samples) < MOST_SERIES
    for sign in (str(acme.id), acme.id.hex, acme.slug, acme.canary):
        assert sign not in response.text
    assert UUID.search("".join(str(sample.labels) for sample in samples)) is None
    lengths = {sample.labels["topic"] for sample in samples if sample.name == "cip_stream_length"}
    assert len(lengths) == 6


async def test_operations_are_counted_by_their_kind_and_outcome(api: Api, acme: TestTenant) -> None:
    async def count(kind: str, outcome: str) -> float:
        text = (await api.http.get("/metrics")).text
        found = re.search(rf'cip_graphql_operation_seconds_count{{kind="{kind}",outcome="{outcome}"}} (\S+)', text)
        return float(found[1]) if found else 0.0

    wanted = [("query", "ok"), ("mutation", "ok"), ("query", "refused"), ("invalid", "refused")]
    before = [await count(*one) for one in wanted]
    viewer = await api.login("acme", "viewer")
    await viewer.data("{ me { name } }")
    await viewer.error_code('{ metricSeries(metric: "nothing", range: {preset: LAST_HOUR}) { total } }')
    await viewer.error_code("{ me { name }")
    assert [await count(*one) for one in wanted] == [one + 1 for one in before]
    assert (await api.http.get("/graphql")).status_code == 405
    assert await count("invalid", "refused") == before[3] + 2


async def test_a_request_keeps_its_id_when_it_can_be_no_name(api: Api) -> None:
    body = {"query": "{ me { name } }"}
    for given, kept in (("deploy-2026_03", True), ("a@b.example", False), ("short", False), ("x" * 65, False)):
        response = await api.http.post("/graphql", json=body, headers={"x-request-id": given})
        assert (response.headers["x-request-id"] == given) is kept
        [error] = response.json()["errors"]
        assert error["extensions"]["requestId"] == response.headers["x-request-id"]

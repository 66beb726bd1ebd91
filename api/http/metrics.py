"""/metrics for Prometheus: everything this process knows, from its memory alone, so that a scrape never waits.

It adds up all tenants, so it is the operator's: with METRICS_TOKEN as a bearer token, or, outside production and
without one, from this very machine.
"""

import secrets
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from api.settings import Settings
from api.system.gauges import gauges
from api.system.monitor import Monitor

FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")
REFUSED: Final = "Send METRICS_TOKEN as a bearer token; see docs/operations.md.\n"


class _Gauges(Collector):
    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def collect(self) -> Iterator[Metric]:
        for name, help_text, labels, values in gauges(self._monitor):
            family = GaugeMetricFamily(name, help_text, labels=labels)
            for label_values, value in values:
                family.add_metric(label_values, value)
            yield family


def routes(monitor: Monitor, settings: Settings) -> list[Route]:
    """No route while ENABLE_MONITORING is false."""
    if not settings.enable_monitoring:
        return []
    own = CollectorRegistry(auto_describe=False)
    own.register(_Gauges(monitor))

    async def show(request: Request) -> Response:
        if not _may_read(request, settings):
            return PlainTextResponse(REFUSED, 403)
        body = generate_latest(REGISTRY) + generate_latest(own)
        return Response(body, headers={"content-type": CONTENT_TYPE_LATEST, "cache-control": "no-store"})

    return [Route("/metrics", show)]


def _may_read(request: Request, settings: Settings) -> bool:
    if settings.metrics_token is not None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        expected = settings.metrics_token.get_secret_value().encode()
        return scheme.lower() == "bearer" and secrets.compare_digest(given.strip().encode(), expected)
    forwarded = any(name in request.headers for name in FORWARDED)
    return not settings.production and not forwarded and _is_here(request)


def _is_here(request: Request) -> bool:
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False

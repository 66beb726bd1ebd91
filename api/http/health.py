"""Liveness and readiness, for whatever runs the server. Redis being away makes it slower, not unready."""

import asyncio
import logging
from collections.abc import Callable, Collection

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from api.http.outage import Outage
from api.system.monitor import REDIS_READINESS_PATIENCE, Monitor
from models.migrations import head_revision

log = logging.getLogger(__name__)


def routes(monitor: Monitor, stopped: Collection[str], head: Callable[[], str | None] = head_revision) -> list[Route]:
    """`stopped` names the background tasks that have ended although nobody asked them to."""
    expected = head()

    async def live(request: Request) -> JSONResponse:
        return JSONResponse({"status": "live"})

    async def ready(request: Request) -> JSONResponse:
        postgres, redis = await asyncio.gather(monitor.ask_postgres(), monitor.ask_redis(REDIS_READINESS_PATIENCE))
        if postgres.value is None:
            log.warning("not ready: the database cannot be reached: %s", postgres.fault)
            database = "unreachable"
        else:
            database = "ok" if postgres.value.migration == expected else "migration pending"
        is_ready = database == "ok" and not stopped
        answer = {
            "status": "ready" if is_ready else "not ready",
            "database": database,
            "redis": "unreachable" if redis.value is None else "ok",
        }
        if stopped:
            answer["stopped"] = ", ".join(stopped)
        return JSONResponse(answer, 200 if is_ready else 503)

    return [Route("/health/live", live), Route("/health/ready", ready, middleware=[Middleware(Outage)])]

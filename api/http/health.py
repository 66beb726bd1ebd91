"""Liveness and readiness, for whatever runs the server. Redis being away makes it slower, not unready."""

import logging
from collections.abc import Callable, Collection

from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from api.http.outage import Outage
from api.streams.hub import Hub
from models.database import Database
from models.migrations import current_revision, head_revision

log = logging.getLogger(__name__)


def routes(
    database: Database, hub: Hub, stopped: Collection[str], head: Callable[[], str | None] = head_revision
) -> list[Route]:
    """`stopped` names the background tasks that have ended although nobody asked them to."""
    expected = head()

    async def live(request: Request) -> JSONResponse:
        return JSONResponse({"status": "live"})

    async def ready(request: Request) -> JSONResponse:
        redis = "ok" if hub.connected else "unreachable"
        try:
            async with database.engine.connect() as connection:
                current = await current_revision(connection)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("not ready: the database cannot be reached: %s", type(error).__name__)
            return JSONResponse({"status": "not ready", "database": "unreachable", "redis": redis}, 503)
        is_ready = current == expected and not stopped
        answer = {
            "status": "ready" if is_ready else "not ready",
            "database": "ok" if current == expected else "migration pending",
            "redis": redis,
        }
        if stopped:
            answer["stopped"] = ", ".join(stopped)
        return JSONResponse(answer, 200 if is_ready else 503)

    return [Route("/health/live", live), Route("/health/ready", ready, middleware=[Middleware(Outage)])]

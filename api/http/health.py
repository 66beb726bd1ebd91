"""Liveness and readiness, for whatever runs the server. Redis being away makes it slower, not unready."""

import logging
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from api.streams.hub import Hub
from models.database import Database
from models.migrations import current_revision, head_revision

log = logging.getLogger(__name__)


def routes(database: Database, hub: Hub, head: Callable[[], str | None] = head_revision) -> list[Route]:
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
        migrated = "ok" if current == expected else "migration pending"
        status = "ready" if current == expected else "not ready"
        return JSONResponse({"status": status, "database": migrated, "redis": redis}, 200 if status == "ready" else 503)

    return [Route("/health/live", live), Route("/health/ready", ready)]

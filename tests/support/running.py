"""The server behind a real socket, in the test's own loop: for WebSockets, and for what a transport in memory hides."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from api.app import Server
from api.cli.serving import protocol_options
from api.graphql.transport import GraphQLView
from tests.support.waiting import wait_until


def graphql_view(routes: Sequence[BaseRoute]) -> GraphQLView:
    """What answers under /graphql, inside of what observes and guards it."""
    [found] = [route.endpoint for route in routes if isinstance(route, Route) and route.path == "/graphql"]
    while not isinstance(found, GraphQLView):
        found = found._app  # type: ignore[attr-defined]
    return found


@asynccontextmanager
async def running(server: Server) -> AsyncIterator[str]:
    """The base URL of a server that is in its own `running` already."""
    async with serving(Starlette(routes=server.routes())) as url:
        yield url


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """The base URL, such as http://127.0.0.1:41234. At the end every connection is closed."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        config = uvicorn.Config(app, lifespan="off", timeout_graceful_shutdown=1, **protocol_options())
        server = uvicorn.Server(config)
        # `serve` would also take the signals of the test run.
        task = asyncio.create_task(server._serve([listening]))

        async def started() -> bool:
            if task.done():
                await task
            return server.started

        try:
            await wait_until(started)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            await task


def socket_url(base_url: str) -> str:
    return f"{base_url.replace('http', 'ws', 1)}/graphql"

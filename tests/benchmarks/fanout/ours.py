"""The product's server with one field more, whose messages come ten times a second: everything between the shared
stream and the socket is the product's own, and so are the login and the socket's admission (with higher caps)."""

import asyncio
import socket
import sys
import time
from collections.abc import AsyncGenerator
from typing import Any, ClassVar, Final

import orjson
import strawberry
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from api.app import Server
from api.cli.serving import keep_what_stands, protocol_options
from api.graphql.context import Info
from api.graphql.operation import CipSchema
from api.graphql.permissions import Access, Requirement, field, subscription
from api.graphql.sockets.admission import Caps
from api.graphql.transport import GraphQLView
from api.settings import Environment, Settings
from api.streams.feeds import Feed, Sharing
from tests.support.running import graphql_view

TEXT: Final = "x" * 310
PAUSE: Final = 0.1
MANY: Final = 1_000_000


@strawberry.type(description="One message.")
class Tick:
    __needs__: ClassVar[Requirement] = Access.AUTHENTICATED
    seq: int
    at: float
    text: str


@strawberry.type
class Query:
    @field(Access.AUTHENTICATED, "Nothing.")
    async def nothing(self) -> int:
        return 0


@strawberry.type
class Subscription:
    @subscription(Access.AUTHENTICATED, "Ten messages a second.", Sharing.CHANGES)
    async def ticks(self, info: Info) -> AsyncGenerator[Tick, None]:
        feed = info.context.feed or Feed()
        wake = asyncio.Event()
        feed.listen(wake)
        begun, seq = time.monotonic(), 0
        while True:
            if feed.wanted:
                feed.whole(last=True)
                yield _tick(seq)
            wake.clear()
            try:
                async with asyncio.timeout(begun + (seq + 1) * PAUSE - time.monotonic()):
                    await wake.wait()
            except TimeoutError:
                seq += 1
                feed.change()
                yield _tick(seq)


def _tick(seq: int) -> Tick:
    return Tick(seq=seq, at=time.time() * 1000, text=TEXT)


def application(server: Server) -> Starlette:
    """The product under /graphql, the ticks under /ticks."""
    routes = server.routes()
    product = graphql_view(routes)
    schema = CipSchema(query=Query, subscription=Subscription)
    ticks: Any = GraphQLView(
        schema, product._services, product._authenticator, server.cache.answers, Caps(20, MANY, MANY)
    )
    return Starlette(routes=[*routes, WebSocketRoute("/ticks", ticks)])


async def serve(database_url: str, redis_url: str) -> None:
    settings = Settings(
        database_url=database_url,
        redis_url=redis_url,
        jwt_secret_key=SecretStr("the benchmark's own secret, as long as a real one"),
        environment=Environment.TEST,
    )
    server = Server(settings)
    async with server.running():
        keep_what_stands()
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            config = uvicorn.Config(application(server), lifespan="off", **protocol_options())
            print(orjson.dumps({"port": listening.getsockname()[1]}).decode(), flush=True)  # noqa: T201
            await uvicorn.Server(config).serve([listening])


if __name__ == "__main__":
    import uvloop

    uvloop.run(serve(*sys.argv[1:3]))

"""The product's server with two subscriptions more, one of each kind, whose messages come when the test says so."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import strawberry
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from api.app import Server
from api.errors import BadInputError
from api.graphql.context import Info
from api.graphql.operation import CipSchema
from api.graphql.permissions import Access, subscription
from api.graphql.permissions import field as query_field
from api.graphql.sockets.admission import CAPS, Caps
from api.graphql.transport import GraphQLView
from api.streams.feeds import Feed, Sharing
from tests.support.running import graphql_view, serving

CHANGES = "subscription($resumeFrom: String) { changes(resumeFrom: $resumeFrom) }"
STATES = 'subscription($of: String! = "") { states(of: $of) }'
ALONE = "subscription { alone }"


@dataclass
class Source:
    """What the generators read, and what is known of them."""

    value: int = 0
    padding: str = ""
    executions: int = 0
    open: int = 0
    accounts: set[Any] = field(default_factory=set)
    wakes: set[asyncio.Event] = field(default_factory=set)

    def set(self, value: int) -> None:
        self.value = value
        for wake in self.wakes:
            wake.set()

    async def follow(self, info: Info, wake: asyncio.Event) -> AsyncGenerator[str, None]:
        self.executions += 1
        self.open += 1
        self.accounts.add(info.context.principal.account_id)
        self.wakes.add(wake)
        try:
            while True:
                wake.clear()
                yield f"{self.value} {self.padding}"
                await wake.wait()
        finally:
            self.open -= 1
            self.wakes.discard(wake)


def make_schema(source: Source) -> CipSchema:
    @strawberry.type
    class Query:
        @query_field(Access.AUTHENTICATED, "One.")
        async def one(self) -> int:
            return 1

    @strawberry.type
    class Subscription:
        @subscription(Access.AUTHENTICATED, "The value, with the cursor behind it.", Sharing.CHANGES)
        async def changes(self, info: Info, resume_from: str | None = None) -> AsyncGenerator[list[str], None]:
            feed = info.context.feed or Feed()
            wake = asyncio.Event()
            feed.listen(wake)
            known: str | None = None
            async for value in source.follow(info, wake):
                if known is not None and value != known:
                    yield [value, feed.change()]
                known = value
                if feed.wanted:
                    yield [value, feed.whole(last=True) or ""]

        @subscription(Access.AUTHENTICATED, "The value.", Sharing.STATES)
        async def states(self, info: Info, of: str = "") -> AsyncGenerator[str, None]:
            if of == "nothing":
                raise BadInputError("There is nothing of nothing.")
            async for value in source.follow(info, asyncio.Event()):
                if value.startswith("-1 "):
                    return
                if value.startswith("-2 "):
                    raise RuntimeError("secret")
                yield value

        @subscription(Access.AUTHENTICATED, "The value, for each by itself.")
        async def alone(self, info: Info) -> AsyncGenerator[str, None]:
            async for value in source.follow(info, asyncio.Event()):
                yield value

    return CipSchema(query=Query, subscription=Subscription)


@asynccontextmanager
async def ticking(server: Server, source: Source, caps: Caps = CAPS) -> AsyncIterator[tuple[str, GraphQLView]]:
    """The base URL: the product answers under /graphql, and the ticking sockets are under /ticking/graphql."""
    routes = server.routes()
    product = graphql_view(routes)
    view = GraphQLView(make_schema(source), product._services, product._authenticator, server.cache.answers, caps)
    socket: Any = view
    async with serving(Starlette(routes=[*routes, WebSocketRoute("/ticking/graphql", socket)])) as url:
        yield url, view

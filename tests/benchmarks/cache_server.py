"""The product's API in a process of its own, with one layer of the cache or the other left out; or its worker.

`python -m tests.benchmarks.cache_server MODE SETTINGS BYTES` prints its port. MODE: full; l2 (no memory); miss (nothing
is ever kept, but looked for); none (every operation goes past the cache); worker. /static answers that many bytes.
"""

# ruff: noqa: T201
import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api import worker
from api.app import Server
from api.cache.answers import Answers
from api.cache.memory import Memory
from api.cache.shared import Shared
from api.cli.serving import claim_port, run
from api.graphql.freshness import Freshnesses
from api.settings import Settings


def make_app(mode: str, settings: Settings) -> Starlette:
    server = Server(settings)
    if mode in ("l2", "miss"):
        shared: Shared | None = server.cache.answers._shared if mode == "l2" else None
        memory = Memory(server.cache.answers._monotonic, maximum_entries=0)
        answers = Answers(memory, shared, server.cache.invalidation)
        server.cache = replace(server.cache, answers=answers)
    if mode == "none":
        decide = Freshnesses.of
        Freshnesses.of = lambda self, *asked: decide(self, *asked)._replace(freshness=None)  # type: ignore[method-assign]
    body = b"x" * int(sys.argv[3])

    async def static(request: Request) -> Response:
        return Response(body, media_type="application/json")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with server.running():
            yield

    return Starlette(routes=[*server.routes(), Route("/static", static, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    settings = Settings.model_validate_json(sys.argv[2])
    if sys.argv[1] == "worker":
        asyncio.run(worker.run(settings))
    with claim_port("127.0.0.1", 0) as claimed:
        run(make_app(sys.argv[1], settings), claimed, lambda: print(claimed.getsockname()[1], flush=True))

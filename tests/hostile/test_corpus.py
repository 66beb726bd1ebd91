"""Whatever an anonymous caller sends is answered or refused in less than 100 ms of the server's CPU time.

Machines differ and are busy, so the time is the thread's own, and the limit grows with what a plain document takes.
"""

import gc
import time
from collections.abc import Iterator
from typing import Any, Final

import httpx
import orjson
import pytest
from graphql import parse
from starlette.applications import Starlette

from api.app import Server
from tests.hostile.corpus import corpus
from tests.support.world import TestTenant

LIMIT_SECONDS: Final = 0.1
CONTROL: Final = "{" + " a" * 1_990 + "}"
CONTROLS: Final = 6
"""Reading the largest document that is allowed takes about 15 ms where these limits were set."""
TRIES: Final = 3
HEADERS: Final = {"content-type": "application/json"}


@pytest.fixture
def without_collection() -> Iterator[None]:
    """Whose turn it is when the garbage of a whole test run is collected says nothing of its request."""
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()


def _control() -> float:
    begun = time.thread_time()
    parse(CONTROL, max_tokens=2_000)
    return time.thread_time() - begun


@pytest.mark.usefixtures("without_collection")
async def test_each_hostile_request_is_answered_or_refused_for_little(
    server: Server, acme: TestTenant, capsys: pytest.CaptureFixture[str]
) -> None:
    slow: dict[str, float] = {}
    times: list[tuple[float, str]] = []
    transport = httpx.ASGITransport(Starlette(routes=server.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        for name, body in corpus():
            content = orjson.dumps(body)
            best = 9.0
            for _ in range(TRIES):
                before = time.thread_time()
                answer = await http.post("/graphql", content=content, headers=HEADERS)
                best = min(best, time.thread_time() - before)
                assert answer.status_code == 200, (name, answer.status_code)
                _check(name, answer.json())
                if best < LIMIT_SECONDS:
                    break
            times.append((best, name))
            if best >= max(LIMIT_SECONDS, CONTROLS * _control()):
                slow[name] = best
    with capsys.disabled():
        seconds, name = max(times)
        print(f"\n{len(times)} hostile requests, the dearest {seconds * 1000:.0f} ms of CPU: {name}")  # noqa: T201
    assert slow == {}


def _check(name: str, answer: dict[str, Any]) -> None:
    """Either an answer of its own, or errors with a code that says what is wrong; never a failure of ours."""
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    expected = {
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "MAX_COST_EXCEEDED",
        "BAD_USER_INPUT",
        "UNAUTHENTICATED",
        "OPERATION_RESOLUTION_FAILURE",
    }
    assert codes <= expected, (name, codes)
    assert codes or answer["data"] is not None, name

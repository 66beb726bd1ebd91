"""The clock of a request: what it counts, what it leaves alone, and what becomes of work that is given up."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.outage import Outage

PATIENCE: Final = 0.1
LONGER: Final = 3 * PATIENCE


async def post(app: ASGIApp, body: AsyncIterator[bytes] | bytes = b"") -> httpx.Response:
    transport = httpx.ASGITransport(Outage(app, patience=PATIENCE))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        return await http.post("/", content=body)


async def answered(app: ASGIApp) -> tuple[int, str | None]:
    response = await post(app)
    return response.status_code, response.headers.get("retry-after")


async def test_work_that_takes_too_long_is_given_up_and_cancelled() -> None:
    cancelled = asyncio.Event()

    async def hang(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    assert await answered(hang) == (503, "2")
    await cancelled.wait()


async def test_what_it_would_have_answered_later_goes_nowhere() -> None:
    answered_late = asyncio.Event()

    async def stubborn(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await Response("late")(scope, receive, send)
            answered_late.set()

    assert await answered(stubborn) == (503, "2")
    await answered_late.wait()


async def test_a_body_may_take_its_time() -> None:
    async def slowly() -> AsyncIterator[bytes]:
        yield b"one "
        await asyncio.sleep(LONGER)
        yield b"two"

    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        await PlainTextResponse(body)(scope, receive, send)

    response = await post(echo, slowly())
    assert (response.status_code, response.text) == (200, "one two")


async def test_an_answer_that_has_begun_is_not_cut() -> None:
    async def slowly() -> AsyncIterator[str]:
        yield "one "
        await asyncio.sleep(LONGER)
        yield "two"

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        await StreamingResponse(slowly())(scope, receive, send)

    assert (await post(stream)).text == "one two"


async def test_a_database_that_refuses_is_told_of_and_a_defect_of_ours_is_not_hidden() -> None:
    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        raise ConnectionRefusedError

    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise LookupError("ours")

    assert await answered(refuse) == (503, "2")
    with pytest.raises(LookupError, match="ours"):
        await post(fail)

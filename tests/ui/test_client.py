import asyncio
import contextvars
import json
from collections.abc import Callable

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from ui.client import ApiClient, ApiError
from ui.records import Record
from ui.session import Visitor, visiting
from ui.shell_callbacks import ShellAnswer

Handler = Callable[[httpx.Request], httpx.Response]


class Zone(Record):
    time_zone: str


def client_of(handler: Handler) -> ApiClient:
    return ApiClient(httpx.MockTransport(handler), "http://app.test:8000/")


def answering(body: object, status: int = 200, request_id: str = "r-1") -> ApiClient:
    return client_of(lambda _: httpx.Response(status, json=body, headers={"x-request-id": request_id}))


async def refusal(client: ApiClient) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await client.run("Shell", ShellAnswer)
    return caught.value


async def test_an_operation_is_sent_with_the_visitors_cookie_and_our_own_origin() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"data": {"timeZone": "Europe/London"}})

    with visiting(Visitor(cookie="cip_session=abc")):
        answer = await client_of(handler).run("Shell", Zone, {"x": 1})
    assert answer == Zone(time_zone="Europe/London")
    assert str(seen[0].url) == "http://app.test:8000/graphql"
    assert (seen[0].headers["cookie"], seen[0].headers["origin"]) == ("cip_session=abc", "http://app.test:8000")
    assert seen[0].headers["host"] == "app.test:8000"
    sent = json.loads(seen[0].content)
    assert (sent["operationName"], sent["variables"]) == ("Shell", {"x": 1})
    assert sent["query"].startswith("query Shell {")


async def test_without_a_visitor_no_cookie_is_sent() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"data": {"timeZone": "UTC"}})

    await client_of(handler).run("Shell", Zone)
    assert "cookie" not in seen[0].headers


async def test_neither_side_of_a_call_sees_the_others_context() -> None:
    shared: contextvars.ContextVar[str] = contextvars.ContextVar("shared", default="unset")
    seen: list[str] = []

    def handler(_: httpx.Request) -> httpx.Response:
        seen.append(shared.get())
        shared.set("by the API")
        return httpx.Response(200, json={"data": {"timeZone": "UTC"}})

    shared.set("by the callback")
    await client_of(handler).run("Shell", Zone)
    assert seen == ["unset"]
    assert shared.get() == "by the callback"


async def test_a_coded_error_keeps_code_message_and_request() -> None:
    body = {"data": None, "errors": [{"message": "Log in first.", "extensions": {"code": "UNAUTHENTICATED"}}]}
    error = await refusal(answering(body))
    assert (error.code, error.message, error.request_id) == ("UNAUTHENTICATED", "Log in first.", "r-1")


@pytest.mark.parametrize(
    ("client", "code"),
    [
        (answering({"errors": [{"message": "No."}]}), "UNKNOWN"),
        (answering({"errors": ["No."]}), "UNKNOWN"),
        (answering({"data": None}), "BAD_ANSWER"),
        (answering({"data": {"me": None}}), "BAD_ANSWER"),
        (answering([1, 2]), "BAD_ANSWER"),
        (client_of(lambda _: httpx.Response(502, text="<html>")), "BAD_ANSWER"),
    ],
)
async def test_an_answer_that_is_no_answer_is_an_error(client: ApiClient, code: str) -> None:
    assert (await refusal(client)).code == code


async def test_an_api_in_process_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("ui.client.TIMEOUT_SECONDS", 0.05)
    client = ApiClient(httpx.ASGITransport(hang), "http://app.test")
    assert (await refusal(client)).code == "TIMEOUT"


@pytest.mark.parametrize(
    ("failure", "code"), [(httpx.ReadTimeout("slow"), "TIMEOUT"), (httpx.ConnectError("gone"), "UNREACHABLE")]
)
async def test_an_api_that_does_not_answer_is_an_error(failure: httpx.HTTPError, code: str) -> None:
    def handler(_: httpx.Request) -> httpx.Response:
        raise failure

    assert (await refusal(client_of(handler))).code == code

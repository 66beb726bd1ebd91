"""The only way the user interface gets data: one GraphQL operation, sent with the visitor's own cookie."""

import asyncio
import contextvars
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ValidationError

from ui.session import current_visitor

OPERATIONS = Path(__file__).parent / "operations"
TIMEOUT_SECONDS = 10.0
UNAUTHENTICATED = "UNAUTHENTICATED"

Answer = TypeVar("Answer", bound=BaseModel)


class ApiError(Exception):
    """The API refused, failed or did not answer; `message` is fit for a person."""

    def __init__(self, code: str, message: str, request_id: str | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.request_id = request_id


@cache
def operation_text(name: str) -> str:
    return (OPERATIONS / f"{name}.graphql").read_text(encoding="utf-8")


class ApiClient:
    def __init__(self, transport: httpx.AsyncBaseTransport, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._endpoint = f"{base_url.rstrip('/')}/graphql"
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._http = httpx.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS)

    @property
    def base_url(self) -> str:
        """The address that people reach this server by."""
        return self._origin

    async def run(self, name: str, answer: type[Answer], variables: Mapping[str, Any] | None = None) -> Answer:
        """Runs the operation of `operations/<name>.graphql`; raises ApiError when it has no complete answer."""
        cookie = current_visitor().cookie
        # A task with an empty context: an in-process API takes nothing from the callback's, and leaves nothing in it.
        task = asyncio.create_task(self._post(name, variables or {}, cookie), context=contextvars.Context())
        try:
            # An in-process transport knows no time-out of its own.
            async with asyncio.timeout(TIMEOUT_SECONDS):
                response = await task
        except TimeoutError as error:
            raise ApiError("TIMEOUT", f"The API did not answer within {TIMEOUT_SECONDS:.0f} seconds.") from error
        request_id = response.headers.get("x-request-id")
        body = _json_object(response)
        if errors := body.get("errors"):
            _raise_first(errors, request_id)
        if body.get("data") is None:
            raise ApiError("BAD_ANSWER", f"The API answered {response.status_code} without data.", request_id)
        try:
            return answer.model_validate(body["data"])
        except ValidationError as error:
            raise ApiError("BAD_ANSWER", f"The API's answer to {name} has an unexpected shape.", request_id) from error

    async def close(self) -> None:
        await self._http.aclose()

    async def _post(self, name: str, variables: Mapping[str, Any], cookie: str) -> httpx.Response:
        headers = {"origin": self._origin, "accept": "application/graphql-response+json, application/json"}
        if cookie:
            headers["cookie"] = cookie
        payload = {"operationName": name, "query": operation_text(name), "variables": dict(variables)}
        try:
            return await self._http.post(self._endpoint, json=payload, headers=headers)
        except httpx.TimeoutException as error:
            raise ApiError("TIMEOUT", f"The API did not answer within {TIMEOUT_SECONDS:.0f} seconds.") from error
        except httpx.HTTPError as error:
            raise ApiError("UNREACHABLE", "The API could not be reached.") from error


def _json_object(response: httpx.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ApiError("BAD_ANSWER", f"The API answered {response.status_code} without JSON.")
    return body


def _raise_first(errors: Any, request_id: str | None) -> NoReturn:
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    extensions = first.get("extensions") or {}
    raise ApiError(
        code=str(extensions.get("code", "UNKNOWN")),
        message=str(first.get("message", "The API refused the request.")),
        request_id=extensions.get("requestId", request_id),
    )

"""Where the stock clients of Segment and PostHog send their events: a source key, and a verdict for each event.

Browsers may post here from any page: a source key can do nothing but send, and no cookie is looked at.
"""

import binascii
import logging
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.auth.principal import SourcePrincipal
from api.errors import ThrottledError, UnavailableError
from api.events import posthog, segment
from api.events.contracts import SentEvent, Verdict
from api.events.payloads import from_json, malformed
from api.events.service import MAXIMUM_BATCH, Ingest
from api.graphql.credentials import Authenticator, bearer_token
from api.http.bodies import BodyTooLargeError, UnreadableBodyError, read_body
from api.http.outage import PATIENCE_SECONDS, Steps
from api.limits.limiter import Limiter
from models.database import is_unreachable

BODY_LIMIT: Final = 6 * 1024 * 1024
"""PostHog's clients send up to 5 MB and the event that passes it."""
MAXIMUM_EVENTS: Final = 5_000
RETRY_SECONDS: Final = 5
EVENTS_A_POINT: Final = 10
SHORT: Final = {"track": "t", "identify": "i", "group": "g", "page": "p", "screen": "s", "alias": "a"}
"""What Segment's library for browsers calls them."""
CORS: Final = {"access-control-allow-origin": "*"}
PREFLIGHT: Final = {
    **CORS,
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "authorization, content-encoding, content-type",
    "access-control-max-age": "86400",
}
JsonObject = Mapping[str, Any]
log = logging.getLogger(__name__)


class _RefusedError(Exception):
    def __init__(self, status: int, code: str, message: str, *path: str) -> None:
        super().__init__(message)
        self.status = status
        self.answer = {"success": False, "code": code, "message": message, "detail": message, "path": list(path)}


@dataclass(frozen=True, slots=True)
class Shape:
    """How a client writes its events, where it puts its key, and what it wants to hear when all is well.

    `fault` is said of an item that `accept` does not take, with the path to it.
    """

    key: str
    accept: Callable[[object], bool]
    fault: tuple[str, tuple[str, ...]]
    to_event: Callable[[JsonObject, str], dict[str, Any]]
    client_paths: Mapping[tuple[str, ...], tuple[str, ...]]
    success: Mapping[str, object]


SEGMENT: Final = Shape(
    key="writeKey",
    accept=segment.is_call,
    fault=(f"type is one of {', '.join(segment.CALLS)}.", ("type",)),
    to_event=segment.to_event,
    client_paths=segment.CLIENT_PATHS,
    success={"success": True},
)
POSTHOG: Final = Shape(
    key="api_key",
    accept=lambda item: isinstance(item, dict),
    fault=("An event is an object.", ()),
    to_event=posthog.to_event,
    client_paths=posthog.CLIENT_PATHS,
    success={"status": "Ok"},
)


class Batches:
    def __init__(
        self, authenticator: Authenticator, ingest: Ingest, limiter: Limiter, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._authenticator = authenticator
        self._ingest = ingest
        self._limiter = limiter
        self._steps = Steps(patience)

    def routes(self) -> list[Route]:
        routes = [self._route("/v1/batch", SEGMENT, _batch), self._route("/batch", POSTHOG, _batch)]
        routes.append(self._route("/batch/", POSTHOG, _batch))
        for call, short in SHORT.items():
            routes += [self._route(f"/v1/{name}", SEGMENT, _single(call)) for name in (call, short)]
        return routes

    def _route(self, path: str, shape: Shape, items_of: Callable[[JsonObject], Sequence[object]]) -> Route:
        async def endpoint(request: Request) -> Response:
            if request.method == "OPTIONS":
                return Response(status_code=204, headers=PREFLIGHT)
            try:
                return await self._take_in(request, shape, items_of)
            except _RefusedError as refused:
                return _respond(refused.answer, refused.status)
            except ThrottledError as error:
                throttled = _RefusedError(429, error.code, f"{error.message} Send the batch again.")
                return _respond(throttled.answer, throttled.status, {"retry-after": str(error.retry_after)})
            except (UnavailableError, SQLAlchemyError, OSError, TimeoutError) as error:
                if not isinstance(error, UnavailableError) and not is_unreachable(error):
                    raise
                log.warning("a batch was not taken in, the database cannot be reached: %s", type(error).__name__)
                away = _RefusedError(503, "UNAVAILABLE", "The database did not answer. Send the batch again.")
                return _respond(away.answer, away.status, {"retry-after": str(RETRY_SECONDS)})

        return Route(path, endpoint, methods=["POST", "OPTIONS"])

    async def _take_in(
        self, request: Request, shape: Shape, items_of: Callable[[JsonObject], Sequence[object]]
    ) -> Response:
        named = _key_of_headers(request)
        caller = await self._prove(named) if named is not None else None
        body = await _read(request)
        if caller is None:
            given = body.get(shape.key)
            caller = await self._prove(given if isinstance(given, str) else "")
        items = items_of(body)
        if len(items) > MAXIMUM_EVENTS:
            raise _RefusedError(413, "TOO_MANY_EVENTS", f"A request has at most {MAXIMUM_EVENTS} events.", "batch")
        await self._limiter.charge(caller.tenant_id, caller.spender, 1 + len(items) / EVENTS_A_POINT)
        events = [_event(item, shape, caller.source) for item in items]
        verdicts: list[Verdict] = []
        for begin in range(0, len(events), MAXIMUM_BATCH):
            part = events[begin : begin + MAXIMUM_BATCH]
            verdicts += await self._steps.done(self._ingest.ingest(caller.tenant_id, part, actor=caller.actor))
        found = [_shown(index, verdict, shape) for index, verdict in enumerate(verdicts)]
        return _respond({**shape.success, "verdicts": found}, 200)

    async def _prove(self, key: str) -> SourcePrincipal:
        caller = await self._steps.done(self._authenticator.of_source_key(key))
        if caller is None:
            raise _RefusedError(401, "UNAUTHENTICATED", "This is no source key, or it was revoked.")
        return caller


def _key_of_headers(request: Request) -> str | None:
    """As Segment's clients send it, as the user name of Basic; or as a bearer token."""
    authorization = request.headers.get("authorization", "")
    if (token := bearer_token(authorization)) is not None:
        return token
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(encoded, validate=True).decode("ascii").partition(":")[0]
    except (binascii.Error, UnicodeError, ValueError):
        return ""


async def _read(request: Request) -> JsonObject:
    try:
        body = orjson.loads(await read_body(request, BODY_LIMIT))
    except BodyTooLargeError:
        size = BODY_LIMIT // 1024 // 1024
        raise _RefusedError(413, "BODY_TOO_LARGE", f"A body has at most {size} MB, unpacked too.") from None
    except UnreadableBodyError as error:
        raise _RefusedError(400, "MALFORMED", str(error)) from None
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _RefusedError(400, "MALFORMED", f"The body is not JSON at {where}.") from None
    if not isinstance(body, dict):
        raise _RefusedError(400, "MALFORMED", "The body must be a JSON object.")
    return body


def _batch(body: JsonObject) -> Sequence[object]:
    items = body.get("batch")
    if not isinstance(items, list):
        raise _RefusedError(400, "MALFORMED", "batch must be a list of events.", "batch")
    return items


def _single(call: str) -> Callable[[JsonObject], Sequence[object]]:
    return lambda body: [{**body, "type": call}]


def _event(item: object, shape: Shape, source: str) -> SentEvent:
    if not shape.accept(item):
        message_id = item.get("messageId") if isinstance(item, dict) else None
        message, path = shape.fault
        event = malformed({"item": item}, "INVALID", path, message)
        return replace(event, source=source, message_id=message_id if isinstance(message_id, str) else "")
    assert isinstance(item, dict)
    return from_json(shape.to_event(item, source))


def _shown(index: int, verdict: Verdict, shape: Shape) -> dict[str, object]:
    found: dict[str, object] = {"index": index, "messageId": verdict.message_id, "status": verdict.status.value}
    if verdict.path is not None:
        path = _as_client_says(verdict.path, shape)
        found |= {"code": verdict.code, "path": path, "message": verdict.message}
    if verdict.warnings:
        found["warnings"] = [
            {"path": _as_client_says(warning.path, shape), "message": warning.message} for warning in verdict.warnings
        ]
    return found


def _as_client_says(path: tuple[str, ...], shape: Shape) -> list[str]:
    for length in range(len(path), 0, -1):
        if (theirs := shape.client_paths.get(path[:length])) is not None:
            return [*theirs, *path[length:]]
    return list(path)


def _respond(answer: Mapping[str, object], status: int, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        orjson.dumps(answer), status, {**CORS, "cache-control": "no-store", **(headers or {})}, "application/json"
    )

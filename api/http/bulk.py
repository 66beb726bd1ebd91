"""The files of bulk operations: GET /bulk/<id>.jsonl, for whoever may read all that is in them; and lines coming in."""

from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.audit.repository import insert_entry
from api.auth.permissions import Permission
from api.bulk import repository
from api.bulk.contracts import State
from api.bulk.uploading import MEGABYTE, LineUploads
from api.errors import BadInputError, NotFoundError
from api.graphql.context import Services
from api.graphql.credentials import Authenticator
from api.graphql.ids import global_id, key_of
from api.http.doors import check, coded, refusal
from api.http.outage import PATIENCE_SECONDS, Outage
from api.http.streaming import Streaming
from api.http.uploads import SECONDS_A_MEGABYTE

EXPORT: Final = frozenset({Permission.CUSTOMERS_EXPORT})


class PartMissingError(Exception):
    """The file went while it was read: the answer is cut, so that nobody takes it for whole."""


class BulkFiles:
    def __init__(
        self, services: Services, authenticator: Authenticator, limit_mb: int, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._services = services
        self._authenticator = authenticator
        self._limit = limit_mb * MEGABYTE
        self._patience = patience

    def routes(self) -> list[Route]:
        outage = Middleware(Outage, refusal, self._patience)
        upload = Middleware(Outage, refusal, self._patience, SECONDS_A_MEGABYTE)
        return [
            Route("/bulk/{id}.jsonl", coded(self.download), methods=["GET"], middleware=[outage]),
            Route(
                "/bulk/lines",
                coded(self.upload),
                methods=["POST"],
                max_body_size=self._limit + MEGABYTE,
                middleware=[upload],
            ),
        ]

    async def upload(self, request: Request) -> Response:
        """The lines are the body."""
        services = self._services
        principal = await check(await self._authenticator.of_request(request), EXPORT, services.record_denial)
        uploads = LineUploads(services.database, services.now)
        kept = await uploads.keep(principal.tenant_id, request.stream(), self._limit, actor=principal.actor)
        answer = {"upload": str(global_id("BulkUpload", kept.id)), "lines": kept.lines}
        return JSONResponse(answer, 201, headers={"cache-control": "no-store"})

    async def download(self, request: Request) -> Response:
        caller = await self._authenticator.of_download(request)
        principal = await check(caller, EXPORT, self._services.record_denial)
        key, now = _key(request.path_params["id"]), self._services.now()
        async with self._services.database.reading(principal.tenant_id) as snapshot:
            [record] = await repository.load_operations(snapshot, [key])
        if record is None or record.state(now) is not State.COMPLETED:
            raise NotFoundError("There is no such file, or it is not whole, or gone.")
        await check(principal, frozenset(map(Permission, record.needs)), self._services.record_denial)
        async with self._services.database.unit_of_work(principal.tenant_id) as session:
            details: dict[str, object] = {"operation": str(key)}
            await insert_entry(
                session, principal.tenant_id, at=now, actor=principal.actor, action="bulk.download", details=details
            )
        lines = self._lines(principal.tenant_id, key)
        return Streaming(lines, "application/jsonl; charset=utf-8", f"bulk-{key}.jsonl")

    async def _lines(self, tenant_id: UUID, key: UUID) -> AsyncIterator[str]:
        """A piece at a time, each from a snapshot of its own: the pieces never change."""
        number, more = 0, True
        while more:
            async with self._services.database.reading(tenant_id) as snapshot:
                found = await repository.get_part(snapshot, key, number)
            if found is None:
                raise PartMissingError
            data, cursor = found
            yield data.decode()
            number, more = number + 1, cursor is not None


def _key(text: str) -> UUID:
    try:
        return key_of("BulkOperation", text) or UUID(int=0)
    except BadInputError:
        return UUID(int=0)

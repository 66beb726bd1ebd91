"""The files of bulk operations: GET /bulk/<id>.jsonl, for whoever may read all that is in them."""

from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.audit.repository import insert_entry
from api.auth.permissions import Permission
from api.bulk import repository
from api.bulk.contracts import State
from api.errors import BadInputError, NotFoundError
from api.graphql.context import Services
from api.graphql.credentials import Authenticator
from api.graphql.ids import key_of
from api.http.doors import check, coded, refusal
from api.http.outage import PATIENCE_SECONDS, Outage
from api.http.streaming import Streaming

EXPORT: Final = frozenset({Permission.CUSTOMERS_EXPORT})


class PartMissingError(Exception):
    """The file went while it was read: the answer is cut, so that nobody takes it for whole."""


class BulkFiles:
    def __init__(self, services: Services, authenticator: Authenticator, patience: float = PATIENCE_SECONDS) -> None:
        self._services = services
        self._authenticator = authenticator
        self._patience = patience

    def routes(self) -> list[Route]:
        outage = Middleware(Outage, refusal, self._patience)
        return [Route("/bulk/{id}.jsonl", coded(self.download), methods=["GET"], middleware=[outage])]

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

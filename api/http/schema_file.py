"""GET /schema.graphql: the schema as a file, for whoever may introspect it."""

from functools import cached_property
from typing import Final

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.graphql.context import Services
from api.graphql.credentials import Authenticator
from api.graphql.operation import CipSchema
from api.http.doors import check, coded, refusal
from api.http.outage import PATIENCE_SECONDS, Outage

HEADERS: Final = {"content-disposition": "attachment; filename=schema.graphql", "cache-control": "no-store"}


class SchemaFile:
    def __init__(
        self,
        schema: CipSchema,
        services: Services,
        authenticator: Authenticator,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._schema = schema
        self._services = services
        self._authenticator = authenticator
        self._patience = patience

    def routes(self) -> list[Route]:
        outage = Middleware(Outage, refusal, self._patience)
        return [Route("/schema.graphql", coded(self.download), methods=["GET"], middleware=[outage])]

    @cached_property
    def _text(self) -> str:
        """Made when somebody asks: it takes a tenth of a second."""
        return self._schema.as_str()

    async def download(self, request: Request) -> Response:
        caller = await self._authenticator.of_download(request)
        await check(caller, frozenset(), self._services.record_denial)
        return Response(self._text, media_type="application/graphql; charset=utf-8", headers=HEADERS)

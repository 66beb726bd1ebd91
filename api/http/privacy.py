"""The file of an export of one person's data: GET /privacy/exports/<id>.json."""

from typing import Final

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.auth.permissions import Permission
from api.errors import NotFoundError
from api.graphql.context import Services
from api.graphql.credentials import Authenticator
from api.graphql.ids import key_of
from api.http.doors import check, coded, refusal
from api.http.outage import PATIENCE_SECONDS, Outage
from api.privacy.service import Privacy

NEEDS: Final = frozenset({Permission.PRIVACY_MANAGE})


class PersonFiles:
    def __init__(self, services: Services, authenticator: Authenticator, patience: float = PATIENCE_SECONDS) -> None:
        self._services = services
        self._authenticator = authenticator
        self._patience = patience

    def routes(self) -> list[Route]:
        outage = Middleware(Outage, refusal, self._patience)
        return [Route("/privacy/exports/{id}.json", coded(self.file), methods=["GET"], middleware=[outage])]

    async def file(self, request: Request) -> Response:
        services = self._services
        caller = await self._authenticator.of_download(request)
        principal = await check(caller, NEEDS, services.record_denial)
        key = key_of("PrivacyRequest", request.path_params["id"])
        if key is None:
            raise NotFoundError("There is no such file.", path=("id",))
        privacy = Privacy(services.database, services.now)
        body = await privacy.fetch(principal.tenant_id, key, actor=principal.actor)
        headers = {
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="person-{key}.json"',
            "x-content-type-options": "nosniff",
        }
        return Response(body, media_type="application/json", headers=headers)

"""Files for imports: they come in as they are sent, and the refused rows go out again."""

from typing import Final

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.auth.permissions import Permission
from api.errors import BadInputError, NotFoundError
from api.graphql.context import Services
from api.graphql.credentials import Authenticator
from api.graphql.ids import global_id, key_of
from api.http.doors import check, coded, refusal
from api.http.outage import PATIENCE_SECONDS, Outage
from api.http.streaming import Streaming
from api.imports import repository
from api.imports.error_file import error_file
from api.imports.mapping import to_json
from api.imports.mutations import by_the_engine
from api.imports.service import CHUNK, Imports, Uploaded

SECONDS_A_MEGABYTE: Final = 0.5
"""What keeping and reading a file may take; it takes a tenth of that where nothing else runs."""
NEEDS: Final = frozenset({Permission.CUSTOMERS_CREATE, Permission.EVENTS_INGEST})


class Uploads:
    def __init__(
        self, services: Services, authenticator: Authenticator, limit_mb: int, patience: float = PATIENCE_SECONDS
    ) -> None:
        self._services = services
        self._authenticator = authenticator
        self._limit = limit_mb * CHUNK
        self._patience = patience

    def routes(self) -> list[Route]:
        upload = Middleware(Outage, refusal, self._patience, SECONDS_A_MEGABYTE)
        return [
            Route(
                "/imports/files",
                coded(self.upload),
                methods=["POST"],
                max_body_size=self._limit + CHUNK,
                middleware=[upload],
            ),
            Route(
                "/imports/{id}/errors.csv",
                coded(self.errors),
                methods=["GET"],
                middleware=[Middleware(Outage, refusal, self._patience)],
            ),
        ]

    async def upload(self, request: Request) -> Response:
        """The file is the body, whatever its type is called; its name stands in the query."""
        services = self._services
        caller = await self._authenticator.of_request(request)
        principal = await check(caller, NEEDS, services.record_denial)
        name = request.query_params.get("name", "")
        announced = request.headers.get("content-length", "0")
        if announced.isdigit() and int(announced) > self._limit:
            raise BadInputError(f"A file has at most {self._limit // CHUNK:,} MB.", path=("file",))
        imports = Imports(services.database, services.now, by_the_engine)
        uploaded = await imports.upload(principal.tenant_id, name, request.stream(), self._limit, actor=principal.actor)
        return JSONResponse(_answer(uploaded), 201, headers={"cache-control": "no-store"})

    async def errors(self, request: Request) -> Response:
        services = self._services
        caller = await self._authenticator.of_download(request)
        principal = await check(caller, NEEDS, services.record_denial)
        key = key_of("Import", request.path_params["id"])
        async with services.database.reading(principal.tenant_id) as snapshot:
            [record] = await repository.load_runs(snapshot, [key]) if key is not None else [None]
        if record is None:
            raise NotFoundError("There is no such import.", path=("id",))
        lines = error_file(services.database, principal.tenant_id, record)
        return Streaming(lines, "text/csv; charset=utf-8", f"{record.file_name}.errors.csv")


def _answer(uploaded: Uploaded) -> dict[str, object]:
    guess = uploaded.guess
    return {
        "id": str(global_id("Import", uploaded.import_id)),
        "kind": guess.kind.name,
        "preset": guess.preset,
        "columns": list(uploaded.preview.columns),
        "samples": [list(row) for row in uploaded.preview.samples],
        "mapping": to_json(guess.mapping),
        "confidence": guess.confidence,
    }

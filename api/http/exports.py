"""Whole lists as files: GET /exports/<list>.<csv|jsonl>, with the filters and the order of the GraphQL list."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Final

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.audit.repository import insert_entry
from api.auth.permissions import Permission
from api.auth.principal import Principal
from api.errors import NotFoundError, UnavailableError
from api.exports.contracts import NEEDS, ExportName, Listing
from api.exports.figure_filters import ANALYTIC
from api.exports.formats import csv_lines, filters_header, json_lines
from api.exports.listings import LISTINGS
from api.exports.metrics import of_metric_series
from api.graphql.context import Services
from api.graphql.credentials import Authenticator
from api.http.doors import check, coded, refusal
from api.http.outage import PATIENCE_SECONDS, Outage
from api.http.streaming import Streaming
from api.tenants.contracts import TenantRecord
from api.tenants.repository import load_tenants
from models.database import Snapshot

AT_ONCE: Final = 4
"""In one process: each holds a connection of the database for as long as it is read."""
FORMATS: Final = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


class Exports:
    def __init__(self, services: Services, authenticator: Authenticator, patience: float = PATIENCE_SECONDS) -> None:
        self._services = services
        self._patience = patience
        self._authenticator = authenticator
        self._running = asyncio.Semaphore(AT_ONCE)

    def routes(self) -> list[Route]:
        outage = Middleware(Outage, refusal, self._patience)
        return [Route("/exports/{name}.{extension}", coded(self.export), methods=["GET"], middleware=[outage])]

    async def export(self, request: Request) -> Response:
        name, extension = request.path_params["name"], request.path_params["extension"]
        if name not in NEEDS or extension not in FORMATS:
            lists = ", ".join(sorted(NEEDS))
            raise NotFoundError("There is no such export.", hint=f"Lists: {lists}. Formats: csv, jsonl.")
        caller = await self._authenticator.of_download(request)
        worked_out = name == "customers" and any(request.query_params.get(one) for one in ANALYTIC)
        needs = NEEDS[name] | {Permission.ANALYTICS_VIEW} if worked_out else NEEDS[name]
        principal = await check(caller, needs, self._services.record_denial)
        if self._running.locked():
            raise UnavailableError
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._running)
            snapshot = await stack.enter_async_context(self._services.database.reading(principal.tenant_id))
            [tenant] = await load_tenants(snapshot, [principal.tenant_id])
            assert tenant is not None
            listing = await self._listing(snapshot, name, request, tenant)
            await self._note(principal, name, extension, listing)
            called = ExportName(tenant.slug, name, tenant.synthetic, tenant.now(self._services.now()), tenant.time_zone)
            lines = csv_lines(name, listing) if extension == "csv" else json_lines(name, listing)
            body = _Open(lines, stack.pop_all())
        return Streaming(body, FORMATS[extension], called.file_name(extension), _headers(called, listing))

    async def _listing(self, snapshot: Snapshot, name: str, request: Request, tenant: TenantRecord) -> Listing:
        asked = dict(request.query_params)
        if name == "metric_series":
            return await of_metric_series(snapshot, asked, tenant, tenant.now(self._services.now()))
        return LISTINGS[name](snapshot, asked, tenant.currency)

    async def _note(self, principal: Principal, name: str, extension: str, listing: Listing) -> None:
        details: dict[str, object] = {"list": name, "format": extension, "filters": sorted(listing.filters)}
        async with self._services.database.unit_of_work(principal.tenant_id) as session:
            await insert_entry(
                session,
                principal.tenant_id,
                at=self._services.now(),
                actor=principal.actor,
                action="export",
                details=details,
            )


class _Open:
    """Lines that are read from what is still open. Closing it closes that, also before the first line is asked for."""

    def __init__(self, lines: AsyncIterator[str], stack: AsyncExitStack) -> None:
        self._lines = lines
        self._stack = stack

    def __aiter__(self) -> AsyncIterator[str]:
        return self._lines

    async def aclose(self) -> None:
        await self._stack.aclose()


def _headers(called: ExportName, listing: Listing) -> dict[str, str]:
    return {
        "x-export-tenant": called.tenant,
        "x-export-as-of": called.as_of.isoformat(),
        "x-export-time-zone": called.time_zone,
        "x-export-filters": filters_header(sorted(listing.filters.items())),
    }

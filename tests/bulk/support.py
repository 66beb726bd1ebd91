"""Bulk operations asked for by the API and run as a worker would."""

import json
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from api.app import Server
from api.bulk.running import BulkWork
from api.bulk.writing import BulkWriting
from api.graphql.ids import key_of
from api.jobs.timings import Timings
from api.jobs.turn import Turns
from api.settings import Settings
from api.worker import reader
from models.base import new_id
from tests.support.client import Api
from tests.support.world import TestTenant, clock

RUN: Final = """
mutation Run($input: BulkOperationRunQueryInput!) {
  bulkOperationRunQuery(input: $input) {
    bulkOperation { id state objectCount url } userErrors { code field message } }
}
"""
ONE: Final = """
query One($id: ID!) { bulkOperation(id: $id) { state objectCount fileSize url expiresAt fault finishedAt } }
"""
CANCEL: Final = """
mutation Cancel($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { state } userErrors { code } } }
"""
CUSTOMERS: Final = "{ customers { nodes { externalId orders(first: 2) { nodes { externalId } } } } }"


async def asked(caller: Api, query: str = CUSTOMERS, variables: dict[str, Any] | None = None) -> str:
    payload = (await caller.data(RUN, {"input": {"query": query, "variables": variables}}))["bulkOperationRunQuery"]
    assert payload["userErrors"] == []
    assert payload["bulkOperation"]["state"] == "CREATED"
    return str(payload["bulkOperation"]["id"])


async def one(caller: Api, operation_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await caller.data(ONE, {"id": operation_id}))["bulkOperation"]
    return found


async def fetch(caller: Api, path: str) -> httpx.Response:
    return await caller.http.get(path, headers={"authorization": f"Bearer {caller.token}"})


def lines_of(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def work_of(server: Server, settings: Settings) -> BulkWork:
    return BulkWork(server.database, reader(server.database, server.hub, clock, settings), clock)


async def turn(server: Server, settings: Settings, tenant: TestTenant, operation_id: str) -> None:
    """A worker's turn at its job."""
    writing = BulkWriting(server.database, reader(server.database, server.hub, clock, settings), clock)
    handlers = {"bulk.run": work_of(server, settings).run, "bulk.write": writing.run}
    async with server.database.unit_of_work(tenant.id) as session:
        statement = text("SELECT job_id FROM bulk_operation WHERE id = :id")
        job_id = (await session.execute(statement, {"id": key_of("BulkOperation", operation_id)})).scalar_one()
    await Turns(server.database, handlers, clock, Timings()).take(tenant.id, job_id)


@dataclass(slots=True)
class DyingRun:
    """A turn that dies after some pages."""

    tenant_id: UUID
    subject_id: UUID
    pages: int
    job_id: UUID = field(default_factory=new_id)

    async def report(self, done: int, total: int | None = None) -> None:
        self.pages -= 1
        if self.pages == 0:
            raise ConnectionError

    async def hold(self, session: AsyncSession) -> None:
        pass

"""An admin's way to endpoints, and the work of the job without its engine."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from api.graphql.ids import global_id, key_of
from models import WebhookDelivery
from models.base import new_id, table
from models.database import AnyRow, Database
from tests.support.client import Api
from tests.support.world import NOW, TestTenant

delivery = table(WebhookDelivery)

CREATE: Final = """
mutation Create($input: WebhookEndpointCreateInput!) {
  webhookEndpointCreate(input: $input) {
    secret endpoint { id url query events enabled breaker { state failures openUntil } }
    userErrors { field code message }
  }
}"""
LOG: Final = """
query Log($state: WebhookDeliveryState) {
  webhookDeliveries(state: $state, first: 50) {
    totalCount { value }
    nodes { id messageId event subject test state attempts replays nextTryAt status milliseconds fault endpoint { id } }
  }
}"""
BREAKER: Final = (
    "{ webhookEndpoints(first: 1) { nodes { enabled disabledBecause breaker { state failures openUntil } } } }"
)
REPLAY: Final = """
mutation Replay($ids: [ID!]!) {
  webhookDeliveryReplay(input: {ids: $ids}) { replayed userErrors { field code message } }
}"""
TEST: Final = """
mutation Test($input: WebhookTestInput!) {
  webhookTest(input: $input) { body delivery { test state } userErrors { field code message } }
}"""
CUSTOMER: Final = "query($id: ID!) { customer(id: $id) { externalId orderCount totalSpent { amount } } }"


@dataclass(slots=True)
class Clock:
    """Stands still until it is told to go on."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, by: timedelta) -> None:
        self.at += by


@dataclass(slots=True)
class Run:
    """A turn at the job of one endpoint, that nobody takes away."""

    tenant_id: UUID
    subject_id: UUID
    job_id: UUID = field(default_factory=new_id)

    async def report(self, done: int, total: int | None = None) -> None:
        pass

    async def hold(self, session: AsyncSession) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Endpoint:
    id: str
    key: UUID
    secret: str


async def create(
    admin: Api, url: str, *events: str, query: str | None = CUSTOMER, description: str = "shop"
) -> Endpoint:
    given = {"url": url, "events": list(events) or ["CUSTOMER_BOUGHT"], "query": query, "description": description}
    payload = (await admin.data(CREATE, {"input": given}))["webhookEndpointCreate"]
    assert payload["userErrors"] == []
    key = key_of("WebhookEndpoint", payload["endpoint"]["id"])
    assert key is not None
    return Endpoint(payload["endpoint"]["id"], key, payload["secret"])


async def customer_of(database: Database, tenant: TestTenant) -> str:
    """The id of one customer."""
    async with database.unit_of_work(tenant.id) as session:
        key = (await session.execute(text("SELECT id FROM customer ORDER BY external_id LIMIT 1"))).scalar_one()
    return str(global_id("Customer", key))


async def log_of(admin: Api, state: str | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await admin.data(LOG, {"state": state}))["webhookDeliveries"]["nodes"]
    return found


async def rows_of(database: Database, tenant: TestTenant) -> list[AnyRow]:
    async with database.unit_of_work(tenant.id) as session:
        return list((await session.execute(select(delivery).order_by(delivery.c.id))).all())


async def count_jobs(database: Database, tenant: TestTenant, state: str = "queued") -> int:
    statement = text("SELECT count(*) FROM job WHERE kind = 'webhooks.send' AND state = :state")
    async with database.unit_of_work(tenant.id) as session:
        return int((await session.execute(statement, {"state": state})).scalar_one())

"""Customers who went their ways."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.events.contracts import IncomingEvent
from models import Customer
from models.base import table
from models.database import Database
from tests.support.world import NOW, TestTenant, customer_ref, ingest


def at(days_ago: float) -> datetime:
    return NOW - timedelta(days=days_ago)


def moved(tenant: TestTenant, customer: int, name: str, days_ago: float) -> IncomingEvent:
    properties: dict[str, object] = {}
    if name == "order_completed":
        lines = [{"sku": "a", "quantity": 1, "unitAmount": 100}]
        properties = {"orderId": f"{tenant.canary}-j{customer}-{days_ago}", "lines": lines}
    key = f"{tenant.canary}-{customer}-{name}-{days_ago}"
    return IncomingEvent(key, name, "api", at(days_ago), customer_ref(tenant, customer), properties)


async def walk(database: Database, tenant: TestTenant, *ways: tuple[int, list[tuple[str, float]]]) -> None:
    """Each way: a customer, and what it did how many days ago."""
    await ingest(
        database, tenant, *(moved(tenant, customer, name, days) for customer, way in ways for name, days in way)
    )


async def trials(database: Database, tenant: TestTenant, people: int = 60) -> None:
    """All of them try 25 days ago, or less; half buy five days later, a quarter cancel after ten."""
    ways: list[tuple[int, list[tuple[str, float]]]] = []
    for number in range(people):
        begun = 25 - number % 3
        way: list[tuple[str, float]] = [("trial_started", begun)]
        if number % 2 == 0:
            way.append(("order_completed", begun - 5))
        elif number % 4 == 1:
            way.append(("subscription_cancelled", begun - 10))
        ways.append((100 + number, way))
    await walk(database, tenant, *ways)


async def customer_ids(session: AsyncSession) -> list[UUID]:
    return list((await session.execute(select(table(Customer).c.id))).scalars())

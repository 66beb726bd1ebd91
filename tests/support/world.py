"""Two small tenants with people, customers, orders, events and conversations, made through the product's own doors."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from api.accounts.contracts import NewAccount
from api.accounts.repository import insert_account
from api.auth.passwords import Passwords
from api.auth.permissions import Role
from api.consumers import delivery
from api.events.contracts import CustomerRef, IncomingEvent, VerdictStatus
from api.events.service import Ingest
from api.streams.hub import Hub
from api.tenants.contracts import NewTenant
from api.tenants.service import insert_tenant
from models.base import new_id
from models.database import Database
from tests.support.services import redis_client

NOW: Final = datetime(2026, 3, 18, 12, 30, 20, tzinfo=UTC)
"""The clock of every test that does not say otherwise: a Wednesday, with no change of clocks near."""

PASSWORD: Final = "correct horse battery"
ROLES: Final = tuple(Role)


def clock() -> datetime:
    return NOW


def real_clock(begin: datetime) -> Callable[[], datetime]:
    """One that goes on from `begin`, for what depends on time passing."""
    begun = time.monotonic()
    return lambda: begin + timedelta(seconds=time.monotonic() - begun)


@dataclass(frozen=True, slots=True)
class TestTenant:
    __test__ = False

    id: UUID
    slug: str
    canary: str
    """A word that stands in every text of this tenant and nowhere else."""


async def make_tenant(
    database: Database, slug: str, canary: str, *, time_zone: str = "Europe/London", currency: str = "GBP"
) -> TestTenant:
    new = NewTenant(slug, f"{canary} Ltd", time_zone, currency)
    tenant_id = new_id()
    hashed = await _password_hash()
    async with database.unit_of_work(tenant_id) as session:
        await insert_tenant(session, tenant_id, new, NOW)
        for role in ROLES:
            await insert_account(
                session, tenant_id, NewAccount(role.value, f"{role.value} of {canary}", role, hashed), NOW
            )
    return TestTenant(tenant_id, slug, canary)


async def ingest(
    database: Database, tenant: TestTenant, *events: IncomingEvent, now: Callable[[], datetime] = clock
) -> None:
    """Through the front door, and on to the metrics; every event must be accepted."""
    verdicts = await Ingest(database, lambda _: None, now).ingest(tenant.id, events, actor="test")
    assert [verdict for verdict in verdicts if verdict.status is not VerdictStatus.ACCEPTED] == []
    await settle(database, tenant.id)


async def settle(database: Database, tenant_id: UUID) -> None:
    """Gives every waiting message of the outbox its effect."""
    redis = redis_client()
    try:
        await delivery(database, Hub(redis, redis), clock).drain(tenant_id)
    finally:
        await redis.aclose()


def order(
    tenant: TestTenant,
    number: int,
    *,
    customer: int | None,
    amount: int,
    at: datetime,
    cancelled: bool = False,
    lines: int = 1,
) -> IncomingEvent:
    """`amount` in minor units a line."""
    quantity = -1 if cancelled else 1
    return IncomingEvent(
        message_id=f"order-{number}",
        name="order_cancelled" if cancelled else "order_completed",
        occurred_at=at,
        customer=None if customer is None else customer_ref(tenant, customer),
        properties={
            "orderId": f"{tenant.canary}-{number}",
            "lines": [
                {
                    "sku": f"{tenant.canary}-sku-{line}",
                    "description": f"{tenant.canary} thing",
                    "quantity": quantity,
                    "unitAmount": amount,
                }
                for line in range(lines)
            ],
        },
    )


def customer_ref(tenant: TestTenant, number: int) -> CustomerRef:
    return CustomerRef(
        external_id=f"{tenant.canary}-c{number}",
        name=f"{tenant.canary} customer {number:03}",
        email=f"c{number}@{tenant.canary}.example",
        country="Wales",
    )


def conversation(tenant: TestTenant, number: int, *, customer: int, at: datetime) -> list[IncomingEvent]:
    key = f"{tenant.canary}-talk-{number}"
    who = customer_ref(tenant, customer)

    def event(message_id: str, name: str, minutes: int, **properties: object) -> IncomingEvent:
        return IncomingEvent(
            message_id=message_id,
            name=name,
            occurred_at=at + timedelta(minutes=minutes),
            customer=who,
            properties={"conversationId": key, **properties},
        )

    return [
        event(f"{key}-open", "conversation_opened", 0, channel="chat", subject=f"{tenant.canary} question"),
        event(f"{key}-1", "message_sent", 1, messageId="1", author="customer", body=f"{tenant.canary} asks"),
        event(f"{key}-2", "message_sent", 2, messageId="2", author="agent", body=f"{tenant.canary} answers"),
        event(f"{key}-close", "conversation_closed", 3, rating=4),
    ]


async def fill(
    database: Database, tenant: TestTenant, *, customers: int = 3, now: Callable[[], datetime] = clock
) -> None:
    """Each customer has two orders, one cancellation, one visit and one conversation within the last week."""
    events: list[IncomingEvent] = []
    for number in range(customers):
        at = now() - timedelta(days=number % 6, hours=2)
        events += [
            order(tenant, number * 10, customer=number, amount=1_000 + number, at=at, lines=2),
            order(tenant, number * 10 + 1, customer=number, amount=500, at=at - timedelta(hours=1)),
            order(tenant, number * 10 + 2, customer=number, amount=500, at=at, cancelled=True),
            IncomingEvent(
                message_id=f"visit-{number}",
                name="page_viewed",
                occurred_at=at + timedelta(minutes=5),
                customer=customer_ref(tenant, number),
                properties={"page": f"{tenant.canary}/home"},
            ),
            *conversation(tenant, number, customer=number, at=at),
        ]
    await ingest(database, tenant, *events, now=now)


_hashes: dict[str, str] = {}


async def _password_hash() -> str:
    """Hashed once a process: argon2 is slow on purpose."""
    if PASSWORD not in _hashes:
        passwords = Passwords()
        _hashes[PASSWORD] = await passwords.hash(PASSWORD)
        passwords.close()
    return _hashes[PASSWORD]

"""Loads the demo tenants on the first start: their people, and their history up to where the replay begins.

The history goes through the same ingest and the same consumer as everything else.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Final, TypeVar
from uuid import UUID

from redis.asyncio import Redis

from api.accounts.contracts import NewAccount
from api.accounts.repository import insert_account
from api.audit.repository import insert_entry
from api.auth.passwords import Passwords
from api.auth.permissions import Role
from api.consumers import delivery
from api.demo.actions import set_catalogue
from api.demo.segments import ask_for_segments
from api.demo.tenants import DEMO_TENANTS, DemoTenant
from api.events.contracts import VerdictStatus
from api.events.service import Ingest
from api.metrics.rebuild_repository import lacks_facts, send_all
from api.predictions.service import ask_for_first_models
from api.settings import Settings
from api.streams.connection import connect
from api.streams.delivery import Delivery
from api.streams.hub import Hub
from api.tenants.contracts import NewTenant
from api.tenants.repository import (
    find_tenant_id,
    get_replay,
    insert_replay,
    update_replay,
)
from api.tenants.service import insert_tenant
from models import Replay
from models.base import new_id
from models.database import Database

BATCH: Final = 2_000
ACTOR: Final = "service:seed"
T = TypeVar("T")


class SeedError(RuntimeError):
    """The shipped data was not accepted: a defect of the product, never of the environment."""


def now() -> datetime:
    return datetime.now(UTC)


async def seed(settings: Settings, progress: Callable[[str], None]) -> None:
    """Does nothing for a tenant whose history is complete; goes on where an interrupted seed stopped."""
    database = Database.connect(settings.database_url)
    redis: Redis = connect(settings.redis_url)
    passwords = Passwords()
    try:
        deliveries = delivery(database, Hub(redis, redis), now)
        for demo in DEMO_TENANTS:
            tenant_id = await _seed_tenant(database, passwords, deliveries, demo, progress)
            await ask_for_segments(database, tenant_id, now, ACTOR)
            await _ask_for_models(database, tenant_id)
            await set_catalogue(database, tenant_id, now, ACTOR)
    finally:
        passwords.close()
        await redis.aclose()
        await database.close()


async def _seed_tenant(
    database: Database,
    passwords: Passwords,
    deliveries: Delivery,
    demo: DemoTenant,
    progress: Callable[[str], None],
) -> UUID:
    tenant_id = await find_tenant_id(database, demo.slug)
    if tenant_id is None:
        tenant_id = await _create(database, passwords, demo)
    async with database.unit_of_work(tenant_id) as session:
        replay = await get_replay(session, tenant_id)
    if replay is None:
        raise SeedError(f"There is a tenant {demo.slug} that is no demo tenant; use another database.")
    if replay.history_loaded:
        await _complete_facts(database, deliveries, tenant_id)
        return tenant_id
    progress(f"Loading the demo tenant {demo.slug} ({demo.source}) ...")
    ingest = Ingest(database, lambda _: None, now)
    loaded = 0
    for batch in batches(demo.events(until=demo.replay_from), BATCH):
        verdicts = await ingest.ingest(tenant_id, batch, actor=ACTOR)
        refused = [verdict for verdict in verdicts if verdict.status is VerdictStatus.REJECTED]
        if refused:
            raise SeedError(f"{demo.slug}: {refused[0].message_id} was rejected: {refused[0].message}")
        await deliveries.drain(tenant_id)
        loaded += len(batch)
        progress(f"  {demo.slug}: {loaded:,} events, up to {batch[-1].occurred_at:%d %b %Y}")
    async with database.unit_of_work(tenant_id) as session:
        await update_replay(session, tenant_id, demo.replay_from, history_loaded=True)
    for line in demo.report():
        progress(f"  {demo.slug}: {line}")
    return tenant_id


async def _ask_for_models(database: Database, tenant_id: UUID) -> None:
    """The worker trains them beside everything else, so that nobody waits for it at the start."""
    async with database.unit_of_work(tenant_id) as session:
        await ask_for_first_models(session, tenant_id, now())


async def _complete_facts(database: Database, deliveries: Delivery, tenant_id: UUID) -> None:
    """What an earlier version loaded has none of the facts that came later."""
    async with database.unit_of_work(tenant_id) as session:
        if not await lacks_facts(session, tenant_id):
            return
        await send_all(session, tenant_id, now())
    await deliveries.drain(tenant_id)


async def _create(database: Database, passwords: Passwords, demo: DemoTenant) -> UUID:
    new = NewTenant(demo.slug, demo.name, demo.time_zone, demo.currency, demo.source, demo.synthetic)
    tenant_id = new_id()
    hashes = {user.username: await passwords.hash(user.password) for user in demo.users}
    async with database.unit_of_work(tenant_id) as session:
        await insert_tenant(session, tenant_id, new, now())
        for user in demo.users:
            account = NewAccount(user.username, user.display_name, Role(user.role), hashes[user.username])
            await insert_account(session, tenant_id, account, now())
        await insert_replay(
            session,
            Replay(tenant_id=tenant_id, speed=int(demo.speed), position=demo.replay_from, ends_at=demo.ends_at),
        )
        await insert_entry(session, tenant_id, at=now(), actor=ACTOR, action="tenant.create")
    return tenant_id


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

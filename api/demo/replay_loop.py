"""Feeds each demo tenant's last weeks through ingest, in their order, faster than they happened.

Where it stands is kept with the events, in one transaction, so a second start goes on exactly there. One process of an
installation replays: the one that is given the loop (`cip demo`).
"""

import asyncio
import logging
from typing import Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from api.demo.replayer import ReplayCursor
from api.demo.tenants import DEMO_TENANTS, DemoTenant
from api.events.service import Ingest
from api.tenants.repository import find_tenant_id, get_replay
from models.database import Database

TICK_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 2.0
ACTOR: Final = "service:replayer"

log = logging.getLogger(__name__)


async def replay_all(database: Database, ingest: Ingest) -> None:
    async with asyncio.TaskGroup() as tasks:
        for demo in DEMO_TENANTS:
            tasks.create_task(_replay(database, ingest, demo))


async def _replay(database: Database, ingest: Ingest, demo: DemoTenant) -> None:
    """Until the recorded history ends. After a loss of the database it begins again from the kept position."""
    while True:
        try:
            tenant_id = await find_tenant_id(database, demo.slug)
            if tenant_id is None:
                return
            await _feed(database, ingest, demo, tenant_id)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("the replay of %s waits for the database: %s", demo.slug, type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return


async def _feed(database: Database, ingest: Ingest, demo: DemoTenant, tenant_id: UUID) -> None:
    async with database.unit_of_work(tenant_id) as session:
        replay = await get_replay(session, tenant_id)
    if replay is None or replay.position >= replay.ends_at:
        return
    begin = replay.position
    events = await asyncio.to_thread(lambda: list(demo.events(since=begin)))
    cursor = ReplayCursor(events, begin, replay.ends_at)
    loop = asyncio.get_running_loop()
    due = loop.time()
    while not cursor.finished:
        due += TICK_SECONDS
        window = cursor.next_window(speed=replay.speed, seconds=TICK_SECONDS)
        await ingest.ingest(tenant_id, window.events, actor=ACTOR, replay_to=window.position)
        await asyncio.sleep(max(0.0, due - loop.time()))
    log.info("the replay of %s has reached its end", demo.slug)

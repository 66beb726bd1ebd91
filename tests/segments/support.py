"""A small shop whose customers bought at known times, and its jobs done at once."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from api.jobs.timings import Timings
from api.jobs.turn import Turns
from api.segments import repository
from api.segments.contracts import REFRESH_JOB, RUN_JOB, RunRequest, SegmentationRecord, SegmentRecord
from api.segments.refreshing import Refresh
from api.segments.running import SegmentationWork
from api.segments.service import Asked, Segments
from models.database import Database
from tests.support.world import NOW, TestTenant, clock, ingest, order

ACTOR: Final = "user:analyst"
Purchase = tuple[int, float, int]
"""(number of the customer, days before NOW, amount in minor units)"""


async def buy(database: Database, tenant: TestTenant, purchases: Sequence[Purchase], *, start: int = 0) -> None:
    events = [
        order(tenant, start + number, customer=customer, amount=amount, at=NOW - timedelta(days=days))
        for number, (customer, days, amount) in enumerate(purchases)
    ]
    await ingest(database, tenant, *events)


def two_kinds(customers: int) -> list[Purchase]:
    """Every other customer bought often and lately, the rest once and long ago; each a little differently."""
    found: list[Purchase] = []
    for customer in range(customers):
        step = customer % 17 / 17
        if customer % 2:
            found += [(customer, 2 + step + 25 * time, 9_000 + 100 * (customer % 13)) for time in range(5)]
        else:
            found.append((customer, 200 + 40 * step, 1_000 + 10 * (customer % 11)))
    return found


async def work(database: Database, tenant: TestTenant, job_id: UUID, now: Callable[[], datetime] = clock) -> None:
    handlers = {RUN_JOB: SegmentationWork(database, now).run, REFRESH_JOB: Refresh(database, now).run}
    await Turns(database, handlers, now, Timings()).take(tenant.id, job_id)


async def run(
    database: Database, tenant: TestTenant, request: RunRequest, now: Callable[[], datetime] = clock
) -> SegmentationRecord:
    asked = await Segments(database, now).run(tenant.id, request, actor=ACTOR)
    await work(database, tenant, asked.job_id, now)
    return await version(database, tenant, asked.id)


async def make(
    database: Database, tenant: TestTenant, name: str, definition: dict[str, Any], mode: str = "dynamic"
) -> Asked:
    asked = await Segments(database, clock).create(tenant.id, name, mode, definition, actor=ACTOR)
    await work(database, tenant, asked.job_id)
    return asked


async def version(database: Database, tenant: TestTenant, key: UUID) -> SegmentationRecord:
    async with database.reading(tenant.id) as snapshot:
        [found] = await repository.load_segmentations(snapshot, [key])
    assert found is not None
    return found


async def segment(database: Database, tenant: TestTenant, key: UUID) -> SegmentRecord:
    async with database.reading(tenant.id) as snapshot:
        [found] = await repository.load_segments(snapshot, [key])
    assert found is not None
    return found


async def groups(database: Database, tenant: TestTenant, key: UUID) -> list[SegmentRecord]:
    async with database.reading(tenant.id) as snapshot:
        [found] = await repository.load_groups(snapshot, [key])
    return found


MEMBERS: Final = text(
    "SELECT customer.external_id FROM segment_member AS member "
    "JOIN customer ON customer.tenant_id = member.tenant_id AND customer.id = customer_id WHERE segment_id = :segment"
)


async def member_numbers(database: Database, tenant: TestTenant, segment_id: UUID) -> set[int]:
    """The numbers of the customers in it."""
    async with database.reading(tenant.id) as snapshot:
        rows = await snapshot.rows(MEMBERS.bindparams(segment=segment_id))
    return {int(row[0].removeprefix(f"{tenant.canary}-c")) for row in rows}

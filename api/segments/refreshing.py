"""Keeps memberships right as data comes in and as time passes, and works one out in full when asked."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from api.jobs.contracts import JobRun
from api.jobs.repository import set_summary
from api.segments import members_repository as members
from api.segments import repository
from api.segments.assigning import assign_clusters, assign_rfm, past_a_threshold
from api.segments.conditions_repository import any_of, holds, touched
from api.segments.contracts import SegmentRecord
from api.segments.definition import Rule, clusters_named, methods, parse, referred
from api.tenants.repository import get_tenant, list_tenant_ids
from models.database import Database, is_unreachable

SWEEP_SECONDS: Final = 5.0
IDLE: Final = timedelta(minutes=1)
"""Of the tenant's clock: how long nothing is looked at when nothing has come in."""

log = logging.getLogger(__name__)


class Refresh:
    def __init__(
        self, database: Database, now: Callable[[], datetime], refreshed: Callable[[UUID], None] = lambda _: None
    ) -> None:
        """`refreshed` is told of each tenant whose memberships were looked at, after the commit."""
        self._database = database
        self._now = now
        self._refreshed = refreshed

    async def watch(self) -> None:
        """All tenants, one after the other, until cancelled. What fails for one must not keep the others waiting."""
        while True:
            try:
                for tenant_id in await list_tenant_ids(self._database):
                    try:
                        await self.sweep(tenant_id)
                    except (SQLAlchemyError, OSError, TimeoutError) as error:
                        log.warning("the segments of tenant %s wait: %s", tenant_id, type(error).__name__)
            except (SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("the segments could not reach the database: %s", type(error).__name__)
            await asyncio.sleep(SWEEP_SECONDS)

    async def sweep(self, tenant_id: UUID) -> None:
        """Looks at those alone whom news or the passing of time can have moved; at all where that was asked for."""
        async with self._database.unit_of_work(tenant_id) as session:
            now = (await get_tenant(session, tenant_id)).now(self._now())
            if not await members.is_due(session, tenant_id, now - IDLE):
                return
            if not await repository.try_lock(session, tenant_id):
                return
            await refresh(session, tenant_id, now)
        self._refreshed(tenant_id)

    async def run(self, run: JobRun) -> None:
        """The job of one segment that is new, or whose rule has changed."""
        tenant_id = run.tenant_id
        await run.report(0, 1)
        async with self._database.unit_of_work(tenant_id) as session:
            await run.hold(session)
            await repository.lock(session, tenant_id)
            now = (await get_tenant(session, tenant_id)).now(self._now())
            found = await repository.get_segment(session, tenant_id, run.subject_id)
            if found is not None and found.kind == "rule" and (found.needs_full or found.as_of is None):
                await repository.update_segments(session, tenant_id, [found.id], needs_full=True)
                await refresh(session, tenant_id, now)
            await set_summary(session, tenant_id, run.job_id, await self._sentence(session, tenant_id, run.subject_id))
        await run.report(1, 1)

    async def _sentence(self, session: AsyncSession, tenant_id: UUID, segment_id: UUID) -> str:
        found = await repository.get_segment(session, tenant_id, segment_id)
        if found is None:
            return "The segment is gone."
        if found.last_error is not None:
            return found.last_error
        return f"{await members.count(session, tenant_id, segment_id):,} customers are in it."


async def refresh(session: AsyncSession, tenant_id: UUID, now: datetime) -> None:
    """Everything of one tenant up to `now`, in one transaction that holds the tenant's lock."""
    kept = await repository.list_kept(session, tenant_id)
    news = await members.take_stale(session, tenant_id)
    clusters = [record for record in kept if record.kind == "kmeans"]
    moved = {
        "rfm": await _refresh_rfm(session, tenant_id, [record for record in kept if record.kind == "rfm"], news, now),
        "kmeans": await _refresh_clusters(session, tenant_id, clusters, now),
    }
    rules = [record for record in kept if record.kind == "rule" and _is_open(record)]
    changed: dict[UUID, list[UUID]] = {}
    fresh: list[UUID] = []
    for record, rule in in_order(rules):
        among = None if record.needs_full or record.as_of is None else set(news)
        if among is not None:
            assert record.as_of is not None
            among |= await _moved_by_time(session, tenant_id, rule, record.as_of, now)
            among |= {key for method in methods(rule) for key in moved[method]}
            among |= {key for other in referred(rule) for key in changed.get(other, ())}
        found = await _apply(session, tenant_id, record, rule, now, among)
        if found is not None:
            changed[record.id] = found
            fresh.append(record.id)
    await repository.update_segments(session, tenant_id, fresh, as_of=now, needs_full=False, last_error=None)
    names = {record.name for record in clusters}
    for key, gone in ((record.id, clusters_named(rule) - names) for record, rule in in_order(rules)):
        if gone and key in fresh:
            said = f"There is no cluster called {', '.join(sorted(gone))} in the current version of K-means."
            await repository.update_segments(session, tenant_id, [key], last_error=said)


def in_order(records: Collection[SegmentRecord]) -> list[tuple[SegmentRecord, Rule]]:
    """Each after those that its rule builds on. There are no circles: a rule that would make one is refused."""
    rules = {record.id: (record, parse(record.definition)) for record in records}
    done: dict[UUID, tuple[SegmentRecord, Rule]] = {}

    def place(key: UUID) -> None:
        if key in done or key not in rules:
            return
        for other in sorted(referred(rules[key][1])):
            place(other)
        done[key] = rules[key]

    for key in sorted(rules):
        place(key)
    return list(done.values())


def _is_open(record: SegmentRecord) -> bool:
    return record.mode == "dynamic" or record.needs_full or record.as_of is None


async def _moved_by_time(
    session: AsyncSession, tenant_id: UUID, rule: Rule, since: datetime, now: datetime
) -> set[UUID]:
    parts = list(touched(rule, tenant_id, since, now))
    return set(await members.list_ids(session, any_of(parts))) if parts else set()


async def _apply(
    session: AsyncSession, tenant_id: UUID, record: SegmentRecord, rule: Rule, now: datetime, among: set[UUID] | None
) -> list[UUID] | None:
    """Who came or went. None when it failed: the segment says so, and is worked out in full next time."""
    if among is not None and not among:
        return []
    only = None if among is None else sorted(among)
    try:
        async with session.begin_nested():
            matching = holds(rule, tenant_id, now)
            return await members.keep_matching(session, tenant_id, record.id, matching, now, only)
    except SQLAlchemyError as error:
        if is_unreachable(error):
            raise
        log.warning("segment %s of tenant %s could not be worked out: %s", record.id, tenant_id, type(error).__name__)
        said = "Its rule could not be worked out in time; it is tried again."
        await repository.update_segments(session, tenant_id, [record.id], last_error=said, needs_full=True)
        return None


async def _refresh_rfm(
    session: AsyncSession, tenant_id: UUID, groups: Sequence[SegmentRecord], news: Sequence[UUID], now: datetime
) -> list[UUID]:
    version = await repository.get_current(session, tenant_id, "rfm")
    if version is None or not groups:
        return []
    ids = [group.id for group in sorted(groups, key=_position)]
    since = groups[0].as_of
    only = None
    if since is not None:
        only = sorted({*news, *await past_a_threshold(session, tenant_id, version, since, now)})
    moved = await assign_rfm(session, tenant_id, version, ids, now, only) if only is None or only else []
    await repository.update_segments(session, tenant_id, ids, as_of=now)
    return moved


async def _refresh_clusters(
    session: AsyncSession, tenant_id: UUID, groups: Sequence[SegmentRecord], now: datetime
) -> list[UUID]:
    """All customers anew, once a day. Who changed their cluster."""
    version = await repository.get_current(session, tenant_id, "kmeans")
    if version is None or not groups or (groups[0].as_of is not None and now - groups[0].as_of < members.DAY):
        return []
    ids = [group.id for group in sorted(groups, key=_position)]
    moved = await assign_clusters(session, tenant_id, version, ids, now)
    await repository.update_segments(session, tenant_id, ids, as_of=now)
    return moved


def _position(record: SegmentRecord) -> int:
    return record.position or 0

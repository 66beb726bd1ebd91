"""Following metrics: one whole reading of each, then what changed between two readings.

Every reading is of one database snapshot, and an update is the difference of two: so whatever became of the wake-ups in
between, folding the updates gives exactly what a fresh query would.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from api.metrics import repository
from api.metrics.buckets import Window
from api.metrics.catalogue import Metric
from api.metrics.contracts import Figure, Series
from api.metrics.reading import read
from api.streams.feeds import Feed
from api.streams.hub import Hub
from api.tenants.contracts import TenantRecord
from api.tenants.repository import load_tenants
from models.database import Database, is_unreachable

MINIMUM_PAUSE: Final = 0.25
"""Seconds between two readings of one follower: nobody reads numbers faster."""
LONGEST_PAUSE: Final = 5.0
REST: Final = 4
"""Times as long as a reading took: with very many customers, following takes a fifth of a connection, not all of it."""

ChooseWindow = Callable[[TenantRecord, datetime], Window]


@dataclass(frozen=True, slots=True)
class Reading:
    """All followed metrics, from one snapshot."""

    revision: int
    as_of: datetime
    window: Window
    series: Mapping[str, Series]


@dataclass(frozen=True, slots=True)
class Update:
    """The buckets of one metric that changed, with its new totals. Who knows the `cursor` knows all up to here."""

    metric: str
    revision: int
    as_of: datetime
    window: Window
    total: Figure
    previous_total: Figure
    buckets: tuple[tuple[datetime, Figure], ...]
    cursor: str | None = None


def difference(metric: str, before: Reading | None, after: Reading) -> Update | None:
    """None when whoever knows the reading before would learn nothing."""
    series = after.series[metric]
    known: dict[datetime, Figure] = {}
    if before is not None:
        known = dict(zip(before.window.buckets, before.series[metric].values, strict=True))
    current = zip(after.window.buckets, series.values, strict=True)
    changed = tuple((start, value) for start, value in current if known.get(start) != value)
    if before is not None and not changed:
        old = before.series[metric]
        same_totals = (old.total, old.previous_total) == (series.total, series.previous_total)
        if same_totals and before.window.start == after.window.start:
            return None
    return Update(metric, after.revision, after.as_of, after.window, series.total, series.previous_total, changed)


def rest_after(taken: float) -> float:
    """Seconds until the next reading, after one of so many seconds."""
    return min(max(MINIMUM_PAUSE, REST * taken), LONGEST_PAUSE)


class Follower:
    """One execution of a subscription. It holds no connection between readings."""

    def __init__(
        self,
        database: Database,
        hub: Hub,
        tenant_id: UUID,
        metrics: Sequence[Metric],
        choose_window: ChooseWindow,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._hub = hub
        self._tenant_id = tenant_id
        self._metrics = metrics
        self._choose_window = choose_window
        self._now = now

    async def updates(self, feed: Feed | None = None) -> AsyncIterator[Update]:
        """What changed, and the whole whenever the feed wants it: both of the same reading, so that they fit together.
        Listens before the first reading, so that nothing falls between the two."""
        feed = feed or Feed()
        known: Reading | None = None
        with self._hub.listening(self._tenant_id) as wake:
            feed.listen(wake)
            while True:
                wake.clear()
                begun = asyncio.get_running_loop().time()
                reading = await self._read(known)
                rest = rest_after(asyncio.get_running_loop().time() - begun)
                if known is not None:
                    for update in self._differences(known, reading):
                        yield replace(update, cursor=feed.change())
                known = reading
                if feed.wanted:
                    for update in self._differences(None, reading):
                        yield replace(update, cursor=feed.whole(last=update.metric == self._metrics[-1].slug))
                await self._pause(wake, rest)

    def _differences(self, before: Reading | None, after: Reading) -> Iterator[Update]:
        for metric in self._metrics:
            update = difference(metric.slug, before, after)
            if update is not None:
                yield update

    async def _read(self, known: Reading | None) -> Reading:
        """Once it has told something, a subscription outlives a database that is away for a while."""
        while True:
            try:
                return await self._read_now()
            except Exception as error:
                if known is None or not is_unreachable(error):
                    raise
            await asyncio.sleep(self._hub.patience)

    async def _read_now(self) -> Reading:
        async with self._database.reading(self._tenant_id) as snapshot:
            [tenant] = await load_tenants(snapshot, [self._tenant_id])
            assert tenant is not None
            as_of = tenant.now(self._now())
            window = self._choose_window(tenant, as_of)
            revision = await repository.get_revision(snapshot)
            series = await read(snapshot, self._metrics, window)
        return Reading(revision, as_of, window, series)

    async def _pause(self, wake: asyncio.Event, rest: float) -> None:
        await asyncio.sleep(rest)
        try:
            async with asyncio.timeout(self._hub.patience):
                await wake.wait()
        except TimeoutError:
            return

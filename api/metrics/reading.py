"""Reads metrics over a window from one snapshot: for the query, the subscription, the table and the export alike."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final

from api.metrics.activity_repository import load_activity
from api.metrics.buckets import Window
from api.metrics.buckets_repository import load_additive
from api.metrics.catalogue import Metric, Source
from api.metrics.contracts import Series
from api.metrics.facts_repository import load_facts
from api.metrics.predictions_repository import load_predicted
from api.metrics.rolling_repository import load_conversion_rates, load_engagement
from models.database import Snapshot

Load = Callable[[Snapshot, Sequence[str], Window], Awaitable[list[Series]]]
"""Takes slugs of metrics of one source; gives their series in that order."""

LOADERS: Final[Mapping[Source, Load]] = {
    Source.BUCKETS: load_additive,
    Source.ACTIVITY: load_activity,
    Source.FACTS: load_facts,
    Source.JOURNEYS: load_conversion_rates,
    Source.ENGAGEMENT: load_engagement,
    Source.PREDICTIONS: load_predicted,
}


async def read(snapshot: Snapshot, metrics: Iterable[Metric], window: Window) -> dict[str, Series]:
    """Each metric's series by its slug. The number of statements does not grow with the number of metrics."""
    asked = tuple(metrics)
    found: dict[str, Series] = {}
    for source, load in LOADERS.items():
        slugs = [metric.slug for metric in asked if metric.source is source]
        if slugs:
            found.update(zip(slugs, await load(snapshot, slugs, window), strict=True))
    return found

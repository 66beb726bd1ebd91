"""SQL of the metrics of what is foretold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from api.metrics.buckets import Window
from api.metrics.catalogue import METRICS
from api.metrics.catalogue.base import PredictionMetric
from api.metrics.contracts import ABSENT, Figure, Series
from api.metrics.rolling import Anchors, anchors, placed
from models import Prediction
from models.base import table
from models.database import Snapshot

prediction = table(Prediction)

HORIZON_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class InForce:
    """What is foretold since its `newest` part was made. What was foretold before is not kept."""

    figure: Figure
    newest: datetime

    def at(self, moment: datetime) -> Figure:
        return self.figure if self.newest <= moment else ABSENT

    def series(self, window: Window, at: Anchors) -> Series:
        return Series(
            self.at(window.reached),
            self.at(window.previous_end),
            placed(len(window.buckets), at.current, [self.at(one.at) for one in at.current]),
            placed(len(window.previous_buckets), at.previous, [self.at(one.at) for one in at.previous]),
        )


NOTHING: Final = InForce(ABSENT, datetime.fromisoformat("0001-01-01T00:00:00+00:00"))


async def load_predicted(snapshot: Snapshot, slugs: Sequence[str], window: Window) -> list[Series]:
    statement = (
        select(
            prediction.c.kind,
            func.count(),
            func.avg(prediction.c.estimate),
            func.min(prediction.c.as_of),
            func.max(prediction.c.as_of),
        )
        .where(prediction.c.tenant_id == snapshot.tenant_id, prediction.c.horizon_days == HORIZON_DAYS)
        .group_by(prediction.c.kind)
    )
    found = {
        kind: InForce(Figure(mean, n=n, as_of=oldest), newest)
        for kind, n, mean, oldest, newest in await snapshot.rows(statement)
    }
    at = anchors(window)
    return [found.get(_kind(slug), NOTHING).series(window, at) for slug in slugs]


def _kind(slug: str) -> str:
    metric = METRICS[slug]
    assert isinstance(metric, PredictionMetric)
    return metric.kind

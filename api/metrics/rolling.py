"""At which moments the metrics that look back are taken: at the end of each day of a window, and now. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from api.metrics.buckets import Bucket, Window, ceiling, floor, following
from api.metrics.contracts import ABSENT, Figure


@dataclass(frozen=True, slots=True)
class Anchor:
    """`at` is the moment that is looked back from, `end` the end of the bucket it stands for, which is later only where
    now cuts that bucket. `position` is that bucket's place among its window's."""

    position: int
    at: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Anchors:
    """Those of a window and of the one it is compared with."""

    current: tuple[Anchor, ...]
    previous: tuple[Anchor, ...]

    @property
    def all(self) -> tuple[Anchor, ...]:
        return self.previous + self.current


@lru_cache(maxsize=64)
def anchors(window: Window) -> Anchors:
    """Kept, since all who look at the same range within a minute share it."""
    return Anchors(
        _anchors(window, window.buckets, window.reached),
        _anchors(window, window.previous_buckets, window.previous_end),
    )


def last(figures: Sequence[Figure]) -> Figure:
    return figures[-1] if figures else ABSENT


def placed(size: int, at: Sequence[Anchor], figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """The figures in their buckets, of which there are `size`."""
    found = [ABSENT] * size
    for anchor, figure in zip(at, figures, strict=True):
        found[anchor.position] = figure
    return tuple(found)


def _anchors(window: Window, starts: Sequence[datetime], last: datetime) -> tuple[Anchor, ...]:
    begun = [start for start in starts if start < last]
    found = []
    for position, start in enumerate(begun):
        end = following(start, window.bucket, window.zone)
        if position == len(begun) - 1 or floor(end, Bucket.DAY, window.zone) == end:
            found.append(Anchor(position, min(end, last), end))
    return tuple(found)


def day_end(moment: datetime, window: Window) -> datetime:
    return ceiling(moment, Bucket.DAY, window.zone)

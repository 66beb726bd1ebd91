"""The conversion rate of a cohort, from when its customers entered consideration and what became of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from api.intelligence.journeys import CENSORED, aalen_johansen
from api.metrics.contracts import ABSENT, Figure
from models.packed import microseconds

REACHED: Final = 1
LOST: Final = 2
NEVER: Final = np.iinfo(np.int64).max
MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A customer entered consideration; when it then first reached purchase, and first left by an exit, if it did."""

    customer_id: UUID
    entered_at: datetime
    reached_at: datetime | None
    lost_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entries:
    """All entries that any cohort needs, by time; in microseconds, what did not happen at the end of time."""

    customer: NDArray[np.int64]
    entered: NDArray[np.int64]
    reached: NDArray[np.int64]
    lost: NDArray[np.int64]

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Self:
        ordered = sorted(entries, key=lambda entry: entry.entered_at)
        codes: dict[UUID, int] = {}
        return cls(
            np.array([codes.setdefault(entry.customer_id, len(codes)) for entry in ordered], dtype=np.int64),
            np.array([microseconds(entry.entered_at) for entry in ordered], dtype=np.int64),
            np.array([_or_never(entry.reached_at) for entry in ordered], dtype=np.int64),
            np.array([_or_never(entry.lost_at) for entry in ordered], dtype=np.int64),
        )

    def rate(self, begin: datetime, end: datetime, horizon: timedelta) -> Figure:
        """Of those who entered in [begin, end), each counted from its first entry there and watched until `end`."""
        watched = microseconds(end)
        first, last = np.searchsorted(self.entered, [microseconds(begin), watched])
        _, chosen = np.unique(self.customer[first:last], return_index=True)
        chosen = chosen + first
        if not len(chosen):
            return ABSENT
        entered, reached, lost = self.entered[chosen], self.reached[chosen], self.lost[chosen]
        outcome = np.where((reached < watched) & (reached <= lost), REACHED, np.where(lost < watched, LOST, CENSORED))
        left = np.minimum(np.minimum(reached, lost), watched) - entered
        estimate = aalen_johansen(left, outcome, causes=LOST)[REACHED - 1].at(horizon / MICROSECOND)
        return Figure(estimate.value, n=len(chosen), low=estimate.low, high=estimate.high)


def _or_never(moment: datetime | None) -> int:
    return NEVER if moment is None else microseconds(moment)

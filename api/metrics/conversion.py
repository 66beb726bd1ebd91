"""The conversion rate of a cohort, from when its customers entered consideration and what became of them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from api.intelligence.journeys import CENSORED, aalen_johansen
from api.metrics.contracts import ABSENT, Figure

REACHED: Final = 1
LOST: Final = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A customer entered consideration; when it then first reached purchase, and first left by an exit, if it did."""

    customer_id: UUID
    entered_at: datetime
    reached_at: datetime | None
    lost_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entries:
    """All entries that any cohort needs, by time; times in seconds, what did not happen at infinity."""

    customer: NDArray[np.int64]
    entered: NDArray[np.float64]
    reached: NDArray[np.float64]
    lost: NDArray[np.float64]

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Self:
        ordered = sorted(entries, key=lambda entry: entry.entered_at)
        codes: dict[UUID, int] = {}
        return cls(
            np.array([codes.setdefault(entry.customer_id, len(codes)) for entry in ordered], dtype=np.int64),
            np.array([entry.entered_at.timestamp() for entry in ordered]),
            np.array([_seconds(entry.reached_at) for entry in ordered]),
            np.array([_seconds(entry.lost_at) for entry in ordered]),
        )

    def rate(self, begin: datetime, end: datetime, horizon: float) -> Figure:
        """Of those who entered in [begin, end), each counted from its first entry there and watched until `end`."""
        first, last = np.searchsorted(self.entered, [begin.timestamp(), end.timestamp()])
        _, chosen = np.unique(self.customer[first:last], return_index=True)
        chosen = chosen + first
        if not len(chosen):
            return ABSENT
        watched = end.timestamp()
        entered, reached, lost = self.entered[chosen], self.reached[chosen], self.lost[chosen]
        outcome = np.where((reached < watched) & (reached <= lost), REACHED, np.where(lost < watched, LOST, CENSORED))
        left = np.minimum(np.minimum(reached, lost), watched) - entered
        estimate = aalen_johansen(left, outcome, causes=LOST)[REACHED - 1].at(horizon)
        return Figure(estimate.value, n=len(chosen), low=estimate.low, high=estimate.high)


def _seconds(moment: datetime | None) -> float:
    return np.inf if moment is None else moment.timestamp()

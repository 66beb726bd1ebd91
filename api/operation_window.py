"""How long this process's operations of the last ten minutes took, and how many failed.

Kept in slots of five seconds, each a histogram with buckets 5 % apart: a percentile is right to 2.5 %, and what is kept
grows with the tenants that were active, not with their operations.
"""

import math
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

SLOT_SECONDS: Final = 5
SLOTS: Final = 120
RATIO: Final = 1.05
SHORTEST: Final = 1e-4
LONGEST: Final = 100.0


@dataclass(slots=True)
class Tally:
    failed: int = 0
    durations: Counter[int] = field(default_factory=Counter)

    @property
    def operations(self) -> int:
        return self.durations.total()

    def add(self, bucket: int, *, failed: bool) -> None:
        self.durations[bucket] += 1
        self.failed += failed

    def merge(self, other: "Tally") -> None:
        self.durations.update(other.durations)
        self.failed += other.failed

    def percentile(self, share: float) -> float | None:
        """Seconds; None without any operation."""
        rank = math.ceil(share * self.operations)
        for bucket in sorted(self.durations):
            rank -= self.durations[bucket]
            if rank <= 0:
                return _middle(bucket)
        return None


@dataclass(slots=True)
class _Slot:
    number: int
    everybody: Tally = field(default_factory=Tally)
    by_tenant: dict[UUID, Tally] = field(default_factory=dict)

    def of(self, tenant_id: UUID | None) -> Tally | None:
        return self.everybody if tenant_id is None else self.by_tenant.get(tenant_id)


class OperationWindow:
    """One per process. `clock` counts seconds and never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._slots: deque[_Slot] = deque(maxlen=SLOTS)

    def record(self, tenant_id: UUID | None, seconds: float, *, failed: bool) -> None:
        number = self._number()
        if not self._slots or self._slots[-1].number != number:
            self._slots.append(_Slot(number))
        slot = self._slots[-1]
        bucket = _bucket(seconds)
        slot.everybody.add(bucket, failed=failed)
        if tenant_id is not None:
            if (own := slot.by_tenant.get(tenant_id)) is None:
                own = slot.by_tenant[tenant_id] = Tally()
            own.add(bucket, failed=failed)

    def over(self, seconds: int, tenant_id: UUID | None = None) -> Tally:
        """The last whole slots and the running one; of one tenant, or of everybody."""
        first = self._number() - seconds // SLOT_SECONDS
        return _sum(slot.of(tenant_id) for slot in self._slots if slot.number > first)

    def by_slot(self, tenant_id: UUID | None = None) -> Sequence[Tally | None]:
        """Each slot of the ten minutes, the oldest first; None where nothing happened."""
        first = self._number() - SLOTS + 1
        found = {slot.number: slot.of(tenant_id) for slot in self._slots}
        return [found.get(number) for number in range(first, first + SLOTS)]

    def _number(self) -> int:
        return int(self.clock() // SLOT_SECONDS)


def _sum(tallies: Iterable[Tally | None]) -> Tally:
    total = Tally()
    for tally in tallies:
        if tally is not None:
            total.merge(tally)
    return total


def _bucket(seconds: float) -> int:
    return math.ceil(math.log(min(max(seconds, SHORTEST), LONGEST) / SHORTEST, RATIO))


def _middle(bucket: int) -> float:
    """A bucket's bounds are 5 % apart; this is 2.5 % from both."""
    return float(SHORTEST * RATIO ** (bucket - 0.5))

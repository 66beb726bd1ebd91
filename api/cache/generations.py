"""Which answers of this process are still true: numbers for each tenant and tag, raised after each write.

A reader takes the numbers before it reads; what it read is as new as they say, whenever it is stored. A hard number
ends every older answer at once. A soft one says that a stream of batches goes on, and when: an answer that missed it
may be shown a moment longer.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from uuid import UUID

from api.cache.freshness import Tag

REMEMBERED: Final = 64
"""Soft raises of which the time is known; whoever missed more is too old."""


class Taken(NamedTuple):
    """In the order of the tags, which the caller keeps the same."""

    hard: tuple[int, ...]
    soft: tuple[int, ...]


@dataclass(slots=True)
class _Number:
    hard: int = 0
    soft: int = 0
    raised_at: deque[float] = field(default_factory=lambda: deque(maxlen=REMEMBERED))


class Generations:
    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._numbers: dict[tuple[UUID, Tag], _Number] = {}

    def take(self, tenant_id: UUID, tags: Collection[Tag]) -> Taken:
        numbers = [self._numbers.get((tenant_id, tag)) for tag in tags]
        return Taken(
            tuple(0 if number is None else number.hard for number in numbers),
            tuple(0 if number is None else number.soft for number in numbers),
        )

    def raise_hard(self, tenant_id: UUID, tags: Iterable[Tag]) -> None:
        for tag in tags:
            self._numbers.setdefault((tenant_id, tag), _Number()).hard += 1

    def raise_soft(self, tenant_id: UUID, tags: Iterable[Tag]) -> None:
        for tag in tags:
            number = self._numbers.setdefault((tenant_id, tag), _Number())
            number.soft += 1
            number.raised_at.append(self._monotonic())

    def missed_for(self, tenant_id: UUID, tags: Collection[Tag], taken: Taken) -> float:
        """Seconds since the first soft raise after these were taken; 0 when there was none."""
        longest = 0.0
        for tag, soft in zip(tags, taken.soft, strict=True):
            number = self._numbers.get((tenant_id, tag))
            missed = 0 if number is None else number.soft - soft
            if number is not None and missed:
                known = missed <= len(number.raised_at)
                longest = max(longest, self._monotonic() - number.raised_at[-missed] if known else float("inf"))
        return longest

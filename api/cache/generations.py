"""Which answers of this process are still true: a number for each tenant and tag, raised after each write.

A reader takes the numbers before it reads. What it read may be shown while they stand: so an answer that was read
before a write and stored after it is never taken for new.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from uuid import UUID

from api.cache.freshness import Tag

Taken = tuple[int, ...]


class Generations:
    def __init__(self) -> None:
        self._numbers: dict[UUID, dict[Tag, int]] = defaultdict(dict)

    def take(self, tenant_id: UUID, tags: Collection[Tag]) -> Taken:
        """In the order of the tags, which the caller keeps the same."""
        numbers = self._numbers.get(tenant_id)
        return (0,) * len(tags) if numbers is None else tuple(numbers.get(tag, 0) for tag in tags)

    def raise_(self, tenant_id: UUID, tags: Iterable[Tag]) -> None:
        numbers = self._numbers[tenant_id]
        for tag in tags:
            numbers[tag] = numbers.get(tag, 0) + 1

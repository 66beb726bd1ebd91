"""L1: answers in the memory of the process, bounded by bytes and by count; the least recently used go first."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from api.cache.generations import Taken

MAXIMUM_BYTES: Final = 64 * 1024 * 1024
MAXIMUM_ENTRIES: Final = 10_000
OVERHEAD: Final = 400
"""Bytes that an entry takes besides its body."""


@dataclass(slots=True)
class Entry:
    """An answer as it is sent. `read_at` tells its age; at `true_at` it was as new as a reading would have been, which
    is later for one that another process had read. All are moments of the process's own clock."""

    body: bytes
    read_at: float
    true_at: float
    expires_at: float
    taken: Taken
    shown: int = 0
    """To how many. As many may soon wait for a new one."""


class Memory:
    def __init__(
        self,
        monotonic: Callable[[], float],
        *,
        maximum_bytes: int = MAXIMUM_BYTES,
        maximum_entries: int = MAXIMUM_ENTRIES,
    ) -> None:
        self._monotonic = monotonic
        self._maximum_bytes = maximum_bytes
        self._maximum_entries = maximum_entries
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: bytes, hard: tuple[int, ...]) -> Entry | None:
        """One that is not too old, and that no person's change has ended since."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry.taken.hard != hard or entry.expires_at <= self._monotonic():
            self._remove(key)
            return None
        self._entries.move_to_end(key)
        return entry

    def put(self, key: bytes, entry: Entry) -> None:
        """An answer that would fill a good part of the memory alone is not kept."""
        self._remove(key)
        if _size(entry) > self._maximum_bytes // 16:
            return
        self._entries[key] = entry
        self.bytes += _size(entry)
        while self.bytes > self._maximum_bytes or len(self._entries) > self._maximum_entries:
            self._remove(next(iter(self._entries)))

    def _remove(self, key: bytes) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self.bytes -= _size(entry)


def _size(entry: Entry) -> int:
    return len(entry.body) + OVERHEAD

"""Keeps a server that does not answer from being asked by everybody."""

from collections.abc import Callable
from typing import Final

PAUSE_SECONDS: Final = 1.0


class Breaker:
    """After a failure one caller a second may try; the others go without."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._open_until: float | None = None

    def allows(self) -> bool:
        """Whoever is allowed must say how it went."""
        if self._open_until is None:
            return True
        now = self._monotonic()
        if now < self._open_until:
            return False
        self._open_until = now + PAUSE_SECONDS
        return True

    def failed(self) -> None:
        self._open_until = self._monotonic() + PAUSE_SECONDS

    def succeeded(self) -> None:
        self._open_until = None

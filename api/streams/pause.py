"""Leaves a server that did not answer alone for a moment: waiting for it each time would hold everything up."""

import time
from typing import Final

SECONDS: Final = 1.0


class Pause:
    def __init__(self) -> None:
        self._until = 0.0

    @property
    def lasts(self) -> bool:
        return time.monotonic() < self._until

    def begin(self) -> None:
        self._until = time.monotonic() + SECONDS

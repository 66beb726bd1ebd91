"""How far a fit has come, for whoever waits for it."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Hears how much is done, and of how much; may stop the fit by raising."""


def unheard(done: int, total: int) -> None:
    """Where nobody waits."""

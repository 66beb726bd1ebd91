"""What is recommended before anything was learned: the first choice, with a floor that keeps the others tried."""

from collections.abc import Mapping, Sequence

from api.intelligence.actions.policy import FLOOR, draw


def explore(choices: Sequence[str], seed: int, floor: float = FLOOR) -> tuple[str, Mapping[str, float]]:
    """Of the choices, the best first: the one that was drawn, and the chance that each of them had."""
    even = floor / len(choices)
    chances = {choice: even + (1 - floor if place == 0 else 0.0) for place, choice in enumerate(choices)}
    return draw(chances, seed), chances

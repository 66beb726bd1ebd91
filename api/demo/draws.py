"""Random draws that are the same on every machine and Python version: all of them rest on `Random.random` alone."""

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """One stream of draws per seed and path; what one part of a generator draws never shifts another part."""

    def __init__(self, seed: int, *path: str) -> None:
        self._random = Random("/".join((str(seed), *path))).random  # noqa: S311 (repeatable, not secret)

    def chance(self, probability: float) -> bool:
        return self._random() < probability

    def whole(self, low: int, high: int) -> int:
        """Uniform over low..high, both included."""
        return low + int(self._random() * (high - low + 1))

    def pick(self, values: Sequence[T]) -> T:
        return values[int(self._random() * len(values))]

    def weighted(self, weights: Mapping[T, float]) -> T:
        rest = self._random() * math.fsum(weights.values())
        for value, weight in weights.items():
            rest -= weight
            if rest < 0:
                return value
        return next(reversed(list(weights)))

    def exponential(self, mean: float) -> float:
        return -mean * math.log(1.0 - self._random())

    def poisson(self, mean: float) -> int:
        """By counting exponential gaps: meant for means of a few units."""
        count, reached = 0, self.exponential(1.0)
        while reached < mean:
            count += 1
            reached += self.exponential(1.0)
        return count

    def shuffled(self, values: Sequence[T]) -> list[T]:
        rest = list(values)
        for last in range(len(rest) - 1, 0, -1):
            other = self.whole(0, last)
            rest[last], rest[other] = rest[other], rest[last]
        return rest

"""Which cluster of an earlier version a cluster continues."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from api.intelligence.arrays import Floats


@dataclass(frozen=True, slots=True)
class Match:
    """`previous` names the earlier cluster of each new one; None for one that continues none. `distance` to it, or to
    the nearest when it continues none."""

    previous: tuple[int | None, ...]
    distance: tuple[float, ...]


def match_centers(new: Floats, old: Floats) -> Match:
    """One to one by the least total distance (Kuhn 1955). A pair is refused when its distance is more than half of that
    from the old center to its nearest other one: then the clusters were cut anew."""
    distance = cdist(new, old)
    between = cdist(old, old)
    np.fill_diagonal(between, np.inf)
    allowed = between.min(axis=1) / 2 if len(old) > 1 else np.array([np.inf])
    linked: list[int | None] = [None] * len(new)
    for row, column in zip(*linear_sum_assignment(distance), strict=True):
        if distance[row, column] <= allowed[column]:
            linked[row] = int(column)
    apart = [float(distance[row].min() if to is None else distance[row, to]) for row, to in enumerate(linked)]
    return Match(tuple(linked), tuple(apart))

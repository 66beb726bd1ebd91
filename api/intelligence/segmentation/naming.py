"""What sets a cluster apart, and the name that follows from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

from api.intelligence.arrays import Floats, Ints

DIRECTIONS: Final[dict[str, dict[str, float]]] = {
    "champion": {"recency": -1, "frequency": 1, "monetary": 1},
    "loyal": {"recency": -0.5, "frequency": 1, "tenure": 1},
    "high_value": {"monetary": 1, "average_value": 1},
    "growth_potential": {"recency": -1, "frequency": 0.25, "monetary": -0.25},
    "new_customer": {"recency": -1, "frequency": -1, "tenure": -1},
    "at_risk": {"recency": 1, "frequency": 0.75, "monetary": 0.75},
    "price_sensitive": {"discount_share": 1, "average_value": -1},
    "hibernating": {"recency": 1, "frequency": -1, "monetary": -1},
}
"""Where a cluster of this name lies from the middle of all customers, in the features it speaks of."""
NEAR: Final = 1e-9
NEEDED: Final = {
    "loyal": {"frequency"},
    "high_value": {"monetary"},
    "new_customer": {"recency", "frequency"},
    "price_sensitive": {"discount_share"},
}


@dataclass(frozen=True, slots=True)
class Distinction:
    """How far a cluster's mean lies from that of the others, in standard deviations of all (`effect`)."""

    feature: str
    effect: float
    mean: float
    mean_elsewhere: float


def distinctions(points: Floats, table: Floats, labels: Ints, names: Sequence[str]) -> list[list[Distinction]]:
    """For each cluster, the features in the order of what sets it apart most."""
    size = int(labels.max()) + 1
    inside = np.bincount(labels, minlength=size)
    (here, elsewhere), (mean, mean_elsewhere) = (_means(columns, labels, inside) for columns in (points, table))
    found: list[list[Distinction]] = []
    for cluster in range(size):
        if inside[cluster] in (0, len(labels)):
            found.append([])
            continue
        effect = here[cluster] - elsewhere[cluster]
        listed = [
            Distinction(name, float(effect[i]), float(mean[cluster, i]), float(mean_elsewhere[cluster, i]))
            for i, name in enumerate(names)
        ]
        found.append(sorted(listed, key=lambda item: -abs(item.effect)))
    return found


def _means(table: Floats, labels: Ints, inside: Ints) -> tuple[Floats, Floats]:
    """Of each cluster and of all others: (clusters, features)."""
    sums = np.column_stack([np.bincount(labels, column, len(inside)) for column in table.T])
    outside = np.maximum(len(labels) - inside, 1)[:, None]
    return sums / np.maximum(inside, 1)[:, None], (sums.sum(axis=0) - sums) / outside


def name_clusters(centers: Floats, names: Sequence[str], found: Sequence[Sequence[Distinction]]) -> list[str]:
    """Each name once, to the cluster that lies most in its direction, and only where every feature that the name
    speaks of is on its side of the middle. The others are called by what sets them apart: "high visits, low
    refunds"."""
    candidates = {
        name: direction for name, direction in DIRECTIONS.items() if (NEEDED.get(name) or set(direction)) <= set(names)
    }
    chosen = [""] * len(centers)
    if candidates:
        fitting = np.array([[_fit(center, names, towards) for towards in candidates.values()] for center in centers])
        labels = list(candidates)
        for row, column in np.column_stack(linear_sum_assignment(-fitting)).tolist():
            if fitting[row, column] > 0:
                chosen[row] = labels[column]
    for row, parts in enumerate(found):
        features = 2
        while not chosen[row] or chosen.count(chosen[row]) > 1:
            chosen[row] = _described(parts, features) + (f" ({row + 1})" if features > len(parts) else "")
            features += 1
    return chosen


def _fit(center: Floats, names: Sequence[str], towards: dict[str, float]) -> float:
    """The cosine of the angle between a center and a name's direction; 0 when a feature of the name is on the other
    side."""
    position = dict(zip(names, center, strict=True))
    known = {name: weight for name, weight in towards.items() if name in position}
    if not known or any(weight * position[name] <= NEAR for name, weight in known.items()):
        return 0.0
    along = sum(weight * position[name] for name, weight in known.items())
    return float(along / np.sqrt(sum(weight**2 for weight in known.values())) / np.linalg.norm(center))


def _described(parts: Sequence[Distinction], features: int) -> str:
    told = [f"{'high' if part.effect > 0 else 'low'} {part.feature}" for part in parts[:features]]
    return ", ".join(told) or "all customers"

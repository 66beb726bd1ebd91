"""Customers, purchases and spells simulated from known models: any number of them, the same for the same seed."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SEED: Final = 20_260
DAYS: Final = 540
R, ALPHA, A, B = 0.24, 31.0, 0.8, 2.4
"""BG/NBD, about as in the CDNOW sample, in days."""
P, Q, GAMMA = 6.25, 3.74, 15.44

Table = dict[str, NDArray[Any]]


def write(folder: Path, customers: int) -> None:
    random = np.random.default_rng(SEED)
    histories = _histories(random, customers)
    _save(folder / "histories.npz", histories)
    _save(folder / "purchases.npz", _purchases(random, histories))
    _save(folder / "spells.npz", _spells(random, customers))


def _save(path: Path, table: Any) -> None:
    np.savez(path, **table)


def _histories(random: np.random.Generator, customers: int) -> Table:
    """Whole days: frequency, recency and age of each customer."""
    age = random.integers(30, DAYS, customers)
    rate = random.gamma(R, 1 / ALPHA, customers)
    stop = random.beta(A, B, customers)
    frequency = np.zeros(customers, dtype=np.int64)
    recency = np.zeros(customers)
    at = np.zeros(customers)
    going = np.arange(customers)
    while going.size:
        at[going] += np.ceil(random.exponential(1 / rate[going]))
        going = going[at[going] <= age[going]]
        frequency[going] += 1
        recency[going] = at[going]
        going = going[random.random(going.size) >= stop[going]]
    columns = {"frequency": frequency, "recency": recency, "age": age.astype(float)}
    return {**columns, "mean_value": _mean_values(random, frequency)}


def _mean_values(random: np.random.Generator, frequency: NDArray[np.int64]) -> NDArray[np.float64]:
    """Gamma-Gamma, about as in the CDNOW sample; NaN without a repeat purchase."""
    scale = 1 / random.gamma(Q, 1 / GAMMA, frequency.size)
    spent = random.gamma(np.maximum(P * frequency, 1e-9)) * scale
    return np.where(frequency > 0, np.maximum(spent, 0.01) / np.maximum(frequency, 1), np.nan)


def _purchases(random: np.random.Generator, histories: Table) -> Table:
    """One row a purchase: customer, day and value."""
    count = histories["frequency"] + 1
    customer = np.repeat(np.arange(count.size), count)
    day = random.integers(0, DAYS, customer.size)
    return {"customer": customer, "day": day, "value": np.round(random.gamma(2.0, 20.0, customer.size), 2)}


def _spells(random: np.random.Generator, customers: int) -> Table:
    """How long each stayed in whole days, and how it ended: 0 not yet, 1 converted, 2 lost."""
    converts, leaves = random.exponential(60, customers), random.exponential(90, customers)
    watched = random.uniform(1, 120, customers)
    first = np.minimum(np.minimum(converts, leaves), watched)
    outcome = np.where(first == watched, 0, np.where(first == converts, 1, 2))
    return {"duration": np.ceil(first), "outcome": outcome}

"""Customers who get no action, so that what actions bring can be measured at all."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import numpy as np
from scipy.stats import norm

from api.intelligence.arrays import as_floats
from api.intelligence.insufficient import InsufficientDataError

SHARE: Final = 0.10
LEAST: Final = 100


@dataclass(frozen=True, slots=True)
class Uplift:
    """The mean of those who may get actions, less that of the hold-out, with its bounds (Welch)."""

    difference: float
    low: float
    high: float
    treated: int
    held_out: int

    @property
    def is_clear(self) -> bool:
        return self.low > 0 or self.high < 0


def in_holdout(customer: str, salt: str, share: float = SHARE) -> bool:
    """The same customer always falls on the same side, whoever asks; `salt` is the tenant's."""
    drawn = int.from_bytes(sha256(f"{salt}\0{customer}".encode()).digest()[:8])
    return drawn < share * 2**64


def uplift(treated: Any, held_out: Any, level: float = 0.95) -> Uplift:
    one, other = as_floats("treated", treated), as_floats("held_out", held_out)
    fewest = min(len(one), len(other))
    if fewest < LEAST:
        raise InsufficientDataError("customers with and without actions", LEAST, fewest)
    difference = float(one.mean() - other.mean())
    error = float(np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other)))
    reach = float(norm.ppf((1 + level) / 2)) * error
    return Uplift(difference, difference - reach, difference + reach, len(one), len(other))

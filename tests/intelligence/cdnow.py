"""The CDNOW sample: 2,357 customers who bought first in early 1997, calibrated to 30 September 1997, in weeks."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api.intelligence.arrays import Floats, Ints
from api.intelligence.clv import CustomerSummary, summarize_transactions
from tests.support.datasets import rows

CALIBRATED: Final = np.datetime64("1997-09-30")
END: Final = np.datetime64("1998-06-30")
WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class Transactions:
    customer: Ints
    date: NDArray[Any]
    value: Floats


@cache
def transactions() -> Transactions:
    found = rows("cdnow_sample_transactions.csv.gz")
    return Transactions(
        np.array([int(row["customer_id"]) for row in found]),
        np.array([row["date"] for row in found], dtype="datetime64[D]"),
        np.array([float(row["value"]) for row in found]),
    )


def summary(until: Any = CALIBRATED) -> CustomerSummary:
    sold = transactions()
    return summarize_transactions(sold.customer, sold.date, sold.value, until)


def weeks() -> tuple[Ints, Floats, Floats]:
    found = summary()
    return found.frequency, found.recency / WEEK, found.age / WEEK


def bought_later() -> Ints:
    """Each customer's repeat days between the calibration and the end."""
    early, late = summary(), summary(END)
    kept = np.isin(late.customer, early.customer)
    assert (late.customer[kept] == early.customer).all()
    return late.frequency[kept] - early.frequency

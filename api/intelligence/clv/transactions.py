"""From a table of transactions to one row a customer."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.intelligence.arrays import Floats, Ints, InvalidColumnError, as_floats, as_keys, same_length
from api.intelligence.dates import comparable_days


@dataclass(frozen=True, slots=True)
class CustomerSummary:
    """One row a customer, in the order of their keys. Times in days.

    frequency  days with a purchase after the first one
    recency    from the first day with a purchase to the last
    age        from the first day with a purchase to `until`
    mean_value of a repeat day's purchases; NaN without one
    first_value of the first day's purchases
    """

    customer: NDArray[Any]
    frequency: Ints
    recency: Floats
    age: Floats
    mean_value: Floats
    first_value: Floats


def summarize_transactions(customer: Any, date: Any, value: Any, until: Any) -> CustomerSummary:
    """`date` is numbers of days, or what numpy reads as dates; what lies after `until` is left out. Purchases of one
    customer on one day are one."""
    keys = as_keys("customer", customer)
    days, end = comparable_days(date=date, until=[until])
    last = float(end[0])
    amounts = as_floats("value", value)
    same_length({"customer": keys, "date": days, "value": amounts})
    known = days <= last
    if not known.any():
        raise InvalidColumnError("date", "has nothing up to `until`")
    names, code = np.unique(keys[known], return_inverse=True)
    days, amounts = days[known], amounts[known]
    order = np.lexsort((days, code))
    code, days, amounts = code[order], days[order], amounts[order]
    new_customer = np.r_[True, code[1:] != code[:-1]]
    new_day = new_customer | np.r_[True, days[1:] != days[:-1]]
    starts = np.flatnonzero(new_day)
    spent = np.add.reduceat(amounts, starts)
    owner, day = code[starts], days[starts]
    first = np.flatnonzero(new_customer[starts])
    end = np.r_[first[1:], len(starts)]
    frequency = (end - first - 1).astype(np.int64)
    totals = np.bincount(owner, weights=spent, minlength=len(names))
    repeated = np.where(frequency > 0, frequency, 1)
    return CustomerSummary(
        customer=names,
        frequency=frequency,
        recency=day[end - 1] - day[first],
        age=last - day[first],
        mean_value=np.where(frequency > 0, (totals - spent[first]) / repeated, np.nan),
        first_value=spent[first],
    )

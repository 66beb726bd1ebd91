"""Why nobody is called lost by 1 - P(alive): it puts buyers in the wrong order, on both published tables of sales."""

from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq
from sklearn.metrics import roc_auc_score

from api.intelligence.clv import BetaGeoNBD, summarize_transactions
from tests.intelligence import cdnow
from tests.support.datasets import dataset

WEEK: Final = 7
RETAIL: Final = ("InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID")


def areas(customer: Any, date: Any, value: Any, until: str, horizon: int) -> tuple[float, float]:
    """AUC for buying nothing within `horizon` days: of 1 - P(alive), and of the closed form."""
    end = np.datetime64(until)
    known = summarize_transactions(customer, date, value, end)
    histories = known.frequency, known.recency / WEEK, known.age / WEEK
    model = BetaGeoNBD().fit(*histories)
    later = customer[(date > end) & (date <= end + np.timedelta64(horizon, "D"))]
    silent = ~np.isin(known.customer, later)
    dead, nothing = 1 - model.probability_alive(*histories), model.probability_no_purchase(horizon / WEEK, *histories)
    return float(roc_auc_score(silent, dead)), float(roc_auc_score(silent, nothing))


def test_of_cdnows_buyers() -> None:
    sold = cdnow.transactions()
    dead, nothing = areas(sold.customer, sold.date, sold.value, "1998-04-01", 91)
    assert abs(dead - 0.344) < 0.01
    assert abs(nothing - 0.830) < 0.01


def test_of_the_buyers_of_online_retail() -> None:
    table = pq.read_table(dataset("online_retail_2010-12_2011-08.parquet"), columns=list(RETAIL))
    invoice, quantity, date, price, customer = (table[name].to_numpy(zero_copy_only=False) for name in RETAIL)
    known = ~np.isnan(customer.astype(float)) & (quantity > 0) & (price > 0)
    known &= np.array([not number.startswith("C") for number in invoice.tolist()])
    assert known.sum() == 226_467
    columns = customer[known].astype(int), date[known].astype("datetime64[D]"), (quantity * price)[known]
    dead, nothing = areas(*columns, "2011-06-01", 60)
    assert dead < 0.36
    assert nothing > 0.733

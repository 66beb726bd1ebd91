"""Fifths, their eleven names, and what a table of purchases gives."""

from itertools import product
from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.intelligence.arrays import InvalidColumnError
from api.intelligence.segmentation import LABELS, PROSPECT, Rfm, label, rfm
from tests.intelligence import cdnow

CELLS: Final = list(product(range(1, 6), repeat=3))


def test_every_cell_has_one_name_and_every_name_a_cell() -> None:
    named = {cell: label(*cell) for cell in CELLS}
    assert len(named) == 125
    assert set(named.values()) == set(LABELS)


def test_a_better_customer_never_has_the_name_of_one_who_is_lost() -> None:
    """Once a cell is above a name of the long gone, more of anything does not lead back to it."""
    order = {"lost": 0, "hibernating": 1}
    for cell in CELLS:
        for axis in range(3):
            if cell[axis] < 5:
                better = tuple(score + (position == axis) for position, score in enumerate(cell))
                assert order.get(label(*better), 2) >= order.get(label(*cell), 2), (cell, better)


def test_scores_by_hand() -> None:
    found = rfm(list("abcdef"), [1, 2, 3, 4, 5, 5], [10, 20, 30, 40, 50, -5], 10)
    assert found.customer.tolist() == list("abcdef")
    assert found.recency.tolist()[:5] == [9, 8, 7, 6, 5]
    assert found.r.tolist() == [1, 2, 3, 4, 5, 0]
    assert found.f.tolist() == [3, 3, 3, 3, 3, 0]  # equal values share the middle
    assert found.m.tolist() == [1, 2, 3, 4, 5, 0]
    assert found.label[5] == PROSPECT  # only money that went back
    assert np.isnan(found.recency[5])


def test_equal_customers_have_equal_scores_however_many_they_are() -> None:
    """With 60 of 100 who bought once, cutting by position would give them three different fifths."""
    customers = [*range(100), *range(60, 100)]
    found = rfm(customers, [1] * 140, [5.0] * 140, 2)
    assert set(found.f[:60].tolist()) == {2}  # 5 * 30.5% of the ranks, rounded up
    assert set(found.f[60:].tolist()) == {5}


def asked(rows: list[tuple[int, int, int]], day: int) -> Rfm:
    customers, days, values = ([row[i] for row in rows] for i in range(3))
    return rfm(customers, days, values, day)


table = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 100), st.integers(-50, 200)), min_size=1, max_size=80)


@settings(deadline=None, max_examples=80)
@given(table, st.randoms())
def test_neither_the_order_of_rows_nor_the_unit_of_money_matters(sold: list[tuple[int, int, int]], dice: Any) -> None:
    def scored(rows: list[tuple[int, int, int]], unit: int) -> Any:
        customers, days, values = ([row[i] for row in rows] for i in range(3))
        found = rfm(customers, days, [value * unit for value in values], 100)
        return found.customer.tolist(), found.r.tolist(), found.f.tolist(), found.m.tolist(), found.label.tolist()

    turned = list(sold)
    dice.shuffle(turned)
    assert scored(sold, 1) == scored(turned, 100)


@settings(deadline=None, max_examples=80)
@given(table, st.integers(0, 100))
def test_what_lies_after_the_day_asked_about_does_not_matter(sold: list[tuple[int, int, int]], day: int) -> None:
    known = [row for row in sold if row[1] <= day]
    if not known:
        with pytest.raises(InvalidColumnError, match="has nothing up to"):
            asked(sold, day)
        return
    later, now = asked(sold, day), asked(known, day)
    assert later.label.tolist() == now.label.tolist()
    assert later.monetary.tolist() == now.monetary.tolist()


def test_the_fifths_of_the_cdnow_sample_are_about_fifths_where_values_differ() -> None:
    sold = cdnow.transactions()
    found = rfm(sold.customer, sold.date, sold.value, cdnow.END)
    sizes = np.bincount(found.m, minlength=6)[1:] / len(found.m)
    assert sizes == pytest.approx([0.2] * 5, abs=0.01)
    assert not (found.label == PROSPECT).any()

"""The rolling window of operations."""

import math
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.operation_window import LONGEST, SHORTEST, SLOT_SECONDS, SLOTS, OperationWindow

DURATIONS = st.lists(st.floats(SHORTEST, LONGEST), min_size=1, max_size=200)
ACME, GLOBEX = uuid4(), uuid4()


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@given(DURATIONS, st.sampled_from([0.5, 0.95, 0.99]))
def test_a_percentile_is_right_to_two_and_a_half_per_cent(durations: list[float], share: float) -> None:
    window = OperationWindow(Clock())
    for seconds in durations:
        window.record(ACME, seconds, failed=False)
    exact = sorted(durations)[math.ceil(share * len(durations)) - 1]
    assert window.over(300, ACME).percentile(share) == pytest.approx(exact, rel=0.026)


@given(st.lists(st.tuples(st.sampled_from([ACME, GLOBEX]), st.booleans()), max_size=50))
def test_a_tenant_sees_its_own_operations_alone(operations: list[tuple[object, bool]]) -> None:
    window, alone = OperationWindow(Clock()), OperationWindow(Clock())
    for tenant, failed in operations:
        window.record(ACME if tenant == ACME else GLOBEX, 0.01, failed=failed)
        if tenant == ACME:
            alone.record(ACME, 0.01, failed=failed)
    assert window.over(300, ACME) == alone.over(300, ACME)
    assert window.by_slot(ACME) == alone.by_slot(ACME)
    assert window.over(300).operations == len(operations)


def test_what_is_older_than_asked_for_is_not_counted_and_after_ten_minutes_nothing_is_kept() -> None:
    clock = Clock()
    window = OperationWindow(clock)
    window.record(ACME, 0.01, failed=True)
    clock.now += 299
    window.record(None, 0.02, failed=False)
    assert (window.over(300).operations, window.over(300).failed) == (2, 1)
    assert window.over(60).operations == 1
    assert window.over(300, ACME).operations == 1
    clock.now += SLOT_SECONDS
    assert window.over(300).operations == 1
    clock.now += SLOTS * SLOT_SECONDS
    assert window.by_slot() == [None] * SLOTS
    assert window.over(SLOTS * SLOT_SECONDS).percentile(0.5) is None


def test_slots_stand_in_their_order_with_gaps_where_nothing_happened() -> None:
    clock = Clock()
    window = OperationWindow(clock)
    window.record(ACME, 0.01, failed=False)
    clock.now += 2 * SLOT_SECONDS
    window.record(ACME, 0.01, failed=True)
    last = [None if slot is None else (slot.operations, slot.failed) for slot in window.by_slot(ACME)[-4:]]
    assert last == [None, (1, 0), None, (1, 1)]
    assert window.by_slot(GLOBEX) == [None] * SLOTS

"""When a delivery is tried again, and when an endpoint is left alone."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from api.webhooks.schedule import COOLDOWN, LONGEST_COOLDOWN, TOLERATED, Breaker, BreakerState, next_try
from tests.support.world import NOW

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def test_a_delivery_has_eight_tries_over_a_day_and_a_bit() -> None:
    pauses = []
    for attempts in range(1, 9):
        then = next_try(attempts, NOW, 0.0)
        pauses.append(None if then is None else then - NOW)
    assert pauses == [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR, None]


@given(st.floats(0, 1), st.integers(1, 7))
def test_chance_makes_a_pause_a_tenth_longer_at_most(chance: float, attempts: int) -> None:
    least, then, most = (next_try(attempts, NOW, given) for given in (0.0, chance, 1.0))
    assert least is not None
    assert then is not None
    assert most is not None
    assert least <= then <= most
    assert most - NOW == (least - NOW) * 1.1


def test_five_failures_in_a_row_open_the_breaker_for_a_minute() -> None:
    breaker = Breaker()
    for _ in range(TOLERATED - 1):
        breaker = breaker.after(NOW, reached=False)
        assert breaker.state(NOW) is BreakerState.CLOSED
    breaker = breaker.after(NOW, reached=False)
    assert breaker == Breaker(TOLERATED, 1, NOW + COOLDOWN)
    assert breaker.state(NOW) is BreakerState.OPEN
    assert breaker.state(NOW + COOLDOWN) is BreakerState.HALF_OPEN


def test_a_success_between_failures_counts_from_nothing() -> None:
    breaker = Breaker()
    for _ in range(3):
        for _ in range(TOLERATED - 1):
            breaker = breaker.after(NOW, reached=False)
        breaker = breaker.after(NOW, reached=True)
    assert breaker == Breaker()


def test_half_open_one_failure_opens_it_for_twice_as_long_up_to_an_hour_and_one_success_closes_it() -> None:
    breaker, now, pauses = Breaker(TOLERATED - 1), NOW, []
    for _ in range(9):
        breaker = breaker.after(now, reached=False)
        assert breaker.open_until is not None
        pauses.append(breaker.open_until - now)
        now = breaker.open_until
    assert pauses == [COOLDOWN * 2**n for n in range(6)] + [LONGEST_COOLDOWN] * 3
    assert breaker.after(now, reached=True) == Breaker()


def test_failures_of_calls_that_were_under_way_do_not_open_it_further() -> None:
    opened = Breaker(TOLERATED - 1).after(NOW, reached=False)
    assert opened.after(NOW, reached=False) == Breaker(TOLERATED + 1, 1, NOW + COOLDOWN)

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.demo.replayer import ReplayCursor, ReplayWindow
from api.events.contracts import IncomingEvent

START = datetime(2026, 8, 1, tzinfo=UTC)
END = START + timedelta(days=30)
SECONDS = st.integers(0, int(timedelta(days=30).total_seconds()) - 1)


def at(*seconds: int) -> list[IncomingEvent]:
    return [
        IncomingEvent(f"m{number}", "login", occurred_at=START + timedelta(seconds=second))
        for number, second in enumerate(seconds)
    ]


def windows(events: list[IncomingEvent], speed: float = 600, seconds: float = 1) -> list[ReplayWindow]:
    cursor = ReplayCursor(events, START, END)
    found = []
    while not cursor.finished:
        found.append(cursor.next_window(speed=speed, seconds=seconds))
    return found


@given(st.lists(SECONDS).map(sorted), st.integers(1, 5_000), st.floats(0.01, 60))
def test_every_event_comes_once_in_order_and_no_window_is_empty(
    seconds: list[int], speed: int, real_seconds: float
) -> None:
    events = at(*seconds)
    found = windows(events, speed, real_seconds)
    assert [event for window in found for event in window.events] == events
    assert all(window.events for window in found)
    assert all(
        window.start <= event.occurred_at < window.position
        for window in found
        for event in window.events
        if event.occurred_at is not None
    )


@given(st.lists(SECONDS, min_size=1).map(sorted), st.integers(0, 20))
def test_going_on_from_a_kept_position_gives_the_rest(seconds: list[int], stop_after: int) -> None:
    events = at(*seconds)
    cursor = ReplayCursor(events, START, END)
    seen = [event for _ in range(stop_after) for event in cursor.next_window(speed=600, seconds=1).events]
    rest = [event for event in events if event.occurred_at is not None and event.occurred_at >= cursor.position]
    resumed = ReplayCursor(rest, cursor.position, END)
    while not resumed.finished:
        seen += resumed.next_window(speed=600, seconds=1).events
    assert seen == events


def test_a_window_ends_before_the_event_at_its_end() -> None:
    first, second = windows(at(0, 599, 600))
    assert [event.message_id for event in first.events] == ["m0", "m1"]
    assert [event.message_id for event in second.events] == ["m2"]
    assert first.position == second.start == START + timedelta(minutes=10)


def test_a_stretch_without_events_is_skipped() -> None:
    first, second = windows(at(0, 86_400))
    assert first.position == START + timedelta(minutes=10)
    assert second.start == START + timedelta(days=1)


def test_the_end_is_said_and_the_position_is_the_end() -> None:
    first, last = windows(at(0, 700))
    assert (first.finished, last.finished) == (False, True)
    assert last.position == END


def test_after_the_end_a_window_is_empty_and_finished() -> None:
    cursor = ReplayCursor(at(), START, END)
    assert cursor.next_window(speed=600, seconds=1) == ReplayWindow(START, END, (), finished=True)


def test_events_from_the_end_on_are_not_replayed() -> None:
    cursor = ReplayCursor(at(int(timedelta(days=30).total_seconds())), START, END)
    assert cursor.finished


def test_an_event_out_of_order_is_named() -> None:
    with pytest.raises(ValueError, match=r"event m1 at .* comes after one at"):
        windows(at(5, 4))


def test_an_event_without_a_time_is_named() -> None:
    with pytest.raises(ValueError, match="event m0 has no time"):
        ReplayCursor([IncomingEvent("m0", "login")], START, END)


@pytest.mark.parametrize(("speed", "seconds"), [(0, 1), (600, 0), (-1, 1)])
def test_a_window_that_does_not_last_is_refused(speed: float, seconds: float) -> None:
    with pytest.raises(ValueError, match="must last"):
        ReplayCursor(at(1), START, END).next_window(speed=speed, seconds=seconds)

"""What is written stops being shown: at once, or within a second of a stream, and to its own writer at once."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from api.cache.freshness import EVERYTHING, Tag
from api.cache.generations import REMEMBERED, Taken
from api.cache.invalidation import STALE_SECONDS, STEADY_SECONDS, Invalidation
from tests.cache.clock import Clock

ACME, GLOBEX = UUID(int=1), UUID(int=2)
RECORDS = (Tag.RECORDS,)


def shows(invalidation: Invalidation, then: Taken) -> bool:
    return invalidation.may_show(ACME, RECORDS, then, invalidation.take(ACME, RECORDS))


def test_a_change_counts_at_once_however_many_there_are() -> None:
    invalidation = Invalidation(None, Clock())
    for _ in range(3):
        before = invalidation.take(ACME, RECORDS)
        assert shows(invalidation, before)
        invalidation.changed(ACME, EVERYTHING)
        assert not shows(invalidation, before)


def test_a_change_touches_its_own_tenant_and_tags_only() -> None:
    invalidation = Invalidation(None, Clock())
    invalidation.changed(ACME, {Tag.METRICS})
    assert invalidation.take(ACME, (Tag.METRICS, Tag.RECORDS)).hard == (1, 0)
    assert invalidation.take(GLOBEX, (Tag.METRICS, Tag.RECORDS)).hard == (0, 0)


def test_a_batch_after_a_quiet_while_counts_at_once_and_those_of_a_stream_within_a_second() -> None:
    clock = Clock()
    invalidation = Invalidation(None, clock)
    for pause, at_once in ((0.0, True), (1.9, False), (1.9, False), (STEADY_SECONDS, True)):
        clock.pass_(pause)
        before = invalidation.take(ACME, RECORDS)
        invalidation.streamed(ACME, RECORDS)
        assert shows(invalidation, before) is not at_once


def test_what_missed_a_batch_is_shown_for_a_second_more_whatever_else_follows() -> None:
    clock = Clock()
    invalidation = Invalidation(None, clock)
    invalidation.streamed(ACME, RECORDS)
    before = invalidation.take(ACME, RECORDS)
    for _ in range(10):
        invalidation.streamed(ACME, RECORDS)
        assert shows(invalidation, before)
        clock.pass_(STALE_SECONDS / 10)
    assert not shows(invalidation, before)


def test_what_missed_more_batches_than_are_remembered_is_not_shown() -> None:
    invalidation = Invalidation(None, Clock())
    invalidation.streamed(ACME, RECORDS)
    before = invalidation.take(ACME, RECORDS)
    for _ in range(REMEMBERED):
        invalidation.streamed(ACME, RECORDS)
    assert shows(invalidation, before)
    invalidation.streamed(ACME, RECORDS)
    assert not shows(invalidation, before)


def test_a_writer_is_shown_nothing_older_than_the_write() -> None:
    clock = Clock()
    invalidation = Invalidation(None, clock)
    read_at = clock.now
    clock.pass_(0.1)
    invalidation.wrote(ACME, "ann")
    assert invalidation.hides(ACME, "ann", read_at)
    assert not invalidation.hides(ACME, "bob", read_at)
    assert not invalidation.hides(GLOBEX, "ann", read_at)
    assert not invalidation.hides(ACME, "ann", clock.now + 0.001)


def test_writers_are_forgotten_when_nothing_older_can_be_shown() -> None:
    clock = Clock()
    invalidation = Invalidation(None, clock)
    for number in range(100):
        invalidation.wrote(ACME, str(number))
        clock.pass_(STALE_SECONDS)
    assert len(invalidation._wrote_at) == 3


def test_listeners_hear_every_tag_that_counts_at_once() -> None:
    invalidation = Invalidation(None, Clock())
    heard: list[tuple[UUID, frozenset[Tag]]] = []
    invalidation.on_change(lambda tenant_id, tags: heard.append((tenant_id, tags)))
    invalidation.changed(ACME, {Tag.ACCOUNTS})
    invalidation.changed(ACME, set())
    assert heard == [(ACME, frozenset({Tag.ACCOUNTS}))]


steps = st.lists(
    st.tuples(st.sampled_from(["batch", "change", "read"]), st.sampled_from(["ann", "bob"]), st.floats(0.01, 3)),
    max_size=40,
)


@given(steps)
def test_nobody_is_shown_what_is_a_second_old_and_nobody_misses_a_write_of_their_own(
    taken: list[tuple[str, str, float]],
) -> None:
    """The cache is one answer here, and the database a list of writes. A change, or a batch after a quiet while, is
    never missed; a batch of a stream by others for less than a second."""
    clock = Clock()
    invalidation = Invalidation(None, clock)
    writes: list[tuple[float, str, bool]] = []
    cached: tuple[Taken, float, int] | None = None
    last_batch = -100.0
    for kind, user, pause in taken:
        clock.pass_(pause)
        if kind == "read":
            now = invalidation.take(ACME, RECORDS)
            if (
                cached is None
                or not invalidation.may_show(ACME, RECORDS, cached[0], now)
                or invalidation.hides(ACME, user, cached[1])
            ):
                cached = (now, clock.now, len(writes))
            missing = writes[cached[2] :]
            assert all(clock.now - at < STALE_SECONDS for at, _, _ in missing)
            assert all(writer != user for _, writer, _ in missing)
            assert all(streamed for _, _, streamed in missing)
        else:
            streamed = kind == "batch" and clock.now - last_batch < STEADY_SECONDS
            writes.append((clock.now, user, streamed))
            if kind == "batch":
                last_batch = clock.now
                invalidation.streamed(ACME, RECORDS)
            else:
                invalidation.changed(ACME, RECORDS)
            invalidation.wrote(ACME, user)

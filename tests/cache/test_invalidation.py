"""What is written stops being found: at once, or with the next half second's batch, and never for its own writer."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from api.cache.freshness import EVERYTHING, Tag
from api.cache.invalidation import COALESCE_SECONDS, Invalidation
from tests.cache.clock import Clock

ACME, GLOBEX = UUID(int=1), UUID(int=2)
RECORDS = (Tag.RECORDS,)


def test_a_change_counts_at_once_however_many_there_are() -> None:
    invalidation = Invalidation(None, Clock())
    seen = []
    for _ in range(3):
        seen.append(invalidation.take(ACME, RECORDS))
        invalidation.changed(ACME, EVERYTHING)
    assert seen == [(0,), (1,), (2,)]


def test_a_change_touches_its_own_tenant_and_tags_only() -> None:
    invalidation = Invalidation(None, Clock())
    invalidation.changed(ACME, {Tag.METRICS})
    assert invalidation.take(ACME, (Tag.METRICS, Tag.RECORDS)) == (1, 0)
    assert invalidation.take(GLOBEX, (Tag.METRICS, Tag.RECORDS)) == (0, 0)


def test_the_first_batch_counts_at_once_and_the_next_ones_together() -> None:
    clock = Clock()
    invalidation = Invalidation(None, clock)
    invalidation.streamed(ACME, RECORDS)
    assert invalidation.take(ACME, RECORDS) == (1,)
    for _ in range(4):
        clock.pass_(COALESCE_SECONDS / 5)
        invalidation.streamed(ACME, RECORDS)
        assert invalidation.take(ACME, RECORDS) == (1,)
    clock.pass_(COALESCE_SECONDS / 5 + 0.001)
    assert invalidation.take(ACME, RECORDS) == (2,)
    clock.pass_(10)
    assert invalidation.take(ACME, RECORDS) == (2,)


def test_who_wrote_a_batch_that_does_not_count_yet_must_read() -> None:
    clock = Clock()
    invalidation = Invalidation(None, clock)
    invalidation.streamed(ACME, RECORDS)
    invalidation.wrote(ACME, "ann")
    assert not invalidation.must_read(ACME, "ann")
    invalidation.streamed(ACME, RECORDS)
    invalidation.wrote(ACME, "ann")
    assert invalidation.must_read(ACME, "ann")
    assert not invalidation.must_read(ACME, "bob")
    assert not invalidation.must_read(GLOBEX, "ann")
    clock.pass_(COALESCE_SECONDS)
    assert not invalidation.must_read(ACME, "ann")


def test_listeners_hear_every_tag_that_counts() -> None:
    invalidation = Invalidation(None, Clock())
    heard: list[tuple[UUID, frozenset[Tag]]] = []
    invalidation.on_change(lambda tenant_id, tags: heard.append((tenant_id, tags)))
    invalidation.changed(ACME, {Tag.ACCOUNTS})
    invalidation.changed(ACME, set())
    assert heard == [(ACME, frozenset({Tag.ACCOUNTS}))]


steps = st.lists(
    st.tuples(
        st.sampled_from(["batch", "change", "read"]), st.sampled_from(["ann", "bob"]), st.floats(0.01, COALESCE_SECONDS)
    ),
    max_size=40,
)


@given(steps)
def test_nobody_reads_older_than_half_a_second_and_nobody_misses_a_write_of_their_own(
    taken: list[tuple[str, str, float]],
) -> None:
    """The cache is a dictionary here, and the database a number of writes."""
    clock = Clock()
    invalidation = Invalidation(None, clock)
    writes: list[tuple[float, str, str]] = []
    cached: tuple[tuple[int, ...], int] | None = None
    for kind, user, pause in taken:
        if kind == "read":
            generations = invalidation.take(ACME, RECORDS)
            if cached is None or cached[0] != generations or invalidation.must_read(ACME, user):
                cached = (generations, len(writes))
            missing = writes[cached[1] :]
            assert all(clock.now - at < COALESCE_SECONDS for at, _, _ in missing)
            assert all(writer != user for _, writer, _ in missing)
            assert all(how == "batch" for _, _, how in missing)
        else:
            writes.append((clock.now, user, kind))
            if kind == "batch":
                invalidation.streamed(ACME, RECORDS)
            else:
                invalidation.changed(ACME, RECORDS)
            invalidation.wrote(ACME, user)
        clock.pass_(pause)

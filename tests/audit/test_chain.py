"""The chain as mathematics: whatever is done to it is found, at the first place where it was done."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from api.audit.chain import START, Break, Fault, Head, Link, head_of, next_head, walk
from api.audit.contracts import AuditRecord

TENANT = UUID(int=1)
MOMENT = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)

details = st.dictionaries(st.text(max_size=8), st.integers() | st.text(max_size=8) | st.booleans() | st.none())
records = st.builds(
    AuditRecord,
    id=st.uuids(),
    at=st.integers(0, 10**9).map(lambda some: MOMENT + timedelta(microseconds=some)),
    actor=st.text(max_size=8),
    action=st.text(max_size=8),
    outcome=st.sampled_from(["done", "denied"]),
    details=details,
)
trails = st.lists(records, min_size=2, max_size=12, unique_by=lambda one: one.id)


def chained(trail: list[AuditRecord], tenant: UUID = TENANT) -> list[Link]:
    head, links = START, []
    for entry in trail:
        head = next_head(head, tenant, entry)
        links.append(Link(head.number, entry.id, head.hash, entry))
    return links


@given(trails)
def test_what_was_not_touched_holds_from_any_place_on(trail: list[AuditRecord]) -> None:
    links = chained(trail)
    last = Head(links[-1].number, links[-1].hash)
    assert walk(TENANT, START, links) == last
    for at, link in enumerate(links):
        assert walk(TENANT, Head(link.number, link.hash), links[at + 1 :]) == last


@given(trails, st.data())
def test_a_changed_entry_is_named(trail: list[AuditRecord], data: st.DataObject) -> None:
    links = chained(trail)
    at = data.draw(st.integers(0, len(links) - 1))
    entry = trail[at]
    changed = data.draw(
        st.sampled_from(
            [
                replace(entry, at=entry.at + timedelta(microseconds=1)),
                replace(entry, actor=entry.actor + "x"),
                replace(entry, action=entry.action + "x"),
                replace(entry, outcome="done" if entry.outcome == "denied" else "denied"),
                replace(entry, details={**entry.details, "more": 1}),
            ]
        )
    )
    links[at] = replace(links[at], entry=changed)
    assert walk(TENANT, START, links) == Break(Fault.CHANGED, at + 1, entry.id)


@given(trails, st.data())
def test_a_changed_entry_that_is_sealed_again_breaks_the_next_link(
    trail: list[AuditRecord], data: st.DataObject
) -> None:
    links = chained(trail)
    at = data.draw(st.integers(0, len(links) - 2))
    before = START if at == 0 else Head(links[at - 1].number, links[at - 1].hash)
    changed = replace(trail[at], actor=trail[at].actor + "x")
    links[at] = replace(links[at], entry=changed, hash=next_head(before, TENANT, changed).hash)
    assert walk(TENANT, START, links) == Break(Fault.CHANGED, at + 2, trail[at + 1].id)


@given(trails, st.data())
def test_two_entries_that_change_places_are_named(trail: list[AuditRecord], data: st.DataObject) -> None:
    links = chained(trail)
    at = data.draw(st.integers(0, len(links) - 2))
    first, second = links[at], links[at + 1]
    links[at] = replace(first, entry_id=second.entry_id, entry=second.entry)
    links[at + 1] = replace(second, entry_id=first.entry_id, entry=first.entry)
    assert walk(TENANT, START, links) == Break(Fault.CHANGED, at + 1, second.entry_id)


@given(trails, st.data())
def test_what_is_taken_out_is_named(trail: list[AuditRecord], data: st.DataObject) -> None:
    links = chained(trail)
    at = data.draw(st.integers(0, len(links) - 2))
    without_entry = [*links[:at], replace(links[at], entry=None), *links[at + 1 :]]
    assert walk(TENANT, START, without_entry) == Break(Fault.MISSING, at + 1, trail[at].id)
    assert walk(TENANT, START, links[:at] + links[at + 1 :]) == Break(Fault.GAP, at + 1, None)


@given(trails)
def test_a_chain_of_another_tenant_is_another_one(trail: list[AuditRecord]) -> None:
    assert isinstance(walk(UUID(int=2), START, chained(trail)), Break)


def test_parts_cannot_run_into_each_other() -> None:
    one = AuditRecord(UUID(int=7), MOMENT, "user:a", "b", "done", {})
    other = replace(one, actor="user:", action="ab")
    assert next_head(START, TENANT, one) != next_head(START, TENANT, other)


@given(st.integers(1, 2**62), st.binary(min_size=32, max_size=32))
def test_a_head_is_read_back_as_it_is_written(number: int, digest: bytes) -> None:
    assert head_of(str(Head(number, digest))) == Head(number, digest)


def test_other_texts_are_no_heads() -> None:
    texts = ["", "1", "1:", ":ab", "1:ab", "0:" + "00" * 32, "-1:" + "00" * 32, "1:" + "zz" * 32]
    assert [head_of(text) for text in texts] == [None] * len(texts)

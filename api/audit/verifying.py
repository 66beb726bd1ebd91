"""Whether a tenant's audit trail is still what was written."""

from dataclasses import dataclass
from typing import Final

from api.audit import seal_repository as repository
from api.audit.chain import START, Break, Fault, Head, walk
from models.database import Snapshot

AT_ONCE: Final = 1_000
MOST: Final = 10_000
"""Of one look, so that it ends within the time of a request."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`checked` is the head as far as it was gone through; `head` the chain's own; `waiting` counts entries that have
    no seal yet."""

    broken: Break | None
    checked: Head
    head: Head
    waiting: int

    @property
    def is_complete(self) -> bool:
        return self.checked.number >= self.head.number


async def verify(
    snapshot: Snapshot, *, after: Head = START, anchor: Head | None = None, most: int | None = MOST
) -> Verdict:
    """The links behind `after`, at most so many. `anchor` is a head that was kept elsewhere."""
    head, waiting = await repository.find_head(snapshot), await repository.count_waiting(snapshot)
    broken = await _cut(snapshot, anchor)
    checked = after
    while broken is None and (most is None or checked.number - after.number < most):
        links = await repository.list_links(snapshot, checked.number, AT_ONCE)
        if not links:
            break
        found = walk(snapshot.tenant_id, checked, links)
        if isinstance(found, Break):
            broken = found
        else:
            checked = found
    return Verdict(broken or await _without_a_place(snapshot), checked, head, waiting)


async def _cut(snapshot: Snapshot, anchor: Head | None) -> Break | None:
    if anchor is None or await repository.find_link(snapshot, anchor.number) == anchor:
        return None
    return Break(Fault.CUT, anchor.number, None)


async def _without_a_place(snapshot: Snapshot) -> Break | None:
    if (lost := await repository.find_lost(snapshot)) is not None:
        return Break(Fault.MISSING, None, lost)
    outside = await repository.find_outside(snapshot)
    return None if outside is None else Break(Fault.OUTSIDE, None, outside)

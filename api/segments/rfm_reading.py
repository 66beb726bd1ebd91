"""RFM of a whole tenant: of the current version, or anew for any past date."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from api.intelligence.segmentation import LABELS, RfmThresholds
from api.segments import members_repository as members
from api.segments import repository
from api.segments.contracts import SegmentationRecord
from api.segments.features_repository import read_buyers
from models.database import Snapshot


@dataclass(slots=True)
class Sum:
    """Customers, and what they have spent in minor units."""

    customers: int = 0
    spent: int = 0

    def add(self, customers: int, spent: int) -> None:
        self.customers += customers
        self.spent += spent


@dataclass(frozen=True, slots=True)
class RfmAnswer:
    """`cells` by (fifth of recency, fifth of frequency); `seen` are the customers known by then, buyers or not."""

    as_of: datetime
    seen: int
    version: SegmentationRecord | None
    labels: Mapping[str, Sum]
    cells: Mapping[tuple[int, int], Sum]
    segments: Mapping[str, UUID] = field(default_factory=dict)

    @property
    def buyers(self) -> int:
        return sum(found.customers for found in self.labels.values())


async def read_current(snapshot: Snapshot, version: SegmentationRecord) -> RfmAnswer | None:
    """What the members of the current version add up to."""
    [groups] = await repository.load_groups(snapshot, [version.id])
    if not groups or groups[0].as_of is None:
        return None
    labels, cells = _empty()
    for r, f, customers, spent, position in await members.load_cells(snapshot, version.id):
        cells[r, f].add(customers, spent)
        labels[LABELS[position]].add(customers, spent)
    as_of = groups[0].as_of
    seen = await members.count_customers_seen(snapshot, as_of)
    return RfmAnswer(as_of, seen, version, labels, cells, {group.name: group.id for group in groups})


async def read_anew(snapshot: Snapshot, as_of: datetime) -> RfmAnswer:
    """With the fifths of that day. Raises InsufficientDataError."""
    buyers = await read_buyers(snapshot.rows, snapshot.tenant_id, as_of)
    bounds = RfmThresholds.fit(buyers.recency, buyers.frequency, buyers.monetary)
    scores = bounds.score(buyers.recency, buyers.frequency, buyers.monetary)
    labels, cells = _empty()
    found = zip(scores.label.tolist(), scores.r.tolist(), scores.f.tolist(), buyers.monetary.tolist(), strict=True)
    for label, r, f, spent in found:
        labels[label].add(1, int(spent))
        cells[r, f].add(1, int(spent))
    return RfmAnswer(as_of, await members.count_customers_seen(snapshot, as_of), None, labels, cells)


def _empty() -> tuple[dict[str, Sum], dict[tuple[int, int], Sum]]:
    cells: dict[tuple[int, int], Sum] = defaultdict(Sum)
    return {label: Sum() for label in LABELS}, cells

"""Puts customers into the groups of a version, by its own thresholds or centers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.intelligence.arrays import Floats
from api.intelligence.segmentation import FrozenClusters, RfmThresholds
from api.intelligence.segmentation.thresholds import POSITIONS
from api.segments import members_repository as members
from api.segments.conditions_repository import any_of, crossed
from api.segments.contracts import SegmentationRecord
from api.segments.features_repository import Buyers, read_buyers, read_features, rows_of
from api.segments.members_repository import Row

MARGIN = timedelta(seconds=1)
"""Days are kept as floating numbers: whoever is this near to a threshold is looked at again."""


async def assign_rfm(
    session: AsyncSession,
    tenant_id: UUID,
    version: SegmentationRecord,
    groups: Sequence[UUID],
    now: datetime,
    only: Sequence[UUID] | None = None,
) -> list[UUID]:
    """Of `only` these customers, or of all. `groups` in the order of their positions. Who changed their group."""
    buyers = await read_buyers(rows_of(session), tenant_id, now, only)
    rows = rfm_rows(buyers, thresholds(version), groups)
    return await _replace(session, tenant_id, groups, rows, now, only)


async def assign_clusters(
    session: AsyncSession, tenant_id: UUID, version: SegmentationRecord, groups: Sequence[UUID], now: datetime
) -> list[UUID]:
    frozen = clusters(version)
    buyers, columns = await read_features(rows_of(session), tenant_id, frozen.features, now)
    rows = cluster_rows(buyers, columns, frozen, groups)
    return await _replace(session, tenant_id, groups, rows, now, None)


async def past_a_threshold(
    session: AsyncSession, tenant_id: UUID, version: SegmentationRecord, since: datetime, now: datetime
) -> list[UUID]:
    """Whose score for recency can have fallen since, by time alone; and whoever has ordered since."""
    days = {0.0, *thresholds(version).recency_days}
    parts = [
        crossed("order", tenant_id, since - timedelta(days=day) - MARGIN, now - timedelta(days=day) + MARGIN)
        for day in sorted(days)
    ]
    return await members.list_ids(session, any_of(parts))


def thresholds(version: SegmentationRecord) -> RfmThresholds:
    assert version.model is not None
    return RfmThresholds.from_json(version.model)


def clusters(version: SegmentationRecord) -> FrozenClusters:
    assert version.model is not None
    return FrozenClusters.from_json(version.model)


def rfm_rows(buyers: Buyers, bounds: RfmThresholds, groups: Sequence[UUID]) -> list[Row]:
    if not len(buyers):
        return []
    scores = bounds.score(buyers.recency, buyers.frequency, buyers.monetary)
    found = zip(
        buyers.customer, scores.label.tolist(), scores.r.tolist(), scores.f.tolist(), scores.m.tolist(), strict=True
    )
    return [(groups[POSITIONS[label]], key, r, f, m, None, None) for key, label, r, f, m in found]


def cluster_rows(
    buyers: Buyers, columns: dict[str, Floats], frozen: FrozenClusters, groups: Sequence[UUID]
) -> list[Row]:
    if not len(buyers):
        return []
    places = frozen.coordinates(columns).tolist()
    found = zip(buyers.customer, frozen.assign(columns).tolist(), places, strict=True)
    return [
        (groups[cluster], key, None, None, None, at[0], at[1] if len(at) > 1 else 0.0) for key, cluster, at in found
    ]


async def _replace(
    session: AsyncSession,
    tenant_id: UUID,
    groups: Sequence[UUID],
    rows: Sequence[Row],
    now: datetime,
    only: Sequence[UUID] | None,
) -> list[UUID]:
    before = await members.list_memberships(session, tenant_id, groups, only)
    after = {row[1]: row for row in rows}
    moved = [key for key, (group, _) in before.items() if key not in after or after[key][0] != group]
    new = [row for key, row in after.items() if key not in before or before[key][1] != row]
    await members.replace_members(session, tenant_id, groups, moved, new, now)
    return sorted({*moved, *(key for key in after if key not in before)})

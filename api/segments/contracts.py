"""Segments as they cross the slice's border."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

RUN_JOB: Final = "segmentation.run"
REFRESH_JOB: Final = "segment.refresh"
METHODS: Final = ("rfm", "kmeans")
MAXIMUM_RULES: Final = 200
MAXIMUM_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class SegmentationRecord:
    """A version of a method; the fields of its table."""

    id: UUID
    method: str
    number: int
    state: str
    current: bool
    parameters: dict[str, Any]
    model: dict[str, Any] | None
    quality: dict[str, Any] | None
    outcome: dict[str, Any] | None
    seed: int
    cutoff: datetime | None
    n: int | None
    data_hash: str | None
    code_version: str
    created_by: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """A segment; the fields of its table."""

    id: UUID
    segmentation_id: UUID | None
    kind: str
    mode: str
    name: str
    name_key: str
    position: int | None
    definition: dict[str, Any] | None
    traits: list[Any] | None
    previous_id: UUID | None
    needs_full: bool
    as_of: datetime | None
    last_error: str | None
    created_by: str
    created_at: datetime
    updated_at: datetime

    @property
    def is_forgotten(self) -> bool:
        """A group of an old version, whose members are not kept."""
        return self.segmentation_id is not None and self.mode == "static" and self.as_of is None


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """How many there are, and what they have spent in minor units."""

    customers: int
    spent: int


@dataclass(frozen=True, slots=True)
class MembershipRecord:
    """One customer in one segment."""

    segment_id: UUID
    customer_id: UUID
    since: datetime
    r: int | None
    f: int | None
    m: int | None
    x: float | None
    y: float | None


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a new version is asked for; `k` is None for an automatic number of clusters."""

    method: str
    k: int | None = None
    features: tuple[str, ...] = ()
    seed: int = 0

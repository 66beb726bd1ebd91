"""A tenant as the other slices know it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class TenantRecord:
    """`speed`, `position` and `ends_at` are a demo tenant's replay; all three are None for any other."""

    tenant_id: UUID
    slug: str
    name: str
    time_zone: str
    currency: str
    source: str | None
    synthetic: bool
    speed: int | None
    position: datetime | None
    ends_at: datetime | None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def now(self, real: datetime) -> datetime:
        """The tenant's clock: the replay's position in a demo, the real time anywhere else."""
        return (self.position or real).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class NewTenant:
    slug: str
    name: str
    time_zone: str = "UTC"
    currency: str = "USD"
    source: str | None = None
    synthetic: bool = False


@dataclass(frozen=True, slots=True)
class CreatedTenant:
    """`setup_token` opens the one-time page where the first admin sets a password."""

    tenant_id: UUID
    setup_token: str


@dataclass(frozen=True, slots=True)
class TenantLimits:
    """What is None is the installation's. Events before `events_kept_from` have been deleted."""

    points_per_second: int | None = None
    members: int | None = None
    sockets: int | None = None
    event_days: int | None = None
    events_kept_from: datetime | None = None

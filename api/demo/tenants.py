"""The companies a demonstration shows, with their people and the stretch of their past that is replayed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from api.demo import retail, saas
from api.events.contracts import IncomingEvent

Role = Literal["admin", "analyst", "viewer"]

REPLAY_SPEED = 600.0


@dataclass(frozen=True, slots=True)
class DemoUser:
    username: str
    display_name: str
    password: str = field(repr=False)
    role: Role


class EventSource(Protocol):
    def __call__(self, since: datetime | None = None, until: datetime | None = None) -> Iterator[IncomingEvent]:
        """The events with `since <= time < until`, time-ordered."""


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """What lies before `replay_from` is loaded at once, what lies from there to `ends_at` is replayed."""

    slug: str
    name: str
    time_zone: str
    currency: str
    synthetic: bool
    source: str
    replay_from: datetime
    ends_at: datetime
    users: tuple[DemoUser, ...]
    events: EventSource
    speed: float = REPLAY_SPEED
    report: Callable[[], Sequence[str]] = tuple
    """What importing the whole of the data counted, a line each."""


def _retail_events(since: datetime | None = None, until: datetime | None = None) -> Iterator[IncomingEvent]:
    return iter(retail.read(since=since, until=until))


def _retail_report() -> Sequence[str]:
    counts = retail.read().report
    return (
        f"the file has {counts.rows:,} rows of {counts.invoices:,} invoices; {counts.rows_without_customer:,} rows "
        f"name no customer, {counts.duplicates:,} are exact duplicates, {counts.cancellation_rows:,} cancellations, "
        f"{counts.adjustment_rows:,} adjustments, {counts.zero_price_rows:,} have the price 0",
        f"they make {counts.orders:,} orders ({counts.guest_orders:,} by guests, {counts.invoices_without_value:,} "
        f"without value) and {counts.cancellations:,} cancellations",
    )


def _saas_events(since: datetime | None = None, until: datetime | None = None) -> Iterator[IncomingEvent]:
    return iter(saas.read(since=since, until=until))


def _users(*, admin: str, analyst: str, viewer: str) -> tuple[DemoUser, ...]:
    people: tuple[tuple[Role, str], ...] = (("admin", admin), ("analyst", analyst), ("viewer", viewer))
    return tuple(DemoUser(role, name, f"{role}123", role) for role, name in people)


def _midnight(year: int, month: int, zone: ZoneInfo) -> datetime:
    return datetime(year, month, 1, tzinfo=zone).astimezone(UTC)


DEMO_TENANTS: tuple[DemoTenant, ...] = (
    DemoTenant(
        slug="retail",
        name="Online Retail",
        time_zone=retail.ZONE.key,
        currency=retail.CURRENCY,
        synthetic=False,
        source="Demo · UCI, CC BY 4.0",
        replay_from=_midnight(2011, 8, retail.ZONE),
        ends_at=_midnight(2011, 9, retail.ZONE) - timedelta(seconds=1),
        users=_users(admin="Harriet Boyd", analyst="Imran Qureshi", viewer="Megan Price"),
        events=_retail_events,
        report=_retail_report,
    ),
    DemoTenant(
        slug="saas",
        name="Quillmoor Cloud",
        time_zone=saas.ZONE.key,
        currency=saas.CURRENCY,
        synthetic=True,
        source="Demo · synthetic",
        replay_from=_midnight(2026, 8, saas.ZONE),
        ends_at=_midnight(2026, 9, saas.ZONE) - timedelta(seconds=1),
        users=_users(admin="Katrin Vogel", analyst="Tomasz Lis", viewer="Elif Aydin"),
        events=_saas_events,
    ),
)

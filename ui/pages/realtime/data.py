"""What the Real-time page asks the API for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel

from ui.client import ApiClient
from ui.pages.customers.data import CustomerRow
from ui.pages.realtime.query import RealtimeQuery
from ui.records import EventRow, MetricSeries, Record, TotalCount


class EventPage(Record):
    nodes: Sequence[EventRow]
    total_count: TotalCount


class RecentCustomers(Record):
    nodes: Sequence[CustomerRow]


class PageAnswer(BaseModel):
    revenue: MetricSeries
    orders: MetricSeries
    active_customers: MetricSeries
    events: MetricSeries
    conversations: MetricSeries
    engagement_score: MetricSeries
    conversion_rate: MetricSeries
    newest: EventPage
    recent: RecentCustomers


class NewestAnswer(Record):
    newest: EventPage
    recent: RecentCustomers


class _Total(Record):
    total: float


@dataclass(frozen=True, slots=True)
class RealtimeData:
    series: Mapping[str, MetricSeries]
    never_received: frozenset[str]
    newest: EventPage
    when_defined: Mapping[str, MetricSeries] = field(default_factory=dict)
    recent: Sequence[CustomerRow] = ()

    @property
    def defined(self) -> Sequence[MetricSeries]:
        """Of those that not every tenant has: the ones that have a value."""
        return [series for series in self.when_defined.values() if series.total is not None]

    @property
    def known(self) -> Sequence[MetricSeries]:
        return [series for slug, series in self.series.items() if slug not in self.never_received]

    @property
    def missing(self) -> Sequence[MetricSeries]:
        return [series for slug, series in self.series.items() if slug in self.never_received]


class _EverAnswer(BaseModel):
    revenue: _Total
    orders: _Total
    active_customers: _Total
    events: _Total
    conversations: _Total


async def load(client: ApiClient, query: RealtimeQuery) -> RealtimeData:
    answer = await client.run("RealtimePage", PageAnswer, {"range": query.range})
    series = {
        "revenue": answer.revenue,
        "orders": answer.orders,
        "active_customers": answer.active_customers,
        "events": answer.events,
        "conversations": answer.conversations,
    }
    silent = {slug for slug, one in series.items() if one.total == 0 and one.previous_total == 0}
    never = silent - await _received_lately(client) if silent else set[str]()
    when_defined = {"engagement_score": answer.engagement_score, "conversion_rate": answer.conversion_rate}
    return RealtimeData(series, frozenset(never), answer.newest, when_defined, answer.recent.nodes)


async def load_newest(client: ApiClient) -> NewestAnswer:
    return await client.run("NewestEvents", NewestAnswer)


async def _received_lately(client: ApiClient) -> set[str]:
    """Tells a quiet metric from one that has no data at all, by the longest range there is."""
    answer = await client.run("EverReceived", _EverAnswer, {"range": {"preset": "LAST_90_DAYS"}})
    return {slug for slug, one in answer if one.total}

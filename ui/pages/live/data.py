"""What the Live Metrics page asks the API for: everything at once, and again what no subscription carries."""

from collections.abc import Mapping
from datetime import datetime

from ui.client import ApiClient
from ui.pages.live.query import LiveQuery
from ui.pages.realtime.data import EventPage
from ui.records import MetricSeries, Record

EVER = {"preset": "LAST_90_DAYS"}


class OpenConversations(Record):
    count: int
    oldest_opened_at: datetime | None = None
    as_of: datetime


class _Total(Record):
    total: float | None


class NowAnswer(Record):
    open: OpenConversations
    newest: EventPage


class LiveAnswer(NowAnswer):
    conversations: MetricSeries
    response_time: MetricSeries
    satisfaction_score: MetricSeries
    conversions: MetricSeries
    ever: _Total

    model_config = Record.model_config | {"alias_generator": None}

    @property
    def series(self) -> Mapping[str, MetricSeries]:
        four = (self.conversations, self.response_time, self.satisfaction_score, self.conversions)
        return {one.metric.slug: one for one in four}

    @property
    def has_conversations(self) -> bool:
        """Whether any was opened within the longest range there is: without one, 0 would look like a measurement."""
        return bool(self.ever.total) or self.open.count > 0


async def load(client: ApiClient, query: LiveQuery) -> LiveAnswer:
    variables = {"range": query.range, "bucket": query.bucket, "ever": EVER}
    return await client.run("LivePage", LiveAnswer, variables)


async def load_now(client: ApiClient) -> NowAnswer:
    return await client.run("LiveNow", NowAnswer)

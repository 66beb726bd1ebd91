"""The consumer of each stream: one list for the worker, the demo's seed and the tests."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.conversations.response_repository import keep_first_replies
from api.customers.session_repository import keep_sessions
from api.customers.stale_repository import note_for_scores, note_for_segments
from api.journeys.service import keep_spells
from api.metrics.consuming import Consumer, Effect
from api.metrics.service import CONSUMER, add_changes
from api.segments.news_repository import note_active
from api.streams.delivery import Delivery
from api.streams.hub import Hub
from api.streams.topics import Topic
from api.webhooks.fanout import telling
from models.database import Database


async def keep_activity(session: AsyncSession, tenant_id: UUID, payload: dict[str, Any], now: datetime) -> None:
    """The effect of a CustomersActive message."""
    await keep_sessions(session, tenant_id, payload, now)
    await note_active(session, tenant_id, payload, now)


EFFECTS: Final[Mapping[Topic, tuple[str, Effect, bool]]] = {
    Topic.CUSTOMER_METRICS: (CONSUMER, add_changes, True),
    Topic.CONVERSATION_ANALYTICS: ("responses", keep_first_replies, True),
    Topic.ENGAGEMENT_METRICS: ("sessions", keep_activity, True),
    Topic.JOURNEY_MAPPING: ("journeys", keep_spells, True),
    Topic.SEGMENTATION_DATA: ("segments", note_for_segments, False),
    Topic.PREDICTIVE_SCORES: ("scores", note_for_scores, False),
}
"""Name, effect, and whether what it changes shows in metrics. The name stands in `processed_message`: a consumer that
is renamed would have its effect a second time."""


def delivery(database: Database, hub: Hub, now: Callable[[], datetime]) -> Delivery:
    consumers = {
        topic: Consumer(name, telling(topic, effect), database, hub, now, shows=shows)
        for topic, (name, effect, shows) in EFFECTS.items()
    }
    return Delivery(database, {topic: consumer.handle for topic, consumer in consumers.items()})

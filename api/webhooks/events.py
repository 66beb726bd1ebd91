"""What a tenant can be told of: which messages of the streams mean which event, and of whom. Pure.

`predictive_scores` has none: its messages say that predictions are out of date, not that there are new ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from api.streams.topics import Topic


class WebhookEvent(StrEnum):
    CUSTOMER_ACTIVE = "customer.active"
    CUSTOMER_BOUGHT = "customer.bought"
    JOURNEY_UPDATED = "customer.journey_updated"
    CONVERSATION_UPDATED = "conversation.updated"
    METRIC_CHANGED = "metric.changed"


@dataclass(frozen=True, slots=True)
class Kind:
    """`subject` is the type whose id the event names; None when it names a metric by its slug."""

    topic: Topic
    subject: str | None

    @property
    def variable(self) -> str:
        """What the selection is given of the subject."""
        return "metric" if self.subject is None else "id"


KINDS: Final[Mapping[WebhookEvent, Kind]] = {
    WebhookEvent.CUSTOMER_ACTIVE: Kind(Topic.ENGAGEMENT_METRICS, "Customer"),
    WebhookEvent.CUSTOMER_BOUGHT: Kind(Topic.SEGMENTATION_DATA, "Customer"),
    WebhookEvent.JOURNEY_UPDATED: Kind(Topic.JOURNEY_MAPPING, "Customer"),
    WebhookEvent.CONVERSATION_UPDATED: Kind(Topic.CONVERSATION_ANALYTICS, "Conversation"),
    WebhookEvent.METRIC_CHANGED: Kind(Topic.CUSTOMER_METRICS, None),
}


def event_of(topic: Topic) -> WebhookEvent | None:
    return next((event for event, kind in KINDS.items() if kind.topic is topic), None)


def subjects_of(event: WebhookEvent, payload: Mapping[str, Any]) -> list[str]:
    """Ids, or slugs of metrics: each once, in order."""
    if event is WebhookEvent.METRIC_CHANGED:
        found = {str(change[0]) for change in payload["changes"]}
    elif event is WebhookEvent.CONVERSATION_UPDATED:
        found = {str(UUID(hex=identity)) for identity in payload["conversations"]}
    else:
        found = {str(UUID(hex=entry[0])) for entry in payload["customers"]}
    return sorted(found)

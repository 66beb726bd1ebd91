"""The six streams, and what their messages carry: ids and amounts, never personal data.

A payload is a frozen dataclass with the name of its topic, and knows its own JSON. Consumers are functions of a
message, so what it means is decided here, once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol, Self
from uuid import UUID


class Topic(StrEnum):
    CUSTOMER_METRICS = "customer_metrics"
    CONVERSATION_ANALYTICS = "conversation_analytics"
    SEGMENTATION_DATA = "segmentation_data"
    JOURNEY_MAPPING = "journey_mapping"
    PREDICTIVE_SCORES = "predictive_scores"
    ENGAGEMENT_METRICS = "engagement_metrics"


class Payload(Protocol):
    TOPIC: ClassVar[Topic]

    def to_json(self) -> dict[str, Any]: ...

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self: ...


@dataclass(frozen=True, slots=True)
class ConversationsTouched:
    """Conversations that were opened, spoken in or closed."""

    TOPIC: ClassVar[Topic] = Topic.CONVERSATION_ANALYTICS
    conversation_ids: tuple[UUID, ...]

    def to_json(self) -> dict[str, Any]:
        return {"conversations": [identity.hex for identity in self.conversation_ids]}

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        return cls(tuple(UUID(hex=identity) for identity in given["conversations"]))


@dataclass(frozen=True, slots=True)
class _CustomersTouched:
    """Customers, each with the earliest and the latest moment of what came in about them."""

    spans: tuple[tuple[UUID, datetime, datetime], ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "customers": [[identity.hex, begin.isoformat(), end.isoformat()] for identity, begin, end in self.spans]
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        return cls(
            tuple(
                (UUID(hex=identity), datetime.fromisoformat(begin), datetime.fromisoformat(end))
                for identity, begin, end in given["customers"]
            )
        )


class CustomersActive(_CustomersTouched):
    """Customers with new events of any kind."""

    TOPIC: ClassVar[Topic] = Topic.ENGAGEMENT_METRICS


class CustomersMoved(_CustomersTouched):
    """Customers with new events or orders that can move them on their journey."""

    TOPIC: ClassVar[Topic] = Topic.JOURNEY_MAPPING


class CustomersBought(_CustomersTouched):
    """Customers with new orders or cancellations."""

    TOPIC: ClassVar[Topic] = Topic.SEGMENTATION_DATA


class CustomersToScore(_CustomersTouched):
    """Customers whose predictions are out of date."""

    TOPIC: ClassVar[Topic] = Topic.PREDICTIVE_SCORES


TOPICS: Final = tuple(Topic)

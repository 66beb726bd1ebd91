"""What segments share in GraphQL: methods, states, and the honest answer to too little data."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar

import strawberry

from api.auth.permissions import Permission
from api.graphql.permissions import Requirement
from api.intelligence.insufficient import InsufficientDataError


@strawberry.enum(description="How customers are put into segments.")
class SegmentMethod(Enum):
    RFM = "rfm"
    KMEANS = "kmeans"


@strawberry.enum(description="What a segment is made by: a method's version, or a rule.")
class SegmentKind(Enum):
    RFM = "rfm"
    KMEANS = "kmeans"
    RULE = "rule"


@strawberry.enum(description="A STATIC segment stays as it was worked out; a DYNAMIC one follows what customers do.")
class SegmentMode(Enum):
    STATIC = "static"
    DYNAMIC = "dynamic"


@strawberry.enum(
    description="READY: there is a result. QUEUED: it is being worked out, or waits to be. INSUFFICIENT: there is too "
    "little data. REFUSED: the data has no groups, or the job ended before it was done; `reason` says which."
)
class SegmentationState(Enum):
    READY = "ready"
    QUEUED = "queued"
    INSUFFICIENT = "insufficient"
    REFUSED = "refused"


@strawberry.enum(description="Whether there is an answer, or too little data for one.")
class SegmentAnswerStatus(Enum):
    OK = "OK"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"
    NOT_RUN = "NOT_RUN"


@strawberry.enum(
    description="What clusters can be made of: days since the last order and since the first, orders, money spent and "
    "an order's mean, the share of money that went back, and counts of the last 30 or 90 days."
)
class SegmentFeature(Enum):
    RECENCY = "recency"
    FREQUENCY = "frequency"
    MONETARY = "monetary"
    AVERAGE_VALUE = "average_value"
    TENURE = "tenure"
    REFUND_SHARE = "refund_share"
    EVENTS_30D = "events_30d"
    SESSIONS_30D = "sessions_30d"
    CONVERSATIONS_90D = "conversations_90d"


@strawberry.type(description="What there is too little of.")
class SegmentShortage:
    __needs__: ClassVar[Requirement] = Permission.ANALYTICS_VIEW
    what: str
    need: int
    have: int

    @classmethod
    def of(cls, error: InsufficientDataError) -> "SegmentShortage":
        return cls(what=error.what, need=error.need, have=error.have)

    @classmethod
    def kept(cls, outcome: Mapping[str, Any] | None) -> "SegmentShortage | None":
        if outcome is None or "need" not in outcome:
            return None
        return cls(what=str(outcome["reason"]), need=int(outcome["need"]), have=int(outcome["have"]))

"""The truth behind the synthetic company: every number the generator uses, so that a model can be checked against it.

Rates are per the unit in their name; weights need not add up to 1; times are tenant-local.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

SEED = 20_250_901
SOURCE = "saas-generator"
CURRENCY = "EUR"
ZONE = ZoneInfo("Europe/Berlin")
FIRST_DAY = date(2025, 9, 1)
END_DAY = date(2026, 9, 1)


class Activity(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Intent(StrEnum):
    INQUIRY = "inquiry"
    COMPLAINT = "complaint"
    PURCHASE_INTENT = "purchase_intent"
    SUPPORT_REQUEST = "support_request"
    CANCELLATION = "cancellation"
    UPGRADE = "upgrade"


@dataclass(frozen=True, slots=True)
class Plan:
    """Amounts in cents per seat; a year costs ten months."""

    sku: str
    name: str
    month: int
    seats: tuple[int, int]
    monthly_churn: float
    """Probability of leaving at a monthly renewal, for medium activity."""


PLANS = (
    Plan("starter", "Starter plan", 900, (2, 5), 0.05),
    Plan("team", "Team plan", 1900, (5, 20), 0.03),
    Plan("business", "Business plan", 3900, (15, 60), 0.015),
)
PLAN_WEIGHTS: Mapping[int, float] = {0: 0.5, 1: 0.35, 2: 0.15}
MONTHS_PAID_PER_YEAR = 10

SUBSCRIBERS_AT_START = 140
TRIALS = 180
LAST_TRIAL_DAY = 350
ANNUAL_SHARE = 0.25
RENEWAL_DAYS = (2, 28)
"""Days of the month; from the 2nd, so that a notice before the first renewal still falls in the first month."""

ACTIVITY_WEIGHTS: Mapping[Activity, float] = {Activity.LOW: 0.3, Activity.MEDIUM: 0.45, Activity.HIGH: 0.25}
TRIAL_DAYS = 14
DAYS_TO_BUY = (3, 14)
TRIAL_CONVERSION: Mapping[Activity, float] = {Activity.LOW: 0.3, Activity.MEDIUM: 0.5, Activity.HIGH: 0.7}
CHURN_FACTOR: Mapping[Activity, float] = {Activity.LOW: 2.0, Activity.MEDIUM: 1.0, Activity.HIGH: 0.4}
ANNUAL_CHURN = 0.15
"""Probability of leaving at a yearly renewal for medium activity, on every plan."""
NOTICE_DAYS = (1, 10)
UPGRADE_PER_RENEWAL = 0.025
SEATS_GROW_PER_RENEWAL = 0.08
SEATS_GROWTH = (1, 3)
REFUND_PER_ORDER = 0.01
REFUND_DAYS = (1, 10)

SESSIONS_PER_DAY: Mapping[Activity, float] = {Activity.LOW: 0.045, Activity.MEDIUM: 0.13, Activity.HIGH: 0.3}
WINDING_DOWN_DAYS = 30
WINDING_DOWN_FACTOR = 0.4
"""Sessions in the last 30 days before an account leaves, relative to its own rate."""
WEEKDAY_FACTOR = (1.3, 1.3, 1.3, 1.3, 1.3, 0.3, 0.2)
"""Monday to Sunday; the mean is 1."""
HOUR_WEIGHTS: Mapping[int, float] = dict(
    enumerate((1, 1, 1, 1, 1, 2, 4, 12, 30, 45, 50, 45, 30, 40, 48, 45, 36, 22, 12, 8, 7, 5, 3, 2))
)
EVENTS_AFTER_LOGIN = 3.0
"""Mean of a geometric number."""
EVENT_GAP_MINUTES = 4.0
LONGEST_GAP_MINUTES = 25.0
EVENT_WEIGHTS: Mapping[str, float] = {
    "feature_used": 0.62,
    "project_created": 0.12,
    "report_exported": 0.14,
    "file_uploaded": 0.08,
    "seat_invited": 0.04,
}
FEATURE_WEIGHTS: Mapping[str, float] = {
    "board": 0.4,
    "timeline": 0.25,
    "automation": 0.15,
    "dashboard": 0.15,
    "api": 0.05,
}

CONVERSATIONS_PER_DAY = 0.01
TRIAL_INTENTS: Mapping[Intent, float] = {
    Intent.INQUIRY: 0.45,
    Intent.PURCHASE_INTENT: 0.35,
    Intent.SUPPORT_REQUEST: 0.2,
}
CUSTOMER_INTENTS: Mapping[Intent, float] = {
    Intent.SUPPORT_REQUEST: 0.5,
    Intent.INQUIRY: 0.25,
    Intent.COMPLAINT: 0.2,
    Intent.PURCHASE_INTENT: 0.05,
}
CANCELLATION_CONVERSATION = 0.5
"""Share of leaving accounts that write first."""
UPGRADE_CONVERSATION = 0.4
"""Share of upgrades that were asked about first."""
DAYS_WRITTEN_BEFORE = (1, 7)
CHANNEL_WEIGHTS: Mapping[str, float] = {"chat": 0.55, "email": 0.45}
AGENT_REPLY_MINUTES: Mapping[str, float] = {"chat": 3.0, "email": 120.0}
CUSTOMER_REPLY_MINUTES: Mapping[str, float] = {"chat": 2.0, "email": 60.0}
CLOSE_MINUTES = 20.0
MESSAGES = (2, 8)
RATED_SHARE = 0.4
RATING_WEIGHTS: Mapping[Intent, Mapping[int, float]] = {
    Intent.INQUIRY: {1: 2, 2: 4, 3: 14, 4: 40, 5: 40},
    Intent.COMPLAINT: {1: 25, 2: 25, 3: 25, 4: 15, 5: 10},
    Intent.PURCHASE_INTENT: {1: 1, 2: 3, 3: 11, 4: 35, 5: 50},
    Intent.SUPPORT_REQUEST: {1: 5, 2: 8, 3: 17, 4: 35, 5: 35},
    Intent.CANCELLATION: {1: 20, 2: 20, 3: 30, 4: 20, 5: 10},
    Intent.UPGRADE: {1: 1, 2: 2, 3: 7, 4: 35, 5: 55},
}

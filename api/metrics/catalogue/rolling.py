"""Metrics that look back from a moment over a span."""

from api.metrics.catalogue.base import CONSIDERATION, PURCHASE, Aggregation, Metric, Source, Unit


class ConversionRate(Metric):
    slug = "conversion_rate"
    name = "Conversion rate"
    unit = Unit.RATIO
    aggregation = Aggregation.ROLLING
    source = Source.JOURNEYS
    good = 1
    description = (
        "Of the customers who entered consideration in the range, the share that reaches purchase within its length. "
        "Those still on their way count as long as they were watched (Aalen–Johansen), with a 95% interval."
    )
    formula = (
        f"Aalen–Johansen estimate of reaching `{PURCHASE}` before leaving by an exit, at the length of the range after "
        f"entering `{CONSIDERATION}`, over the customers who entered it in the range"
    )
    absent = "No customer entered consideration in this range."


class EngagementScore(Metric):
    slug = "engagement_score"
    name = "Engagement"
    unit = Unit.SCORE
    aggregation = Aggregation.ROLLING
    source = Source.ENGAGEMENT
    good = 1
    description = (
        "How recent, frequent and talkative the customers of the last 30 days are, ranked among those of the 30 days "
        "before: 50 is as engaged as then. The tenant weighs its parts."
    )
    formula = (
        "weighted mean of the mean percentile ranks of recency, frequency, sessions and conversations over 30 days, "
        "each among the tenant's active customers of the 30 days before, 0 to 100"
    )
    absent = "This needs customers who were active in the last 30 days, and in the 30 days before."
    parts = ("recency", "frequency", "sessions", "conversations")

"""Metrics of who was active."""

from api.metrics.catalogue.base import ActivityMetric, Aggregation, Unit


class ActiveCustomers(ActivityMetric):
    slug = "active_customers"
    name = "Active customers"
    unit = Unit.COUNT
    aggregation = Aggregation.DISTINCT
    good = 1
    description = (
        "Customers with an event or an order. Over a range each counts once, so buckets do not add up to the total."
    )
    formula = "number of different customers with an event or an order"


class InteractionFrequency(ActivityMetric):
    slug = "interaction_frequency"
    name = "Interaction frequency"
    unit = Unit.RATE
    aggregation = Aggregation.RATIO
    good = 1
    description = "Events for each active customer and week. A bucket is given as a weekly rate too."
    formula = "events of named customers ÷ active customers ÷ weeks of the range that have passed"
    absent = "No customer was active in this range."

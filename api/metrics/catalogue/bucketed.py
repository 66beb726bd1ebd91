"""Metrics that ingest adds to, minute by minute."""

from api.metrics.catalogue.base import BucketMetric, Unit


class Revenue(BucketMetric):
    slug = "revenue"
    name = "Revenue"
    unit = Unit.MONEY
    good = 1
    description = "Order lines net of cancellations. A cancellation counts on its own date."
    formula = "sum of the lines of orders and cancellations, in minor units of the tenant's currency"


class Orders(BucketMetric):
    slug = "orders"
    name = "Orders"
    unit = Unit.COUNT
    good = 1
    description = "Orders that are not cancellations."
    formula = "number of orders that are not cancellations"


class Events(BucketMetric):
    slug = "events"
    name = "Events"
    unit = Unit.COUNT
    good = 0
    description = "Accepted events."
    formula = "number of accepted events"


class Conversations(BucketMetric):
    slug = "conversations"
    name = "Conversations"
    unit = Unit.COUNT
    good = 0
    description = "Conversations opened."
    formula = "number of conversations opened"

"""The consumer of each stream: one list for the worker, the demo's seed and the tests."""

from collections.abc import Callable
from datetime import datetime

from api.metrics.service import MetricsConsumer
from api.streams.delivery import Delivery
from api.streams.hub import Hub
from api.streams.topics import Topic
from models.database import Database


def delivery(database: Database, hub: Hub, now: Callable[[], datetime]) -> Delivery:
    return Delivery(database, {Topic.CUSTOMER_METRICS: MetricsConsumer(database, hub, now).handle})

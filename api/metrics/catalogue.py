"""The metrics: each defined once, for the chart, the table, the export, the query and the subscription alike."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api.errors import BadInputError


class Unit(StrEnum):
    COUNT = "COUNT"
    MONEY = "MONEY"


class Aggregation(StrEnum):
    ADDITIVE = "ADDITIVE"
    DISTINCT = "DISTINCT"


@dataclass(frozen=True, slots=True)
class Metric:
    """`good` says whether more is better (1), worse (-1) or neither (0). MONEY is in minor units."""

    slug: str
    name: str
    unit: Unit
    aggregation: Aggregation
    good: int
    description: str


EVENTS: Final = Metric("events", "Events", Unit.COUNT, Aggregation.ADDITIVE, 0, "Accepted events.")
ORDERS: Final = Metric("orders", "Orders", Unit.COUNT, Aggregation.ADDITIVE, 1, "Orders that are not cancellations.")
REVENUE: Final = Metric(
    "revenue",
    "Revenue",
    Unit.MONEY,
    Aggregation.ADDITIVE,
    1,
    "Order lines net of cancellations. A cancellation counts on its own date.",
)
ACTIVE_CUSTOMERS: Final = Metric(
    "active_customers",
    "Active customers",
    Unit.COUNT,
    Aggregation.DISTINCT,
    1,
    "Customers with an event or an order. Over a range each counts once, so buckets do not add up to the total.",
)
CONVERSATIONS: Final = Metric(
    "conversations", "Conversations", Unit.COUNT, Aggregation.ADDITIVE, 0, "Conversations opened."
)

METRICS: Final[dict[str, Metric]] = {
    metric.slug: metric for metric in (REVENUE, ORDERS, ACTIVE_CUSTOMERS, EVENTS, CONVERSATIONS)
}


def metric(slug: str, path: tuple[str, ...] = ("metric",)) -> Metric:
    if slug not in METRICS:
        raise BadInputError(f"There is no metric {slug!r}.", hint=f"There are: {', '.join(METRICS)}.", path=path)
    return METRICS[slug]

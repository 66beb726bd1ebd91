"""The metrics: each defined once, for the chart, the table, the export, the query and the subscription alike."""

from typing import Final

from api.errors import BadInputError
from api.metrics.catalogue.activity import ActiveCustomers, InteractionFrequency
from api.metrics.catalogue.base import Aggregation, FactMetric, Metric, Source, Unit
from api.metrics.catalogue.bucketed import Conversations, Events, Orders, Revenue
from api.metrics.catalogue.facts import Conversions, NewCustomers, ResponseTime, SatisfactionScore, SessionDuration
from api.metrics.catalogue.predictions import ChurnRisk, ClvPrediction, ConversionProbability
from api.metrics.catalogue.rolling import ConversionRate, EngagementScore

__all__ = ["METRICS", "Aggregation", "FactMetric", "Metric", "Source", "Unit", "metric"]

METRICS: Final[dict[str, Metric]] = {
    metric.slug: metric
    for metric in (
        Revenue(),
        Orders(),
        ActiveCustomers(),
        NewCustomers(),
        Events(),
        Conversations(),
        ResponseTime(),
        SatisfactionScore(),
        ConversionRate(),
        Conversions(),
        InteractionFrequency(),
        SessionDuration(),
        EngagementScore(),
        ChurnRisk(),
        ConversionProbability(),
        ClvPrediction(),
    )
}


def metric(slug: str, path: tuple[str, ...] = ("metric",)) -> Metric:
    if slug not in METRICS:
        raise BadInputError(f"There is no metric {slug!r}.", hint=f"There are: {', '.join(METRICS)}.", path=path)
    return METRICS[slug]

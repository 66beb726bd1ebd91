"""Metrics of what models foretell for the next 30 days."""

from api.metrics.catalogue.base import PredictionMetric, Unit


class ChurnRisk(PredictionMetric):
    slug = "churn_risk"
    name = "Churn risk"
    unit = Unit.RATIO
    good = -1
    kind = "CHURN"
    description = (
        "The mean probability that a customer gives notice within 30 days or, where no contracts are signed, buys "
        "nothing; of the customers the model in use speaks of."
    )
    formula = "mean of the current predictions of churn within 30 days"
    absent = "No prediction of churn within 30 days was in force at the end of this range."


class ConversionProbability(PredictionMetric):
    slug = "conversion_probability"
    name = "Conversion probability"
    unit = Unit.RATIO
    good = 1
    kind = "CONVERSION"
    description = (
        "The mean probability that a customer goes on to a later stage of the journey within 30 days; of the customers "
        "the model in use speaks of."
    )
    formula = "mean of the current predictions of conversion within 30 days"
    absent = "No prediction of conversion within 30 days was in force at the end of this range."


class ClvPrediction(PredictionMetric):
    slug = "clv_prediction"
    name = "Predicted value"
    unit = Unit.MONEY
    good = 1
    kind = "CLV"
    description = "What a customer is expected to bring within 30 days, net of money that goes back: the mean of all."
    formula = "mean of the current predictions of what a customer brings within 30 days, in minor units"
    absent = "No prediction of value within 30 days was in force at the end of this range."

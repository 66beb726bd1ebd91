"""What a model says of each customer. Pure: a customer's scores depend on his own history and on the model alone, so
that scoring one gives what scoring all gives."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from api.intelligence.arrays import Floats
from api.intelligence.churn.panel import Moment, observe
from api.intelligence.churn.stored import from_parameters
from api.intelligence.clv.forecast import ValueModel, forecast, intervals
from api.intelligence.frames import Frame
from api.intelligence.threads import single_thread
from api.predictions.contracts import Scored
from api.predictions.history import History
from api.predictions.learning import purchases_of

LEAST_SHOWN: Final = 1e-12


def score(parameters: Mapping[str, Any], history: History, until: float, horizon: int, seed: int) -> list[Scored]:
    """Of every customer of the history whom the model can speak of, as known by the end of the day `until`."""
    with single_thread():
        if parameters["method"] == "value":
            return _values(parameters, history, until, horizon, seed)
        moment = moment_of(parameters, history, until, horizon)
        return [] if moment is None else _probabilities(parameters, history, moment)


def moment_of(parameters: Mapping[str, Any], history: History, until: float, horizon: int) -> Moment | None:
    """Of those whom the model of a probability can speak of."""
    if history.stages is not None:
        found = history.stages.observe(until, horizon)
    elif history.contracts is not None:
        found = history.contracts.observe(until, horizon)
    else:
        if not (history.sales.value >= 0).any():
            return None
        bought = purchases_of(history).until(until)
        if not len(bought.day):
            return None
        found = observe(bought, until, horizon, parameters["purchase_model"])
    return found if len(found.customer) else None


def _probabilities(parameters: Mapping[str, Any], history: History, moment: Moment) -> list[Scored]:
    model = from_parameters(parameters)
    probability, parts, buckets = model.score(moment.features)
    columns = [_plain(moment.features, name) for name in parts.features]
    scored = []
    for row, (code, estimate, bucket) in enumerate(zip(moment.customer, probability, buckets, strict=True)):
        low, high = model.calibration[bucket].interval
        scored.append(
            Scored(
                history.customers[int(code)],
                float(estimate),
                min(low, float(estimate)),
                max(high, float(estimate)),
                parts.base,
                _sorted(parts.features, [column[row] for column in columns], parts.values[row]),
                bucket,
                None,
                None,
            )
        )
    return scored


def _plain(features: Frame, name: str) -> list[Any]:
    return features.texts(name) if features.is_category(name) else features.numbers([name])[:, 0].tolist()


def _sorted(names: Sequence[str], values: Sequence[Any], parts: Floats) -> list[dict[str, Any]]:
    """The largest first. None is left out unless it is nothing: they add up to the log-odds."""
    order = np.argsort(-np.abs(parts), kind="stable")
    return [
        {"feature": names[place], "value": values[place], "contribution": float(parts[place])}
        for place in order.tolist()
        if abs(parts[place]) > LEAST_SHOWN
    ]


def _values(parameters: Mapping[str, Any], history: History, until: float, horizon: int, seed: int) -> list[Scored]:
    sales = history.sales.until(until)
    if not (sales.value > 0).any():
        return []
    model = ValueModel(**parameters["model"])
    found = forecast(model, sales, until, horizon)
    keys = [history.customers[int(code)].int for code in found.customer]
    rated = bool(parameters["baseline"])
    low, high = (
        (found.low, found.high) if rated else intervals(model, sales, until, horizon, keys=keys, random_state=seed)
    )
    return [
        Scored(
            history.customers[int(code)],
            float(found.rate[row] if rated else found.predicted[row]),
            None if rated else float(low[row]),
            None if rated else float(high[row]),
            None,
            [] if rated else _factors(model, found.purchases[row], found.mean_value[row], found.alive[row]),
            None,
            round(float(found.historic[row])),
            None if rated else float(found.purchases[row]),
        )
        for row, code in enumerate(found.customer)
    ]


def _factors(model: ValueModel, purchases: float, mean_value: float, alive: float) -> list[dict[str, Any]]:
    """Expected purchases × mean value × share kept is the predicted value."""
    return [
        {"feature": "expected_purchases", "value": float(purchases), "contribution": None},
        {"feature": "mean_value_of_a_purchase", "value": float(mean_value), "contribution": None},
        {"feature": "share_kept", "value": model.kept, "contribution": None},
        {"feature": "still_a_customer", "value": float(alive), "contribution": None},
    ]

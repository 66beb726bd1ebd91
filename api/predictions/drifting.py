"""How far customers, and what a version says of them, have moved since it was trained. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from api.intelligence.arrays import Floats
from api.intelligence.churn.stored import from_parameters
from api.intelligence.clv import summarize_transactions
from api.intelligence.clv.forecast import ValueModel, forecast
from api.intelligence.drift import NEED, Reference, drift, references, worst
from api.intelligence.frames import Frame
from api.intelligence.threads import single_thread
from api.predictions.contracts import DriftColumn, Drifted
from api.predictions.history import History
from api.predictions.learning import Trained
from api.predictions.scoring import moment_of

REFERENCE: Final = "reference"
ESTIMATE: Final = "estimate"


@dataclass(frozen=True, slots=True)
class Sample:
    """Everybody a version speaks of on a day: their features, and what it says."""

    features: Frame
    estimate: Floats


def sample(parameters: Mapping[str, Any], history: History, until: float, horizon: int) -> Sample | None:
    with single_thread():
        if parameters["method"] == "value":
            return _values(parameters, history, until, horizon)
        moment = moment_of(parameters, history, until, horizon)
        if moment is None:
            return None
        model = from_parameters(parameters)
        return Sample(moment.features.only(model.features), model.score(moment.features)[0])


def with_reference(trained: Trained, history: History, until: float, horizon: int) -> Trained:
    """The model with its customers as they were on the last day it learned from."""
    found = sample(trained.parameters, history, until, horizon)
    if found is None:
        return trained
    kept = {ESTIMATE: Reference.of(found.estimate), **references(found.features)}
    told = {name: asdict(reference) for name, reference in kept.items()}
    return replace(trained, parameters={**trained.parameters, REFERENCE: told})


def drift_of(parameters: Mapping[str, Any], history: History, until: float, horizon: int) -> Drifted | None:
    """None for a version that was trained before references were kept."""
    kept = parameters.get(REFERENCE)
    if kept is None:
        return None
    found = sample(parameters, history, until, horizon)
    before = int(sum(kept[ESTIMATE]["counts"]))
    if found is None:
        return Drifted(0, before, worst([]), ())
    columns = {ESTIMATE: found.estimate, **found.features.columns}
    measured = {name: drift(Reference.from_json(kept[name]), column) for name, column in columns.items()}
    told = tuple(
        DriftColumn(name, one.psi, one.noise if np.isfinite(one.noise) else None, one.state)
        for name, one in measured.items()
    )
    return Drifted(len(found.estimate), before, worst([one.state for one in measured.values()]), told)


def _values(parameters: Mapping[str, Any], history: History, until: float, horizon: int) -> Sample | None:
    sales = history.sales.until(until)
    bought = sales.bought
    if not len(bought.day):
        return None
    found = forecast(ValueModel(**parameters["model"]), sales, until, horizon)
    summary = summarize_transactions(bought.customer, bought.day, bought.value, until)
    features = {
        "days_since_last_purchase": summary.age - summary.recency,
        "purchase_days": summary.frequency + 1.0,
        "days_as_customer": summary.age,
        "mean_value": np.nan_to_num(found.mean_value),
    }
    return Sample(Frame(features), found.rate if parameters["baseline"] else found.predicted)


__all__ = ["ESTIMATE", "NEED", "Sample", "drift_of", "sample", "with_reference"]

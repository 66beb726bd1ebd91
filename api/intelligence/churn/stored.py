"""A fitted model as plain numbers, and back: what is stored is data, never code. What comes back gives the same scores,
to the last bit."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import SplineTransformer, StandardScaler

from api.intelligence.arrays import Floats
from api.intelligence.churn.calibration import CalibrationBin, Sigmoid
from api.intelligence.churn.design import Design
from api.intelligence.churn.learners import (
    BestSingleFeature,
    Boosting,
    Contributions,
    GivenScore,
    Learner,
    Logistic,
    Stack,
    Tree,
)
from api.intelligence.churn.walking import Walked
from api.intelligence.frames import Frame

Parameters = Mapping[str, Any]
TREE: Final = ("leaf", "left", "right", "feature", "threshold", "mean")


@dataclass(frozen=True, slots=True)
class StoredModel:
    """`purchase_model` are the parameters of the feature of that name, when the model has it."""

    learner: Learner
    sigmoid: Sigmoid
    calibration: list[CalibrationBin]
    features: list[str]
    purchase_model: Mapping[str, float] | None

    def score(self, frame: Frame) -> tuple[Floats, Contributions, list[int]]:
        """Probabilities; the contributions that add up to their log-odds; and the calibration bin of each."""
        found = self.learner.contributions(frame.only(self.features)).moved(self.sigmoid.slope, self.sigmoid.shift)
        probability = np.asarray(expit(found.log_odds), dtype=np.float64)
        upper = np.array([one.high for one in self.calibration[:-1]])
        return probability, found, np.searchsorted(upper, probability, side="left").tolist()


def to_parameters(walked: Walked, purchase_model: Mapping[str, float] | None = None) -> dict[str, Any]:
    return {
        "learner": _learner_to(walked.learner),
        "sigmoid": asdict(walked.sigmoid),
        "calibration": [asdict(one) for one in walked.calibration],
        "features": walked.frame.names,
        "purchase_model": None if purchase_model is None else dict(purchase_model),
    }


def from_parameters(given: Parameters) -> StoredModel:
    return StoredModel(
        _learner_from(given["learner"]),
        Sigmoid(**given["sigmoid"]),
        [CalibrationBin(**{**one, "interval": tuple(one["interval"])}) for one in given["calibration"]],
        list(given["features"]),
        given["purchase_model"],
    )


def _learner_to(learner: Learner) -> dict[str, Any]:
    match learner:
        case BestSingleFeature():
            edges, rates = learner.table
            named = isinstance(edges, dict)
            return {
                "type": "best single feature",
                "features": list(learner.features),
                "base": learner.base,
                "chosen": learner.chosen,
                "categories": edges if named else None,
                "edges": None if named else edges.tolist(),
                "rates": rates.tolist(),
            }
        case GivenScore():
            return {
                "type": "given score",
                "name": learner.name,
                "features": list(learner.features),
                "base": learner.base,
            }
        case Logistic():
            return {
                "type": "logistic",
                "design": _design_to(learner.design),
                "mean": learner.scaler.mean_.tolist(),
                "scale": learner.scaler.scale_.tolist(),
                "coefficients": learner.model.coef_[0].tolist(),
                "intercept": float(learner.model.intercept_[0]),
            }
        case Boosting():
            return {
                "type": "boosting",
                "design": _design_to(learner.design),
                "baseline": learner.baseline,
                "trees": [{name: _finite(getattr(tree, name)) for name in TREE} for tree in learner.trees],
            }
        case Stack():
            return {"type": "stack", "learners": [_learner_to(one) for one in learner.learners]}
    raise TypeError(f"{type(learner).__name__} has no stored form")


def _learner_from(given: Parameters) -> Learner:
    match given["type"]:
        case "best single feature":
            single = BestSingleFeature()
            single.features, single.base, single.chosen = tuple(given["features"]), given["base"], given["chosen"]
            edges = given["categories"] if given["edges"] is None else np.array(given["edges"], dtype=np.float64)
            single.table = (edges, np.array(given["rates"], dtype=np.float64))
            return single
        case "given score":
            score = GivenScore(given["name"])
            score.features, score.base = tuple(given["features"]), given["base"]
            return score
        case "logistic":
            return _logistic_from(given)
        case "boosting":
            boosting = Boosting()
            boosting.design, boosting.baseline = _design_from(given["design"], splines=False), given["baseline"]
            boosting.trees = [Tree(**{name: np.array(tree[name]) for name in TREE}) for tree in given["trees"]]
            return boosting
        case "stack":
            stack = Stack()
            stack.learners = tuple(_learner_from(one) for one in given["learners"])
            return stack
    raise ValueError(f"no learner is called {given['type']!r}")


def _logistic_from(given: Parameters) -> Logistic:
    logistic, scaler, model = Logistic(), StandardScaler(), LogisticRegression()
    logistic.design = _design_from(given["design"], splines=True)
    scaler.mean_, scaler.scale_ = np.array(given["mean"]), np.array(given["scale"])
    scaler.n_features_in_ = len(given["mean"])
    model.coef_, model.intercept_ = np.array([given["coefficients"]]), np.array([given["intercept"]])
    logistic.scaler, logistic.model = scaler, model
    return logistic


def _design_to(design: Design) -> dict[str, Any]:
    return {
        "features": design.features,
        "categories": design.categories,
        "knots": {name: np.asarray(bent.knots).tolist() for name, bent in design.bent.items()},
        "owner": design.owner,
    }


def _design_from(given: Parameters, *, splines: bool) -> Design:
    knots = {name: np.array(rows, dtype=np.float64) for name, rows in given["knots"].items()}
    bent = {
        name: SplineTransformer(degree=3, knots=rows, extrapolation="linear", include_bias=False).fit(rows)
        for name, rows in knots.items()
    }
    categories = {name: list(texts) for name, texts in given["categories"].items()}
    return Design(splines, categories, bent, list(given["features"]), list(given["owner"]))


def _finite(column: Any) -> list[Any]:
    """The threshold of a leaf is never looked at, and may be anything."""
    values = np.asarray(column)
    plain = np.where(np.isfinite(values), values, 0) if values.dtype.kind == "f" else values
    return list(plain.tolist())

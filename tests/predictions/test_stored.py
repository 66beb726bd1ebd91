"""What is stored of a model is plain JSON, and gives back the same model."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import orjson
import pytest
from scipy.special import logit

from api.intelligence.churn import activity
from api.intelligence.churn.calibration import Sigmoid, bin_of, bins
from api.intelligence.churn.learners import BestSingleFeature, Boosting, GivenScore, Learner, Logistic, Stack
from api.intelligence.churn.selection import Choice
from api.intelligence.churn.stored import from_parameters, to_parameters
from api.intelligence.churn.walking import Walked
from api.intelligence.frames import Frame

LEARNERS: Final[dict[str, Callable[[], Learner]]] = {
    "best single feature": BestSingleFeature,
    "given score": lambda: GivenScore("score"),
    "logistic": Logistic,
    "boosting": Boosting,
    "stack": Stack,
}
assert set(activity.CANDIDATES.all) <= set(LEARNERS)


def simulated(size: int) -> tuple[Frame, Any]:
    random = np.random.default_rng(3)
    age, plan = random.normal(size=size), random.choice(["a", "b", "c"], size)
    odds = 1.2 * age + 0.8 * (plan == "b") - 0.5
    outcome = (random.logistic(size=size) < odds).astype(float)
    frame = Frame({"age": age, "plan": plan, "score": odds, "constant": np.ones(size)})
    return frame, outcome


@pytest.mark.parametrize("name", LEARNERS)
def test_a_model_that_went_through_json_gives_the_same_scores_to_the_last_bit(name: str) -> None:
    frame, outcome = simulated(600)
    learner = LEARNERS[name]().fit(frame, outcome, 1)
    sigmoid = Sigmoid(0.9, 0.1)
    direct = learner.contributions(frame).moved(sigmoid.slope, sigmoid.shift)
    calibration = bins(sigmoid.apply(learner.contributions(frame).log_odds), outcome)
    walked = Walked(Choice(name, "", ()), learner, sigmoid, calibration, frame, outcome, [], [])
    text = orjson.dumps(to_parameters(walked, {"r": 1.5}))
    stored = from_parameters(orjson.loads(text))
    probability, parts, buckets = stored.score(frame)
    assert (parts.values == direct.values).all()
    assert parts.base == direct.base
    assert np.abs(parts.base + parts.values.sum(axis=1) - logit(probability)).max() < 1e-9
    assert stored.purchase_model == {"r": 1.5}
    assert [stored.calibration[bucket] for bucket in buckets] == bin_of(probability, calibration)


def test_one_customer_alone_gets_what_he_gets_among_all() -> None:
    frame, outcome = simulated(600)
    learner = Stack().fit(frame, outcome, 1)
    walked = Walked(Choice("stack", "", ()), learner, Sigmoid(), bins(outcome, outcome), frame, outcome, [], [])
    stored = from_parameters(to_parameters(walked))
    every, _, _ = stored.score(frame)
    for row in (0, 17, 599):
        alone, _, _ = stored.score(frame.rows([row]))
        assert alone[0] == pytest.approx(every[row], abs=1e-12)

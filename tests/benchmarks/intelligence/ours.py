"""Our side of each task: `python -m tests.benchmarks.intelligence.ours FOLDER TASK RUNS`."""

from typing import Any

import numpy as np

from api.intelligence.clv import BetaGeoNBD, GammaGamma
from api.intelligence.journeys import aalen_johansen, kaplan_meier
from api.intelligence.segmentation import KMeansSegments, rfm
from api.intelligence.threads import limit_process
from tests.benchmarks.intelligence import timing
from tests.benchmarks.intelligence.data import DAYS
from tests.benchmarks.intelligence.known import CLUSTERS, EPOCH, HORIZON, PARAMS, features


def fit(table: Any) -> float:
    return float(BetaGeoNBD(prior=None).fit(table["frequency"], table["recency"], table["age"]).log_likelihood_)


def score(table: Any) -> float:
    model = BetaGeoNBD(prior=None)
    model.params_ = dict(PARAMS)
    expected = model.conditional_expected_purchases(HORIZON, table["frequency"], table["recency"], table["age"])
    return float(expected.mean())


def spend(table: Any) -> float:
    return float(GammaGamma(prior=None).fit(table["frequency"], table["mean_value"]).log_likelihood_)


def value(table: Any) -> float:
    """Both fits, and what each customer is expected to bring within the horizon."""
    frequency, mean_value = table["frequency"], table["mean_value"]
    counts = BetaGeoNBD(prior=None).fit(frequency, table["recency"], table["age"])
    money = GammaGamma(prior=None).fit(frequency, mean_value)
    expected = counts.conditional_expected_purchases(HORIZON, frequency, table["recency"], table["age"])
    return float((expected * money.conditional_expected_value(frequency, mean_value)).mean())


def stay(table: Any) -> float:
    return float(kaplan_meier(table["duration"], table["outcome"] > 0).at(30.0).value)


def conversion(table: Any) -> float:
    return float(aalen_johansen(table["duration"], table["outcome"])[0].at(30.0).value)


def fifths(table: Any) -> float:
    found = rfm(table["customer"], EPOCH + table["day"], table["value"], EPOCH + DAYS)
    return float(found.r.mean() + found.f.mean() + found.m.mean())


def clusters(table: Any) -> float:
    return _largest(KMeansSegments(CLUSTERS, random_state=1, resamples=0).fit(features(table)))


def clusters_with_stability(table: Any) -> float:
    return _largest(KMeansSegments(CLUSTERS, random_state=1).fit(features(table)))


def clusters_by_stability(table: Any) -> float:
    return _largest(KMeansSegments(random_state=1).fit(features(table)))


def _largest(found: KMeansSegments) -> float:
    return float(np.bincount(found.labels_).max() / len(found.labels_))


TASKS = {
    "BG/NBD fit": ("histories", fit),
    "BG/NBD score": ("histories", score),
    "Gamma-Gamma fit": ("histories", spend),
    "CLV fit + score": ("histories", value),
    "Kaplan-Meier": ("spells", stay),
    "Aalen-Johansen": ("spells", conversion),
    "RFM": ("purchases", fifths),
    "K-means fit + assign": ("histories", clusters),
    "K-means and stability": ("histories", clusters_with_stability),
    "K-means, k by stability": ("histories", clusters_by_stability),
}

if __name__ == "__main__":
    limit_process()
    timing.main(TASKS)

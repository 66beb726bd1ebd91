"""scikit-learn's own K-means over all rows, after the same transformation: `python -m … FOLDER TASK RUNS`."""

from typing import Any

import numpy as np
from sklearn.cluster import KMeans
from sklearn.preprocessing import PowerTransformer

from api.intelligence.threads import limit_process
from tests.benchmarks.intelligence import timing
from tests.benchmarks.intelligence.known import CLUSTERS, features


def clusters(table: Any) -> float:
    points = PowerTransformer().fit_transform(features(table))
    labels = KMeans(CLUSTERS, n_init=10, random_state=1).fit_predict(points)
    return float(np.bincount(labels).max() / len(points))


if __name__ == "__main__":
    limit_process()
    timing.main(dict.fromkeys(("K-means fit + assign", "K-means and stability"), ("histories", clusters)))

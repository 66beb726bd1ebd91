"""Maximum likelihood in the logarithms of positive parameters, with weak priors that keep small samples from running
away."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize

from api.intelligence.arrays import Floats

BOUND: Final = 12.0
"""Of the absolute logarithm of a parameter, in units of its scale."""
STEP: Final = 1e-4

Objective = Callable[[Floats], tuple[float, Floats]]
"""From log-parameters to the log-likelihood and its gradient by them."""


@dataclass(frozen=True, slots=True)
class LogNormalPrior:
    """Each parameter is about 1 (times in units of the mean age), give or take a factor of exp(`spread`)."""

    spread: float = 2.5


@dataclass(frozen=True, slots=True)
class Fit:
    """`degenerate` when a parameter ran to its bound or the likelihood is flat: the data do not tell the parameters."""

    params: Mapping[str, float]
    standard_errors: Mapping[str, float]
    log_likelihood: float
    degenerate: bool


def fit(
    objective: Objective,
    names: Sequence[str],
    scales: Sequence[float],
    start: Sequence[float],
    prior: LogNormalPrior | None,
) -> Fit:
    """`scales` carry the unit of each parameter; `start` is in units of them."""
    shift = np.log(np.asarray(scales, dtype=np.float64))
    precision = 0.0 if prior is None else prior.spread**-2

    def loss(point: Floats) -> tuple[float, Floats]:
        value, gradient = objective(point + shift)
        return -value + 0.5 * precision * float(point @ point), -gradient + precision * point

    begin = np.log(np.asarray(start, dtype=np.float64))
    size = max(1.0, abs(loss(begin)[0]))

    def scaled(point: Floats) -> tuple[float, Floats]:
        value, gradient = loss(point)
        return value / size, gradient / size

    found = minimize(
        scaled,
        begin,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-BOUND, BOUND)] * len(names),
        options={"maxiter": 500, "maxfun": 2_000, "ftol": 1e-15, "gtol": 1e-10},
    )
    point = np.asarray(found.x, dtype=np.float64)
    hessian = _hessian(loss, point)
    point = _polish(loss, point, hessian)
    params = np.exp(point + shift)
    at_bound = bool((np.abs(point) > BOUND - 0.1).any())
    spread, flat = _spread(hessian)
    return Fit(
        params=dict(zip(names, params.tolist(), strict=True)),
        standard_errors=dict(zip(names, (params * spread).tolist(), strict=True)),
        log_likelihood=float(objective(point + shift)[0]),
        degenerate=at_bound or flat,
    )


def _hessian(loss: Objective, point: Floats) -> Floats:
    rows = [
        (loss(point + step)[1] - loss(point - step)[1]) / (2 * STEP)
        for step in STEP * np.eye(len(point), dtype=np.float64)
    ]
    matrix = np.asarray(rows, dtype=np.float64)
    return (matrix + matrix.T) / 2


def _polish(loss: Objective, point: Floats, hessian: Floats) -> Floats:
    """One Newton step, kept when it is downhill: L-BFGS stops a little early in flat valleys."""
    try:
        step = np.linalg.solve(hessian, loss(point)[1])
    except np.linalg.LinAlgError:
        return point
    better = point - step
    if np.abs(step).max() < 0.1 and np.abs(better).max() < BOUND and loss(better)[0] <= loss(point)[0]:
        return better
    return point


def _spread(hessian: Floats) -> tuple[Floats, bool]:
    """Standard errors of the log-parameters, and whether the surface has no clear peak."""
    values, vectors = np.linalg.eigh(hessian)
    flat = bool(values.min() <= 1e-6 * max(values.max(), 1.0))
    if flat:
        return np.full(len(values), np.nan), True
    return np.sqrt(np.einsum("ij,j,ij->i", vectors, 1 / values, vectors)), False

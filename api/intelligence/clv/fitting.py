"""Maximum likelihood in the logarithms of positive parameters, with weak priors that keep small samples from running
away."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from scipy.optimize import minimize

from api.intelligence.arrays import Floats

BOUND: Final = 12.0
"""Of the absolute logarithm of a parameter, in units of its scale."""
STEP: Final = 1e-4
ROUGH: Final = 4_000
"""Rows of the data that tell where to begin."""
STEPS: Final = 12
NEAR: Final = 1e-8
"""Newton's steps end when none would change a parameter by so large a share."""
FAR: Final = 1.0
FLAT: Final = 1e-13
"""Of the loss: what rounding may make it rise by."""


@dataclass(frozen=True, slots=True)
class Surface:
    """A log-likelihood at one point of log-parameters, its gradient and its Hessian."""

    value: float
    gradient: Floats
    hessian: Floats


Slope = Callable[[Floats], tuple[float, Floats]]
"""From log-parameters to the log-likelihood and its gradient."""
Curved = Callable[[Floats], Surface]


@dataclass(frozen=True, slots=True)
class LogNormalPrior:
    """Each parameter is about 1 (times in units of the mean age), give or take a factor of exp(`spread`)."""

    spread: float = 2.5


Prior = LogNormalPrior | None


@dataclass(frozen=True, slots=True)
class Fit:
    """`degenerate` when a parameter ran to its bound or the likelihood is flat: the data do not tell the parameters."""

    params: Mapping[str, float]
    standard_errors: Mapping[str, float]
    log_likelihood: float
    degenerate: bool


def fit(
    slope: Slope,
    names: Sequence[str],
    scales: Sequence[float],
    start: Sequence[float],
    prior: Prior,
    rough: Slope | None = None,
) -> Fit:
    """`scales` carry the unit of each parameter; `start` is in units of them. `rough` is the likelihood of a part of
    the data, whose peak is near that of all."""
    search = _Search.of(scales, prior)
    loss = search.loss(slope)
    begin = np.log(np.asarray(start, dtype=np.float64))
    point = _descend(loss, begin if rough is None else _descend(search.loss(rough), begin))
    hessian = _differences(loss, point)
    point = _polish(loss, point, hessian)
    return search.found(names, point, float(slope(point + search.shift)[0]), hessian)


def fit_curved(
    likelihood: Curved,
    rough: Curved,
    names: Sequence[str],
    scales: Sequence[float],
    start: Sequence[float],
    prior: Prior,
) -> Fit:
    """As `fit`, with the Hessian known: from the peak of a part, Newton's steps do the rest."""
    search = _Search.of(scales, prior)
    begin = _descend(search.loss(_slope(rough)), np.log(np.asarray(start, dtype=np.float64)))
    point, surface, settled = search.newton(likelihood, begin)
    if not settled:
        begin = _descend(search.loss(_slope(likelihood)), begin)
        point, surface, _ = search.newton(likelihood, begin)
    hessian = search.precision * np.eye(len(point)) - surface.hessian
    return search.found(names, point, surface.value, hessian)


@dataclass(frozen=True, slots=True)
class _Search:
    """In log-parameters in units of their scales; what is looked for is the least loss: prior and data."""

    shift: Floats
    precision: float

    @classmethod
    def of(cls, scales: Sequence[float], prior: Prior) -> Self:
        return cls(np.log(np.asarray(scales, dtype=np.float64)), 0.0 if prior is None else prior.spread**-2)

    def loss(self, slope: Slope) -> Slope:
        def loss(point: Floats) -> tuple[float, Floats]:
            value, gradient = slope(point + self.shift)
            return -value + 0.5 * self.precision * float(point @ point), -gradient + self.precision * point

        return loss

    def newton(self, likelihood: Curved, begin: Floats) -> tuple[Floats, Surface, bool]:
        """The point, what is there, and whether it is a peak. Only steps that lead downhill are taken."""
        point, here = begin, likelihood(begin + self.shift)
        for _ in range(STEPS):
            hessian = self.precision * np.eye(len(point)) - here.hessian
            try:
                np.linalg.cholesky(hessian)
            except np.linalg.LinAlgError:
                return point, here, False
            step = np.linalg.solve(hessian, self.precision * point - here.gradient)
            if np.abs(step).max() < NEAR:
                return point, here, True
            if np.abs(step).max() > FAR or np.abs(point - step).max() >= BOUND:
                return point, here, False
            there = likelihood(point - step + self.shift)
            risen = 0.5 * self.precision * float(step @ (step - 2 * point)) - there.value + here.value
            if not risen <= FLAT * abs(here.value):
                return point, here, False
            point, here = point - step, there
        return point, here, False

    def found(self, names: Sequence[str], point: Floats, value: float, hessian: Floats) -> Fit:
        params = np.exp(point + self.shift)
        at_bound = bool((np.abs(point) > BOUND - 0.1).any())
        spread, flat = _spread(hessian)
        return Fit(
            params=dict(zip(names, params.tolist(), strict=True)),
            standard_errors=dict(zip(names, (params * spread).tolist(), strict=True)),
            log_likelihood=value,
            degenerate=at_bound or flat,
        )


def _slope(likelihood: Curved) -> Slope:
    def slope(point: Floats) -> tuple[float, Floats]:
        surface = likelihood(point)
        return surface.value, surface.gradient

    return slope


def _descend(loss: Slope, begin: Floats) -> Floats:
    size = max(1.0, abs(loss(begin)[0]))

    def scaled(point: Floats) -> tuple[float, Floats]:
        value, gradient = loss(point)
        return value / size, gradient / size

    found = minimize(
        scaled,
        begin,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-BOUND, BOUND)] * len(begin),
        options={"maxiter": 500, "maxfun": 2_000, "ftol": 1e-15, "gtol": 1e-10},
    )
    return np.asarray(found.x, dtype=np.float64)


def _differences(loss: Slope, point: Floats) -> Floats:
    """The Hessian of the loss."""
    rows = [
        (loss(point + step)[1] - loss(point - step)[1]) / (2 * STEP)
        for step in STEP * np.eye(len(point), dtype=np.float64)
    ]
    matrix = np.asarray(rows, dtype=np.float64)
    return (matrix + matrix.T) / 2


def _polish(loss: Slope, point: Floats, hessian: Floats) -> Floats:
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

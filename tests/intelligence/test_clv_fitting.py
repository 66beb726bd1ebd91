"""The fit is the peak of the likelihood, whichever way it is found, and the likelihood is that of the papers."""

from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln, gammaln

from api.intelligence.clv import BetaGeoNBD, GammaGamma, ModifiedBetaGeoNBD
from api.intelligence.clv import beta_geometric as module
from api.intelligence.clv.beta_geometric_likelihood import Likelihood
from api.intelligence.clv.fitting import Curved
from api.intelligence.clv.gamma_gamma_likelihood import Likelihood as Spend
from api.intelligence.clv.histories import BLOCK, LARGEST_CODE, counted, distinct, histories
from tests.intelligence import cdnow

KINDS: Final = [BetaGeoNBD, ModifiedBetaGeoNBD]
POINT: Final = np.log([0.6, 9.0, 0.8, 2.4])


def bought(size: int, seed: int) -> tuple[Any, Any, Any]:
    """By the model's own story, in whole days; every fifth at odd moments, so that hardly a history is there twice."""
    random = np.random.default_rng(seed)
    age = random.integers(20, 400, size) + np.where(np.arange(size) % 5, 0.0, random.random(size))
    rate, stop = random.gamma(0.8, 1 / 20, size), random.beta(0.8, 2.4, size)
    x, t_x = np.zeros(size), np.zeros(size)
    going, at = np.arange(size), np.zeros(size)
    while going.size:
        at[going] += np.ceil(random.exponential(1 / rate[going]))
        going = going[at[going] <= age[going]]
        x[going], t_x[going] = x[going] + 1, at[going]
        going = going[random.random(going.size) >= stop[going]]
    return x, t_x, age


def spent(size: int, seed: int) -> tuple[Any, Any]:
    """Frequencies and mean values of who bought again."""
    random = np.random.default_rng(seed)
    x = random.geometric(0.3, size).astype(np.float64)
    return x, random.gamma(6.25 * x) / random.gamma(3.74, 1 / 15.44, size) / x


def by_the_paper(x: Any, t_x: Any, T: Any, point: Any, after_first: int) -> Any:
    """Equation 6 of the paper of 2005, customer by customer; in the modified model b counts one purchase more."""
    r, alpha, a, b = np.exp(point)
    later = x + after_first
    active = betaln(a, b + later) - (r + x) * np.log(alpha + T)
    stopped = betaln(a + 1, np.maximum(b + later - 1, 1e-9)) - (r + x) * np.log(alpha + t_x)
    both = np.where(later > 0, np.logaddexp(active, stopped), active)
    return gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b) + both


@pytest.mark.parametrize("after_first", [0, 1])
def test_the_likelihood_is_the_papers(after_first: int) -> None:
    known = bought(3 * BLOCK, 1)
    surface = Likelihood.of(counted(*known), after_first)(POINT)
    assert surface.value == pytest.approx(by_the_paper(*known, POINT, after_first).sum(), rel=1e-12)


LIKELIHOODS: Final[dict[str, tuple[Curved, Any]]] = {
    "bg": (Likelihood.of(counted(*bought(400, 2)), 0), POINT),
    "mbg": (Likelihood.of(counted(*bought(400, 2)), 1), POINT),
    "gamma-gamma": (Spend.of(*spent(400, 2)), np.log([5.0, 3.0, 20.0])),
}


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_the_derivatives_are_those_that_differences_give(name: str) -> None:
    likelihood, point = LIKELIHOODS[name]
    here, step = likelihood(point), 1e-5
    up, down = ([likelihood(point + way * step * unit) for unit in np.eye(len(point))] for way in (1, -1))
    slopes = [(one.value - other.value) / (2 * step) for one, other in zip(up, down, strict=True)]
    curves = [(one.gradient - other.gradient) / (2 * step) for one, other in zip(up, down, strict=True)]
    assert here.gradient == pytest.approx(slopes, rel=1e-6, abs=1e-4)
    assert here.hessian == pytest.approx(np.array(curves), rel=1e-6, abs=1e-4)


def test_gamma_gamma_of_many_customers_is_the_papers_at_the_same_peak(monkeypatch: pytest.MonkeyPatch) -> None:
    x, z = spent(BLOCK + 5_000, 9)
    quick = GammaGamma(prior=None).fit(x, z)
    p, q, gamma = quick.params_.values()
    paper = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(gamma)
    paper += (p * x - 1) * np.log(z) + p * x * np.log(x) - (p * x + q) * np.log(gamma + x * z)
    assert quick.log_likelihood_ == pytest.approx(paper.sum(), rel=1e-12)
    monkeypatch.setattr("api.intelligence.clv.gamma_gamma.ROUGH", 1_000_000)
    assert quick.params_ == pytest.approx(GammaGamma(prior=None).fit(x, z).params_, rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", [3, 4])
def test_beginning_with_a_part_of_many_customers_ends_at_the_same_peak(
    kind: type[BetaGeoNBD], seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = bought(20_000, seed)
    quick = kind().fit(*known)
    monkeypatch.setattr(module, "ROUGH", 1_000_000)
    slow = kind().fit(*known)
    assert quick.params_ == pytest.approx(slow.params_, rel=1e-6)
    assert quick.standard_errors_ == pytest.approx(slow.standard_errors_, rel=1e-6)
    assert quick.log_likelihood_ == pytest.approx(slow.log_likelihood_, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_that_misleads_is_left_behind(kind: type[BetaGeoNBD], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two histories the peak is nowhere near that of all: Newton's first step is refused, and all is climbed."""
    known = bought(2_000, 5)
    honest = kind(prior=None).fit(*known)
    monkeypatch.setattr(module, "ROUGH", 2)
    misled = kind(prior=None).fit(*known)
    assert misled.params_ == pytest.approx(honest.params_, rel=1e-6)
    assert misled.log_likelihood_ == pytest.approx(honest.log_likelihood_, rel=1e-12)


def test_around_the_peak_of_the_cdnow_sample_everything_is_lower() -> None:
    known = cdnow.weeks()
    model = BetaGeoNBD(prior=None).fit(*known)
    peak = np.log(list(model.params_.values()))
    assert model.log_likelihood_ == pytest.approx(by_the_paper(*known, peak, 0).sum(), rel=1e-12)
    for direction in np.random.default_rng(6).normal(size=(50, 4)):
        beside = peak + 1e-3 * direction / np.linalg.norm(direction)
        assert by_the_paper(*known, beside, 0).sum() < model.log_likelihood_


numbers = st.one_of(st.integers(0, 5).map(float), st.floats(0, 5, allow_subnormal=False))
rows = st.tuples(st.integers(0, 3), numbers, numbers).map(
    lambda row: (float(row[0]), row[1] if row[0] else 0.0, row[1] + row[2])
)


@settings(deadline=None, max_examples=100)
@given(st.lists(rows, min_size=1, max_size=40), st.sampled_from([1, LARGEST_CODE]))
def test_counting_histories_loses_nobody(known: list[tuple[float, float, float]], largest: int) -> None:
    """Whether codes are marked in a table, sorted, or too large for either."""
    columns = np.array(known).T
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("api.intelligence.clv.histories.LARGEST_CODE", largest)
        counts, placed = counted(*columns), histories(*columns)
        each, position = distinct(*columns)
    expected = {row: known.count(row) for row in known}
    for found in (counts, placed):
        listed = zip(found.frequency.tolist(), found.recency.tolist(), found.age.tolist(), strict=True)
        assert dict(zip(listed, found.weight.tolist(), strict=True)) == expected
    assert np.column_stack(each)[position].tolist() == columns.T.tolist()
    assert (placed.spread(placed.age) == columns[2]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_said_of_a_customer_does_not_depend_on_who_else_is_asked_about(kind: type[BetaGeoNBD]) -> None:
    model = kind().fit(*bought(500, 7))
    x, t_x, T = bought(2 * BLOCK + 10, 8)
    few = [0, 1, BLOCK - 1, BLOCK, 2 * BLOCK + 9]
    for whole, part in (
        (
            model.conditional_expected_purchases(90, x, t_x, T),
            model.conditional_expected_purchases(90, x[few], t_x[few], T[few]),
        ),
        (model.probability_alive(x, t_x, T), model.probability_alive(x[few], t_x[few], T[few])),
        (model.probability_no_purchase(90, x, t_x, T), model.probability_no_purchase(90, x[few], t_x[few], T[few])),
    ):
        assert whole[few] == pytest.approx(part, rel=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_chances_go_the_way_the_theory_says(kind: type[BetaGeoNBD]) -> None:
    """A longer silence, and a longer horizon, can only make it likelier that somebody is gone, and that he buys."""
    model = kind().fit(*bought(500, 7))
    silence = np.arange(0.0, 300)
    x, t_x = np.full(300, 4.0), np.full(300, 60.0)
    assert (np.diff(model.probability_alive(x, t_x, t_x + silence)) < 0).all()
    horizons = [model.probability_no_purchase(h, [0, 4, 9], [0, 60, 30], [90, 90, 90]) for h in (1, 7, 30, 90, 365)]
    assert (np.diff(horizons, axis=0) < 0).all()
    buys = [model.conditional_expected_purchases(h, [0, 4, 9], [0, 60, 30], [90, 90, 90]) for h in (1, 7, 30, 90, 365)]
    assert (np.diff(buys, axis=0) > 0).all()
    assert (np.diff(model.expected_purchases(np.arange(1.0, 400))) > 0).all()

"""What the models must be, whatever the data: checked against simulation, brute force and each other."""

from typing import Any, Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import gammaln

from api.intelligence.arrays import InvalidColumnError
from api.intelligence.clv import (
    BetaGeoBetaBinomial,
    BetaGeoNBD,
    GammaGamma,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    lifetime_value,
    summarize_transactions,
)
from api.intelligence.clv.histories import histories
from api.intelligence.clv.pareto import _likelihood as pareto_likelihood

X: Final = np.array([0.0, 0, 1, 2, 5, 12, 40, 250])
T_X: Final = np.array([0.0, 0, 3, 20, 11, 50, 55, 59])
T: Final = np.array([10.0, 60, 60, 60, 60, 60, 60, 60])
DRAWS: Final = 40_000


def fitted(model: Any, **params: float) -> Any:
    model.params_ = params
    return model


MODELS: Final = {
    "bg": fitted(BetaGeoNBD(), r=0.6, alpha=6.0, a=0.8, b=2.4),
    "bg, a at 1": fitted(BetaGeoNBD(), r=1.6, alpha=6.0, a=1.0, b=2.4),
    "mbg": fitted(ModifiedBetaGeoNBD(), r=0.6, alpha=6.0, a=0.8, b=2.4),
    "pareto": fitted(ParetoNBD(), r=0.6, alpha=10.0, s=0.6, beta=12.0),
    "pareto, s at 1": fitted(ParetoNBD(), r=0.6, alpha=10.0, s=1.0, beta=12.0),
}


@pytest.mark.parametrize("name", MODELS)
def test_expectations_and_chances_are_the_means_of_simulated_futures(name: str) -> None:
    model = MODELS[name]
    random = np.random.default_rng(7)
    drawn = model.sample_purchases(30, X, T_X, T, size=DRAWS, random_state=random)
    error = 5 * drawn.std(axis=0) / np.sqrt(DRAWS) + 1e-9
    assert (np.abs(drawn.mean(axis=0) - model.conditional_expected_purchases(30, X, T_X, T)) < error).all()
    none = (drawn == 0).mean(axis=0)
    expected = model.probability_no_purchase(30, X, T_X, T)
    assert (np.abs(none - expected) < 5 * np.sqrt(expected * (1 - expected) / DRAWS) + 1e-9).all()


@pytest.mark.parametrize("name", MODELS)
def test_somebody_new_is_somebody_observed_for_no_time(name: str) -> None:
    model = MODELS[name]
    if name == "mbg":
        assert model.probability_alive([0], [0], [0])[0] == pytest.approx(2.4 / 3.2)
        return
    assert model.expected_purchases([13.0]) == pytest.approx(model.conditional_expected_purchases(13.0, [0], [0], [0]))


@pytest.mark.parametrize("kind", [BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD])
def test_a_simulated_population_gives_its_parameters_back(kind: Any) -> None:
    true = (
        {"r": 0.8, "alpha": 8.0, "a": 1.2, "b": 3.0}
        if kind is not ParetoNBD
        else {"r": 0.8, "alpha": 8.0, "s": 0.9, "beta": 15.0}
    )
    columns = _population(kind, true, 30_000, np.random.default_rng(11))
    model = kind(prior=None).fit(*columns)
    for name, value in true.items():
        assert abs(model.params_[name] - value) < 4 * model.standard_errors_[name], name


@pytest.mark.parametrize("kind", [BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD])
def test_the_fit_does_not_depend_on_the_order_of_rows_nor_on_the_unit_of_time(kind: Any) -> None:
    x, t_x, age = _population(BetaGeoNBD, {"r": 0.8, "alpha": 8.0, "a": 1.2, "b": 3.0}, 800, np.random.default_rng(3))
    model = kind().fit(x, t_x, age)
    turned = kind().fit(x[::-1], t_x[::-1], age[::-1])
    assert turned.params_ == pytest.approx(model.params_, rel=1e-4)
    in_days = kind().fit(x, t_x * 7, age * 7)
    times = {"alpha", "beta"} if kind is ParetoNBD else {"alpha"}
    expected = {name: value * (7 if name in times else 1) for name, value in model.params_.items()}
    assert in_days.params_ == pytest.approx(expected, rel=1e-4)
    assert in_days.probability_alive(x, t_x * 7, age * 7) == pytest.approx(
        model.probability_alive(x, t_x, age), rel=1e-3
    )


def test_equal_rows_count_as_often_as_they_are_there() -> None:
    x, t_x, age = _population(BetaGeoNBD, {"r": 0.8, "alpha": 8.0, "a": 1.2, "b": 3.0}, 300, np.random.default_rng(3))
    weighted = BetaGeoNBD().fit(x, t_x, age, weights=np.full(300, 2.0))
    repeated = BetaGeoNBD().fit(np.tile(x, 2), np.tile(t_x, 2), np.tile(age, 2))
    assert weighted.params_ == pytest.approx(repeated.params_, rel=1e-6)


def test_the_likelihood_of_pareto_nbd_is_the_integral_over_the_moment_of_leaving() -> None:
    r, alpha, s, beta = 0.6, 10.0, 0.7, 12.0
    for x, t_x, age in zip(X, T_X, T, strict=True):

        def density(u: float, x: float = x) -> float:
            return float(np.exp(-(r + x) * np.log((alpha + u) / 60) - (s + 1) * np.log((beta + u) / 60)))

        value, _ = quad(density, t_x, age, epsabs=0, epsrel=1e-10, limit=500, points=[t_x + (age - t_x) / 1_000])
        left = np.log(s) + np.log(value) - (r + x) * np.log(60) - (s + 1) * np.log(60)
        active = -(r + x) * np.log(alpha + age) - s * np.log(beta + age)
        expected = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + np.logaddexp(active, left)
        found, _ = pareto_likelihood(histories([x], [t_x], [age]), np.log([r, alpha, s, beta]))
        assert found == pytest.approx(expected, rel=1e-9)


def test_every_bg_bb_history_has_its_chance_and_they_add_up_to_one() -> None:
    """Over all histories of six periods, counted with the ways to have them."""
    model = fitted(BetaGeoBetaBinomial(), alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    total = bought = 0.0
    from math import comb

    from api.intelligence.clv.beta_binomial import _log_likelihood, _whole

    for t_x in range(7):
        for x in range(0 if t_x == 0 else 1, t_x + 1):
            if t_x == 0 and x > 0:
                continue
            ways = 1 if t_x == 0 else comb(t_x - 1, x - 1)
            known = _whole(histories([x], [t_x], [6]))
            share = ways * float(np.exp(_log_likelihood(known, 1.2, 0.75, 0.66, 2.8)[0]))
            total, bought = total + share, bought + share * x
    assert total == pytest.approx(1, abs=1e-12)
    assert model.expected_purchases([6])[0] == pytest.approx(bought, rel=1e-10)
    assert model.probability_no_purchase(1, [3], [5], [6])[0] == pytest.approx(
        1 - model.conditional_expected_purchases(1, [3], [5], [6])[0], rel=1e-10
    )


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 364), st.integers(0, 10_000)), min_size=1, max_size=60),
    st.integers(0, 400),
)
def test_the_summary_is_what_counting_by_hand_gives(sold: list[tuple[int, int, int]], until: int) -> None:
    known = [row for row in sold if row[1] <= until]
    if not known:
        return
    customers, days, values = ([row[i] for row in sold] for i in range(3))
    found = summarize_transactions(customers, days, values, until)
    for position, customer in enumerate(found.customer):
        mine = [(day, value) for key, day, value in known if key == customer]
        bought = sorted({day for day, _ in mine})
        assert found.frequency[position] == len(bought) - 1
        assert found.recency[position] == bought[-1] - bought[0]
        assert found.age[position] == until - bought[0]
        later = sum(value for day, value in mine if day != bought[0])
        if len(bought) > 1:
            assert found.mean_value[position] == pytest.approx(later / (len(bought) - 1))
        else:
            assert np.isnan(found.mean_value[position])


def test_thirty_customers_who_bought_once_give_an_answer_that_says_it_is_no_good() -> None:
    nothing = np.zeros(30)
    model = BetaGeoNBD(prior=None).fit(nothing, nothing, np.full(30, 50.0))
    assert model.degenerate_
    with pytest.raises(InvalidColumnError, match="no customer with a repeat purchase"):
        GammaGamma().fit(nothing, np.full(30, np.nan))


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (([1.5], [1], [2]), "frequency must be whole and not negative (first in row 0)"),
        (([1, 1], [1, 3], [2, 2]), "age must not be less than recency (first in row 1)"),
        (([1], [1, 2], [2]), "the columns differ in length: frequency 1, recency 2, age 1, weights 1"),
        (([], [], []), "the columns are empty"),
        (([1], [np.nan], [2]), "recency must be finite (first in row 0)"),
        (([0], [1], [2]), "recency must be 0 where frequency is 0 (first in row 0)"),
    ],
)
def test_wrong_columns_are_told_apart(columns: Any, told: str) -> None:
    with pytest.raises(InvalidColumnError) as refused:
        BetaGeoNBD().fit(*columns)
    assert str(refused.value) == told


def test_values_have_intervals_that_hold_what_simulated_customers_do() -> None:
    random = np.random.default_rng(5)
    true = {"r": 0.8, "alpha": 8.0, "a": 1.2, "b": 3.0}
    sold, later = _transactions(true, 4_000, random)
    found = summarize_transactions(sold[0], sold[1], sold[2], 52 * 7)
    model = BetaGeoNBD().fit(found.frequency, found.recency / 7, found.age / 7)
    spend = GammaGamma().fit(found.frequency, found.mean_value)
    value = lifetime_value(model, spend, found, 26, unit=7, level=0.9, random_state=1)
    actual = later[found.customer.astype(int)]
    covered = ((value.low <= actual) & (actual <= value.high)).mean()
    assert 0.88 <= covered <= 0.99
    assert value.predicted.sum() == pytest.approx(actual.sum(), rel=0.1)
    assert value.total == pytest.approx(value.historic + value.predicted)


def _population(kind: Any, true: dict[str, float], size: int, random: np.random.Generator) -> tuple[Any, Any, Any]:
    """(frequency, recency, age in weeks) by the model's own story, customer by customer."""
    age = random.uniform(20, 80, size)
    rate = random.gamma(true["r"], 1 / true["alpha"], size)
    if kind is ParetoNBD:
        leaves = random.exponential(1, size) * true["beta"] / random.gamma(true["s"], 1, size)
        stops = np.zeros(size)
    else:
        leaves = np.full(size, np.inf)
        stops = random.beta(true["a"], true["b"], size)
    x, t_x = np.zeros(size), np.zeros(size)
    for i in range(size):
        now = 0.0
        if kind is ModifiedBetaGeoNBD and random.random() < stops[i]:
            continue
        while True:
            now += random.exponential(1 / rate[i]) if rate[i] > 1e-12 else np.inf
            if now > min(age[i], leaves[i]):
                break
            x[i], t_x[i] = x[i] + 1, now
            if random.random() < stops[i]:
                break
    return x, t_x, age


def _transactions(true: dict[str, float], size: int, random: np.random.Generator) -> tuple[Any, Any]:
    """A table of (customer, day, value) over a year, and what each spends in the half year after it."""
    rate = random.gamma(true["r"], 1 / true["alpha"], size) / 7
    stops = random.beta(true["a"], true["b"], size)
    scale = 30.0 / random.gamma(4.0, 1 / 3.0, size) / 6.0
    customer, day, value = [], [], []
    later = np.zeros(size)
    for i in range(size):
        now, last = float(random.integers(0, 200)), -1
        while now < 78 * 7:
            spent = random.gamma(6.0, scale[i])
            if int(now) <= 52 * 7:
                customer.append(i)
                day.append(int(now))
                value.append(spent)
            else:
                later[i] += spent
            if now != last and day and random.random() < stops[i] and last >= 0:
                break
            last = int(now)
            now += max(1.0, random.exponential(1 / rate[i])) if rate[i] > 1e-9 else np.inf
    return (customer, day, value), later

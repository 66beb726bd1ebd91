"""Training on odd tenants: a model or a plain answer, never a crash and never a guess."""

import math
from dataclasses import replace
from uuid import UUID

import numpy as np
import pytest

from api.intelligence.arrays import Floats
from api.intelligence.churn import purchases
from api.intelligence.churn.activity import Activity, Contracts, Marks, Stages, features
from api.intelligence.churn.panel import Purchases, observe
from api.intelligence.churn.stored import to_parameters
from api.intelligence.clv.forecast import Sales
from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.threads import ThreadsError, single_thread
from api.predictions.cards import markdown
from api.predictions.contracts import ModelKind
from api.predictions.history import History
from api.predictions.learning import purchases_of, train
from api.predictions.scoring import score

END, HORIZON = 200.0, 30


def history(customer: Floats, day: Floats, value: Floats, known: Floats | None = None) -> History:
    codes = customer.astype(np.int64)
    since = day if known is None else np.maximum(day, known)
    rows = np.column_stack([codes, day, since, value]).astype(np.float64)
    rows = rows[np.lexsort(rows.T[::-1])]
    people = [UUID(int=number + 1) for number in range(int(codes.max(initial=-1)) + 1)]
    sales = Sales(rows[:, 0].astype(np.int64), rows[:, 1], rows[:, 2], rows[:, 3])
    return History(people, sales, None, None, [rows], 0)


def shop(customers: int = 150, seed: int = 2) -> tuple[Floats, Floats, Floats]:
    random = np.random.default_rng(seed)
    rows: list[tuple[float, float, float]] = []
    for number in range(customers):
        day, rate, stop = random.uniform(0, 120), random.gamma(2, 0.04) + 0.01, random.exponential(200)
        begun = day
        while day < END and day - begun <= stop:
            rows.append((number, float(int(day)), float(round(random.gamma(4, 500)) + 1)))
            day += max(1.0, random.exponential(1 / rate))
    table = np.array(rows)
    return table[:, 0], table[:, 1], table[:, 2]


@pytest.mark.parametrize("kind", [ModelKind.CHURN, ModelKind.CLV])
def test_the_same_history_gives_the_same_card_in_whatever_order_it_comes(kind: ModelKind) -> None:
    customer, day, value = shop()
    mixed = np.random.default_rng(1).permutation(len(day))
    found = [
        train(kind, history(customer[order], day[order], value[order]), END, HORIZON, 1)
        for order in (np.arange(len(day)), mixed)
    ]
    assert found[0].card_hash == found[1].card_hash
    assert found[0].parameters == found[1].parameters


@pytest.mark.parametrize("kind", [ModelKind.CHURN, ModelKind.CLV])
def test_what_became_known_after_the_end_changes_nothing(kind: ModelKind) -> None:
    customer, day, value = shop()
    before = train(kind, history(customer, day, value), END, HORIZON, 1)
    late_day, known = np.r_[day, [50.0, 60.0]], np.r_[day, [END + 1, END + 5]]
    late = history(np.r_[customer, [0, 1]], late_day, np.r_[value, [1e6, 1e6]], known)
    assert train(kind, late, END, HORIZON, 1).card_hash == before.card_hash


def test_what_was_known_only_later_is_in_no_feature_of_an_earlier_moment() -> None:
    customer, day, value = shop()
    cutoff = 120.0
    plain = observe(Purchases.of(customer, day, value), cutoff, HORIZON)
    late = Purchases.of(
        np.r_[customer, customer[:40]], np.r_[day, day[:40]], np.r_[value, value[:40]], np.r_[day, np.full(40, 121.0)]
    )
    seen = observe(late, cutoff, HORIZON)
    for name in plain.features.names:
        assert (plain.features.columns[name] == seen.features.columns[name]).all(), name
    at_once = Purchases.of(late.customer, late.day, late.value)
    assert observe(at_once, cutoff, HORIZON).features.columns["mean_value"].sum() != pytest.approx(
        plain.features.columns["mean_value"].sum()
    )


def test_activity_that_was_known_only_later_is_in_no_feature() -> None:
    who, day = np.array([0, 0, 1]), np.array([10.0, 90.0, 95.0])
    kind, value = np.array([0, 1, 0]), np.array([0.0, 5.0, 0.0])
    late = Activity(2, Marks(who, day, np.array([10.0, 101.0, 95.0])), kind, value)
    without = Activity(2, Marks(who[[0, 2]], day[[0, 2]], day[[0, 2]]), kind[[0, 2]], value[[0, 2]])
    everybody = np.arange(2)
    for name, column in features(late, everybody, 100.0).items():
        assert (column == features(without, everybody, 100.0)[name]).all(), name
    assert features(late, everybody, 101.0)["orders"].tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("customers", "kind", "what"),
    [
        (20, ModelKind.CHURN, "customers of the rarer outcome"),
        (20, ModelKind.CLV, "customers who bought on two days or more"),
    ],
)
def test_a_tiny_tenant_is_told_what_is_missing(customers: int, kind: ModelKind, what: str) -> None:
    with pytest.raises(InsufficientDataError) as error:
        train(kind, history(*shop(customers)), END, HORIZON, 1)
    assert (error.value.what, error.value.need) == (what, 50)
    assert error.value.have <= 20


@pytest.mark.parametrize("kind", [ModelKind.CHURN, ModelKind.CLV])
def test_a_horizon_longer_than_a_third_of_the_history_is_told_what_is_missing(kind: ModelKind) -> None:
    customer, day, value = shop()
    with pytest.raises(InsufficientDataError) as error:
        train(kind, history(customer, day, value), END, 90, 1)
    assert (error.value.what, error.value.need, error.value.have) == ("days of history", 270, int(END - day.min()))


@pytest.mark.parametrize("kind", [ModelKind.CHURN, ModelKind.CLV])
def test_a_tenant_without_orders_or_with_money_that_went_back_alone_is_told_so(kind: ModelKind) -> None:
    nothing = np.empty(0)
    for empty in (history(nothing, nothing, nothing), history(np.zeros(5), np.arange(5.0), np.full(5, -100.0))):
        with pytest.raises(InsufficientDataError) as error:
            train(kind, empty, END, HORIZON, 1)
        assert error.value.have == 0


def test_customers_who_never_fall_silent_give_no_churn_model() -> None:
    """One class only."""
    customer, day = (part.ravel().astype(float) for part in np.meshgrid(np.arange(100), np.arange(0, 200, 5)))
    with pytest.raises(InsufficientDataError) as error:
        train(ModelKind.CHURN, history(customer, day, np.full(len(day), 500.0)), END, HORIZON, 1)
    assert (error.value.what, error.value.have) == ("customers of the rarer outcome", 0)


def test_a_model_of_value_has_a_second_opinion_that_agrees_on_who_buys_most() -> None:
    customer, day, value = shop()
    card = train(ModelKind.CLV, history(customer, day, value), END, HORIZON, 1).card
    other = card["secondOpinion"]
    assert (other["name"], sorted(other["parameters"])) == ("Pareto/NBD", ["alpha", "beta", "r", "s"])
    assert other["rank_correlation"] > 0.9
    assert other["purchases"] == pytest.approx(other["purchases_shown"], rel=0.2)
    assert other["purchases"] != other["purchases_shown"]
    told = "Second opinion: Pareto/NBD expects"
    assert told in markdown(card, "hash")
    assert told not in markdown({**card, "secondOpinion": None}, "hash")


def test_customers_who_are_all_equal_are_foretold_to_go_on_as_they_do() -> None:
    """What each pays never varies, so that there is no variation to learn: his own mean stands."""
    customer, day = (part.ravel().astype(float) for part in np.meshgrid(np.arange(100), np.arange(0, 200, 5)))
    whole = history(customer, day, np.full(len(day), 500.0))
    found = train(ModelKind.CLV, whole, END, HORIZON, 1)
    assert found.parameters["model"]["spend"] is None
    every = score(found.parameters, whole, END, HORIZON, 1)
    assert {round(one.estimate, 6) for one in every} == {round(every[0].estimate, 6)}
    assert every[0].estimate == pytest.approx(6 * 500, rel=0.05)


def test_negative_money_lowers_what_is_expected_and_leaves_the_purchases() -> None:
    customer, day, value = shop()
    plain = train(ModelKind.CLV, history(customer, day, value), END, HORIZON, 1)
    back = history(np.r_[customer, customer], np.r_[day, day], np.r_[value, -0.25 * value])
    net = train(ModelKind.CLV, back, END, HORIZON, 1)
    assert plain.parameters["model"]["kept"] == 1
    assert net.parameters["model"]["kept"] == pytest.approx(0.75)
    assert net.parameters["model"]["purchases"] == plain.parameters["model"]["purchases"]
    assert net.card["exclusions"] == {"rows of money that went back": len(day)}


@pytest.mark.parametrize("kind", [ModelKind.CHURN, ModelKind.CLV])
def test_scoring_some_customers_gives_what_scoring_all_gives(kind: ModelKind) -> None:
    customer, day, value = shop()
    whole = history(customer, day, value)
    trained = train(kind, whole, END, HORIZON, 1)
    every = {one.customer_id: one for one in score(trained.parameters, whole, END, HORIZON, 1)}
    some = np.isin(customer, (3, 77))
    narrow = history((customer[some] == 77).astype(float), day[some], value[some])
    narrow = History([UUID(int=4), UUID(int=78)], narrow.sales, None, None, narrow.rows, 0)
    found = score(trained.parameters, narrow, END, HORIZON, 1)
    assert len(found) == 2
    for one in found:
        same = every[one.customer_id]
        assert one.estimate == pytest.approx(same.estimate, rel=1e-9)
        assert [one.low, one.high] == pytest.approx([same.low, same.high], rel=1e-9)
        assert [reason["feature"] for reason in one.reasons] == [reason["feature"] for reason in same.reasons]


@pytest.mark.parametrize("learner", list(purchases.CANDIDATES.all))
def test_the_reasons_of_every_customer_add_up_to_his_log_odds(learner: str) -> None:
    """Whichever candidate is the champion."""
    whole = history(*shop())
    bought = purchases_of(whole).until(END)
    walked = purchases.walk(bought, END, HORIZON, 1)
    fitted = purchases.CANDIDATES.all[learner]().fit(walked.frame, walked.outcome, 1)
    model = dict(observe(bought, END, HORIZON).purchase_model)
    parameters = {"method": "purchases", **to_parameters(replace(walked, learner=fitted), model)}
    found = score(parameters, whole, END, HORIZON, 1)
    assert {one.customer_id for one in found} == set(whole.customers)
    assert len({one.estimate for one in found}) > 1
    for one in found:
        assert one.base is not None
        odds = one.base + math.fsum(reason["contribution"] for reason in one.reasons)
        assert abs(odds - math.log(one.estimate / (1 - one.estimate))) < 1e-9
        assert one.low is not None
        assert one.high is not None
        assert one.low <= one.estimate <= one.high


def test_who_gave_notice_is_under_contract_no_more_and_too_few_of_them_are_told() -> None:
    starts = Marks(np.array([0, 1, 2, 2]), np.array([1.0, 1.0, 1.0, 60.0]), np.array([1.0, 1.0, 1.0, 60.0]))
    ends = Marks(np.array([1, 2]), np.array([40.0, 50.0]), np.array([40.0, 50.0]))
    activity = Activity(3, Marks(np.arange(3), np.ones(3), np.ones(3)), np.zeros(3, dtype=np.int64), np.zeros(3))
    contracts = Contracts(activity, starts, ends)
    seen = contracts.observe(30.0, 30.0)
    assert (seen.customer.tolist(), seen.silent.tolist()) == ([0, 1, 2], [0.0, 1.0, 1.0])
    assert contracts.observe(55.0, 30.0).customer.tolist() == [0]
    assert contracts.observe(70.0, 30.0).customer.tolist() == [0, 2]
    with pytest.raises(InsufficientDataError) as error:
        train(ModelKind.CHURN, History([], history(*shop(5)).sales, contracts, None, [], 0), END, HORIZON, 1)
    assert (error.value.what, error.value.need, error.value.have) == ("customers who gave notice", 50, 1)


def test_going_on_to_a_later_stage_counts_and_going_back_does_not() -> None:
    who, day = np.array([0, 1, 2, 0, 1, 2]), np.array([1.0, 1.0, 1.0, 20.0, 25.0, 15.0])
    stage = np.array([1, 1, 1, 2, 0, -1])
    activity = Activity(3, Marks(np.arange(3), np.ones(3), np.ones(3)), np.zeros(3, dtype=np.int64), np.zeros(3))
    stages = Stages(activity, Marks(who, day, day), stage, ["first", "second", "third"])
    seen = stages.observe(10.0, 30.0)
    assert seen.features.texts("stage") == ["second"] * 3
    assert (seen.customer.tolist(), seen.silent.tolist()) == ([0, 1, 2], [1.0, 0.0, 0.0])
    assert stages.observe(30.0, 30.0).customer.tolist() == [1]


def test_a_fit_with_more_than_one_thread_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pools = [{"internal_api": "openblas", "num_threads": 4}]
    monkeypatch.setattr("api.intelligence.threads.threadpool_info", lambda: pools)
    with pytest.raises(ThreadsError, match="openblas"), single_thread():
        pass

"""From a history to a model as plain numbers with its card. Pure: the same history gives the same card."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import sklearn

from api.intelligence.churn import activity, purchases
from api.intelligence.churn.panel import Purchases, observe
from api.intelligence.churn.selection import Choice
from api.intelligence.churn.stored import to_parameters
from api.intelligence.churn.walking import Walked
from api.intelligence.clv.forecast import LEAST_REPEATERS, Backtest, ValueModel, backtest
from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.progress import Progress, unheard
from api.intelligence.threads import single_thread
from api.predictions.cards import day_text, hash_of, plain
from api.predictions.contracts import ModelKind
from api.predictions.history import CONTRACTS, Extent, History
from api.predictions.second_opinion import second_opinion

CODE_VERSION: Final = f"predictions-2 scikit-learn {sklearn.__version__}"
SEED: Final = 1
WORST_CALIBRATION: Final = 0.1
CLEAR: Final = 3
VALUE_BASELINE: Final = "each customer's own rate so far"
VALUE_FEATURES: Final = ["purchase_days", "days_between_first_and_last_purchase", "days_as_customer", "mean_value"]
LEAVERS: Final = "customers who gave notice"
MOVERS: Final = "customers who went on to a later stage"


@dataclass(frozen=True, slots=True)
class Trained:
    """`fault` says why it must not be shown."""

    parameters: dict[str, Any]
    card: dict[str, Any]
    is_baseline: bool
    n: int
    extent: Extent
    fault: str | None = None

    @property
    def card_hash(self) -> str:
        return hash_of(self.card)


def train(
    kind: ModelKind, history: History, until: float, horizon: int, seed: int, progress: Progress = unheard
) -> Trained:
    """Learns from what was known by the end of the day `until`. Raises InsufficientDataError."""
    if history.stages is not None:
        walked = activity.walk(history.stages, until, horizon, seed, MOVERS, progress)
        return _probability(kind, "stages", history, walked, until, horizon, seed)
    if history.contracts is not None:
        walked = activity.walk(history.contracts, until, horizon, seed, LEAVERS, progress)
        return _probability(kind, CONTRACTS, history, walked, until, horizon, seed)
    if kind is ModelKind.CHURN:
        bought = purchases_of(history).until(until)
        walked = purchases.walk(bought, until, horizon, seed, progress)
        model = observe(bought, until, horizon).purchase_model
        return _probability(kind, "purchases", history, walked, until, horizon, seed, dict(model))
    return _value(history, until, horizon, seed)


def purchases_of(history: History) -> Purchases:
    sales = history.sales
    if not (sales.value >= 0).any():
        raise InsufficientDataError("orders of known customers", 1, 0)
    return Purchases.of(sales.customer, sales.day, sales.value, sales.known)


def _probability(
    kind: ModelKind,
    method: str,
    history: History,
    walked: Walked,
    until: float,
    horizon: int,
    seed: int,
    purchase_model: dict[str, float] | None = None,
) -> Trained:
    extent, choice = history.until(until), walked.choice
    card = _card(kind, method, extent, until, horizon, seed)
    card |= {
        "champion": choice.champion,
        "baseline": choice.baseline,
        "championIsBaseline": choice.champion == choice.baseline,
        "cutoffs": [day_text(day) for day in walked.cutoffs],
        "testCutoffs": [day_text(day) for day in walked.test_cutoffs],
        "n": len(walked.outcome),
        "happened": int(walked.outcome.sum()),
        "features": walked.frame.names,
        "exclusions": _exclusions(history, until),
        "candidates": {
            one.name: {**asdict(one.scores), "margin": one.margin, "margin_error": one.margin_error}
            for one in choice.candidates
        },
        "calibration": [{**asdict(one), "observed": one.observed} for one in walked.calibration],
    }
    parameters = {"method": method, **to_parameters(walked, purchase_model)}
    baseline = bool(card["championIsBaseline"])
    return Trained(parameters, plain(card), baseline, len(walked.outcome), extent, _fault(choice))


def _fault(choice: Choice) -> str | None:
    """Probabilities that do not hold are not shown, whatever else is good about them."""
    [best] = [one.scores for one in choice.candidates if one.name == choice.champion]
    error, noise = best.calibration_error, best.noise_floor
    if error <= WORST_CALIBRATION or error <= CLEAR * noise:
        return None
    return f"Its probabilities do not hold: calibration error {error:.3f}, where chance alone gives {noise:.3f}."


def _value(history: History, until: float, horizon: int, seed: int) -> Trained:
    if not (history.sales.value > 0).any():
        raise InsufficientDataError("customers who bought on two days or more", LEAST_REPEATERS, 0)
    with single_thread():
        tested = backtest(history.sales, until, horizon)
        model = ValueModel.fit(history.sales, until)
        other = second_opinion(model, history.sales, until, horizon)
    extent = history.until(until)
    shown = tested.beats_baseline and not model.degenerate
    card = _card(ModelKind.CLV, "value", extent, until, horizon, seed)
    card |= {
        "champion": _name(model) if shown else VALUE_BASELINE,
        "baseline": VALUE_BASELINE,
        "championIsBaseline": not shown,
        "testCutoffs": [day_text(day) for day in tested.cutoffs],
        "n": extent.customers,
        "features": VALUE_FEATURES,
        "exclusions": _exclusions(history, until),
        "value": {
            "meanAbsoluteError": tested.error,
            "baselineError": tested.baseline_error,
            "margin": tested.margin,
            "marginError": tested.margin_error,
            "customers": tested.customers,
        },
        "backtest": _tests(tested, shown=shown),
        "parameters": asdict(model),
        "secondOpinion": other.to_card(),
    }
    parameters = {"method": "value", "model": asdict(model), "baseline": not shown}
    return Trained(parameters, plain(card), not shown, extent.customers, extent)


def _name(model: ValueModel) -> str:
    return "BG/NBD and each customer's own mean" if model.spend is None else "BG/NBD and Gamma-Gamma"


def _tests(tested: Backtest, *, shown: bool) -> list[dict[str, Any]]:
    foretold = tested.predicted if shown else tested.baseline
    return [
        {"cutoff": day_text(day), "predicted": said, "actual": was, "ratio": was / said if said else None}
        for day, said, was in zip(tested.cutoffs, foretold, tested.actual, strict=True)
    ]


def _exclusions(history: History, until: float) -> dict[str, int]:
    found = {"orders of guests": history.guest_orders}
    if history.contracts is None and history.stages is None:
        known = history.sales.until(until)
        found["rows of money that went back"] = int((known.value < 0).sum())
        found["orders without value"] = int((known.value == 0).sum())
    return {name: count for name, count in found.items() if count}


def _card(kind: ModelKind, method: str, extent: Extent, until: float, horizon: int, seed: int) -> dict[str, Any]:
    return {
        "kind": kind.value,
        "method": method,
        "horizonDays": horizon,
        "data": {
            "until": day_text(until),
            "rows": extent.rows,
            "customers": extent.customers,
            "firstDay": day_text(extent.first_day),
            "lastDay": day_text(extent.last_day),
            "hash": extent.hash,
        },
        "cutoffs": [],
        "candidates": {},
        "calibration": [],
        "backtest": [],
        "seed": seed,
        "codeVersion": CODE_VERSION,
    }

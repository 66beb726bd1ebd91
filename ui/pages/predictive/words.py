"""The page's sentences: what is foretold, by what, and how far it can be trusted."""

from collections.abc import Mapping

from ui import formats
from ui.pages.predictive.data import Bounds, Foretold, Method, Model, Reason, Summary
from ui.pages.predictive.query import PredictiveQuery

FEATURES: Mapping[str, str] = {
    "days_since_last_purchase": "Days since the last order",
    "purchase_days": "Days with an order",
    "days_as_customer": "Days as a customer",
    "mean_days_between": "Mean days between orders",
    "gaps_since_last_purchase": "Own gaps since the last order",
    "recent_purchases": "Recent orders",
    "mean_value": "Mean value of an order day",
    "purchase_model": "Purchase model (log-odds)",
    "days_since_last_activity": "Days since the last activity",
    "events_last_30_days": "Events in 30 days",
    "events_30_days_before": "Events in the 30 days before",
    "active_days_last_30": "Active days of the last 30",
    "orders": "Orders",
    "days_since_last_order": "Days since the last order",
    "mean_order_value": "Mean order value",
    "conversations_last_90_days": "Conversations in 90 days",
    "stage": "Stage",
    "days_in_stage": "Days in the stage",
    "expected_purchases": "Expected purchases",
    "mean_value_of_a_purchase": "Mean value of a purchase",
    "share_kept": "Share of the money that stays",
    "still_a_customer": "Chance of still being a customer",
}
MONEY = frozenset({"mean_value", "mean_order_value", "mean_value_of_a_purchase"})
SHARES = frozenset({"share_kept", "still_a_customer"})
STATES: Mapping[str, tuple[str, str, str]] = {
    "CURRENT": ("good", "check-circle-fill", "In use"),
    "TRAINED": ("info", "hourglass-split", "Waits to be promoted"),
    "RETIRED": ("neutral", "archive", "Retired"),
    "REJECTED": ("bad", "x-octagon-fill", "Rejected"),
}


def outcome(query: PredictiveQuery, model: Method | None) -> str:
    """What the probability is of."""
    if query.kind == "churn":
        signed = model is not None and model.method == "contracts"
        return f"{'giving notice' if signed else 'no order'} in the next {query.days} days"
    return f"going on to a later stage in the next {query.days} days"


def column(query: PredictiveQuery) -> str:
    return {"churn": "Churn", "conversion": "Conversion", "value": "Value"}[query.kind] + f" in {query.days} d"


def value_of(reason: Reason, currency: str) -> str:
    if isinstance(reason.value, str):
        return formats.humanise(reason.value)
    if reason.feature in MONEY:
        return formats.money(reason.value, currency)
    if reason.feature in SHARES:
        return (
            formats.probability(reason.value) if reason.feature == "still_a_customer" else formats.percent(reason.value)
        )
    whole = reason.value == int(reason.value)
    return formats.integer(reason.value) if whole else formats.tenth(reason.value)


def feature(name: str) -> str:
    return FEATURES.get(name, formats.humanise(name))


def reason(one: Reason, currency: str) -> str:
    return f"{feature(one.feature)}: {value_of(one, currency)}"


def strongest(found: Foretold, currency: str) -> str:
    """The reason that moved the score most."""
    known = [(one.contribution, one) for one in found.reasons if one.contribution]
    if not known:
        return "Nothing moved this score from the average customer's."
    part, one = max(known, key=lambda pair: abs(pair[0]))
    return f"What {'raises' if part > 0 else 'lowers'} it most is {reason(one, currency)}."


def estimate(one: Foretold, currency: str) -> str:
    if one.value is not None:
        return formats.money(one.value.amount, currency)
    return formats.ABSENT if one.probability is None else formats.probability(one.probability)


def bounds(one: Bounds | None, currency: str | None) -> str:
    """Both ends, without the unit said twice."""
    if one is None:
        return formats.ABSENT
    if currency is not None:
        return f"{formats.money(one.low, currency)}–{formats.money(one.high, currency)}"
    return f"{formats.half_up(one.low * 100)}–{formats.half_up(one.high * 100)}%"


def alike(found: Foretold) -> str:
    """What became of past customers with a like score."""
    one = found.calibration
    if one is None:
        return ""
    return (
        f"Of {one.n:,} past customers with a like score it happened to {one.observed:,}: "
        f"{formats.probability(one.observed_rate)} "
        f"(90% interval {formats.half_up(one.observed_low * 100)}–{formats.half_up(one.observed_high * 100)}%)."
    )


def verdict(model: Model) -> tuple[str, str, str, str]:
    """Tone, symbol, word and sentence about the model that speaks."""
    if model.is_baseline:
        text = f"No model beat the baseline clearly. What is shown is the baseline: {model.baseline}."
        return "warn", "clipboard-x", "Baseline", text
    best, value = model.best, model.value_error
    if best is not None:
        gain = f"{best.margin:.4f} ± {2 * best.margin_error:.4f}"
        text = f"{model.champion.capitalize()} beats the baseline ({model.baseline}) by {gain} squared error."
    elif value is not None:
        less = 1 - value.mean_absolute_error / value.baseline_error
        text = (
            f"{model.champion}: misses a customer's value by {formats.percent(less)} less than {model.baseline} does."
        )
    else:
        text = model.champion
    return "good", "check-circle-fill", "Model in use", text


def calibration_sentence(model: Model) -> str:
    inside = sum(one.observed_low <= one.mean <= one.observed_high for one in model.calibration)
    groups, best = len(model.calibration), model.best
    first = f"In {inside} of {groups} groups what was foretold lies in the 90% interval of what happened."
    if best is None:
        return first
    chance = f"perfect probabilities would show {best.noise_floor:.3f} by chance"
    return f"{first} Calibration error {best.calibration_error:.3f}; {chance}."


def total_sentence(summary: Summary, currency: str, days: int) -> str:
    if summary.total_value is None:
        return ""
    total = formats.money(summary.total_value.amount, currency)
    band = (
        ""
        if summary.total_interval is None
        else (f", {bounds(summary.total_interval, currency)} by how far past totals were missed")
    )
    return f"Customers known now will bring {total} in {days} days{band}."

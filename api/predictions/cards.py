"""A model card: what was learned from, how well it foretells, and what to hold another run against."""

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, Final

import orjson

DIGITS: Final = 9
"""Of every figure: processors differ in the last bits, and that is not another model."""
EPOCH: Final = date(1970, 1, 1)
METRICS: Final = (
    ("brier", "Squared error (Brier)"),
    ("auc", "AUC"),
    ("calibration_error", "Calibration error (ECE)"),
    ("noise_floor", "ECE of perfect probabilities"),
    ("lift_at_tenth", "Lift of the highest tenth"),
    ("margin", "Gain over the baseline"),
    ("margin_error", "its standard error"),
)


def plain(value: Any) -> Any:
    """As JSON has it: what is not finite is absent."""
    match value:
        case bool() | int() | str() | None:
            return value
        case float():
            return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
        case Mapping():
            return {str(key): plain(one) for key, one in value.items()}
        case Sequence():
            return [plain(one) for one in value]
    return plain(value.item())


def hash_of(card: Mapping[str, Any]) -> str:
    return sha256(orjson.dumps(card, option=orjson.OPT_SORT_KEYS)).hexdigest()


def day_text(day: float | None) -> str | None:
    return None if day is None else (EPOCH + timedelta(days=int(day))).isoformat()


def markdown(card: Mapping[str, Any], digest: str) -> str:
    """The same card for people."""
    data, lines = card["data"], [f"# {card['kind']} within {card['horizonDays']} days", ""]
    lines += [
        f"- Model: {card['champion']} ({card['method']})",
        f"- Baseline: {card['baseline']}" + (", which is what is shown" if card["championIsBaseline"] else ""),
        f"- Data: {data['rows']:,} records of {data['customers']:,} customers, {data['firstDay']} to {data['lastDay']}",
        f"- Known by the end of {data['until']}; data hash `{data['hash']}`",
        f"- Learned from {card['n']:,} rows; cutoffs {', '.join(card['cutoffs']) or '–'}",
        f"- Tested at {', '.join(card['testCutoffs']) or '–'}, each with what was known then",
        f"- Features: {', '.join(card['features'])}",
        f"- Left out: {'; '.join(f'{name} {count:,}' for name, count in card['exclusions'].items()) or 'nothing'}",
        f"- Seed {card['seed']}, code {card['codeVersion']}",
        f"- Card hash `{digest}`",
        "",
    ]
    if card["candidates"]:
        names = list(card["candidates"])
        lines += [f"| | {' | '.join(names)} |", f"| --- |{' ---: |' * len(names)}"]
        lines += [
            f"| {words} | {' | '.join(_figure(card['candidates'][name][metric]) for name in names)} |"
            for metric, words in METRICS
        ]
        lines.append("")
    if card["calibration"]:
        lines += [
            "| foretold | customers | happened | observed | 90 % interval |",
            "| ---: | ---: | ---: | ---: | ---: |",
        ]
        lines += [
            f"| {_figure(one['mean'])} | {one['n']:,} | {one['churned']:,} | {_figure(one['observed'])} "
            f"| {_figure(one['interval'][0])}–{_figure(one['interval'][1])} |"
            for one in card["calibration"]
        ]
        lines.append("")
    if card["backtest"]:
        lines += ["| cutoff | foretold in all | came in | ratio |", "| --- | ---: | ---: | ---: |"]
        lines += [
            f"| {one['cutoff']} | {one['predicted']:,.0f} | {one['actual']:,.0f} | {_figure(one['ratio'])} |"
            for one in card["backtest"]
        ]
        lines.append("")
    other = card.get("secondOpinion")
    if other is not None:
        agree = _figure(other["rank_correlation"])
        lines += [
            f"Second opinion: {other['name']} expects {other['purchases']:,.0f} purchases of all customers, where "
            f"{other['purchases_shown']:,.0f} are expected here; the ranks of the customers correlate by {agree}.",
            "",
        ]
    return "\n".join(lines)


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"

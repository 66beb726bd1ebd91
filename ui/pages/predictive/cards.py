"""The cards of Predictive Insights: pure functions of the answer."""

from collections.abc import Sequence
from typing import Final

from dash import html
from dash.development.base_component import Component

from ui import behind, formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.chart import Chart, chart_card, graph
from ui.components.icon import icon
from ui.components.states import state
from ui.components.twin import Cell, Column, Row, Twin, missing
from ui.figures.frame import PlotlyFigure
from ui.figures.predictions import (
    Group,
    backtest_figure,
    calibration_figure,
    comparison_figure,
    distribution_figure,
)
from ui.formats import MINOR_UNITS
from ui.pages.predictive import words
from ui.pages.predictive.data import Band, Bucket, DataNeed, Model, PredictiveAnswer
from ui.pages.predictive.explanation import explanation
from ui.pages.predictive.people import people
from ui.pages.predictive.query import PredictiveQuery
from ui.pages.predictive.versions import versions
from ui.theme import Theme

OF_THE_MODEL: Final = "These are of the model as a whole, so nobody in particular is behind them."


def body(query: PredictiveQuery, answer: PredictiveAnswer, theme: Theme) -> list[Component]:
    model = answer.summary.model
    if model is None:
        return [_missing(query, answer.summary.data_need), versions(query, answer)]
    currency = answer.tenant.currency
    panels = (
        [
            _distribution(query, answer, currency, theme),
            _backtest(answer, model, currency, theme),
            _misses(answer, model, currency, theme),
        ]
        if query.is_value
        else [
            _calibration(query, answer, model, theme),
            _better(answer, model, theme),
            _distribution(query, answer, currency, theme),
        ]
    )
    return [
        _verdict(query, answer, model),
        html.Div([people(query, answer), explanation(query, answer, theme)], className="predictive-pair"),
        html.Div(panels, className="predictive-three"),
        versions(query, answer),
    ]


def _missing(query: PredictiveQuery, need: DataNeed | None) -> html.Section:
    subject = words.column(query)
    if need is None:
        return card(subject, state("hourglass", "No model yet", "Nobody has trained one."))
    share = 100 * min(1.0, need.have / need.need) if need.need else 0
    text = f"This needs {formats.integer(need.need)} {need.what}, so that what is shown can be tested on the past."
    bar = html.Div(
        [
            html.Div(html.Div(className="bar-fill", style={"width": f"{share:.0f}%"}), className="bar"),
            html.P(
                f"{formats.integer(need.have)} of {formats.integer(need.need)}, "
                f"{formats.integer(max(0, need.need - need.have))} to go",
                className="soft",
            ),
        ],
        className="need",
    )
    return card(subject, html.Div(state("hourglass", "Not enough history yet", text, [bar]), id="predictive-need"))


def _verdict(query: PredictiveQuery, answer: PredictiveAnswer, model: Model) -> html.Section:
    tone, symbol, word, text = words.verdict(model)
    total = words.total_sentence(answer.summary, answer.tenant.currency, query.days) if query.is_value else ""
    expected = answer.summary.expected_purchases
    purchases = f" In {formats.integer(expected)} purchases." if query.is_value and expected is not None else ""
    return html.Section(
        [
            html.Span([icon(symbol), word], className=f"badge badge-{tone}"),
            html.P(f"{text} {total}{purchases}".strip(), className="verdict-text"),
            html.Span(f"Version {model.number} · data to {formats.written_date(model.data_until)}", className="soft"),
        ],
        className="card verdict",
        **aria(label="The model"),
    )


def _chart(
    name: str,
    title: str,
    figure: PlotlyFigure,
    twin: Twin,
    answer: PredictiveAnswer,
    *,
    unit: str,
    sentence: str,
    note: str,
    no_drill: str | None = None,
) -> html.Section:
    zone = answer.tenant.time_zone
    as_of = answer.summary.as_of or answer.tenant.now
    chart = Chart(name, title, unit, sentence, as_of, zone, twin, note, no_drill=no_drill)
    drawing = graph(f"predictive-{name}", figure, f"{title}. {sentence}")
    return chart_card(chart, html.Div(drawing, className="predictive-graph"), height="own")


def _columns(first: str, *others: str) -> list[Column]:
    return [Column(first), *(Column(name, number=True) for name in others)]


def _count(value: int) -> Cell:
    return Cell(formats.integer(value), value)


def _share(value: float) -> Cell:
    return Cell(formats.percent(value), value)


def _error(value: float | None, digits: int) -> Cell:
    return missing() if value is None else Cell(f"{value:.{digits}f}", value)


def _money(minor: float, currency: str) -> Cell:
    return Cell(formats.money(minor, currency), minor / MINOR_UNITS)


def _calibration(query: PredictiveQuery, answer: PredictiveAnswer, model: Model, theme: Theme) -> html.Section:
    behinds = [behind.predicted(query.api_kind, query.days, *ends) for ends in _ends(model.calibration)]
    groups = [
        Group(one.mean, one.observed_rate, one.observed_low, one.observed_high, one.n, drill)
        for one, drill in zip(model.calibration, behinds, strict=True)
    ]
    rows = [
        Row(
            [
                _share(one.mean),
                _count(one.n),
                _count(one.observed),
                *(_share(share) for share in (one.observed_rate, one.observed_low, one.observed_high)),
            ],
            drill,
        )
        for one, drill in zip(model.calibration, behinds, strict=True)
    ]
    most, least = max(one.n for one in groups), min(one.n for one in groups)
    return _chart(
        "calibration",
        "Do the probabilities hold?",
        calibration_figure(groups, theme),
        Twin(_columns("Foretold", "Customers then", "Happened to", "Rate", "From", "To (90%)"), rows),
        answer,
        unit="share it happened to, by what was foretold",
        sentence=words.calibration_sentence(model),
        note=f"{least:,} to {most:,} customers a group, at past cutoffs that the model had not seen. A point leads to "
        "those with a like score now.",
    )


def _ends(bands: Sequence[Bucket | Band]) -> list[tuple[float | None, float | None]]:
    """From the first band's lowest, and the last band to its end: their outer bounds are no bounds."""
    last = len(bands) - 1
    return [(one.low if at else None, one.high if at < last else None) for at, one in enumerate(bands)]


def _better(answer: PredictiveAnswer, model: Model, theme: Theme) -> html.Section:
    best = model.best
    assert best is not None
    others = sorted((one for one in model.candidates if one.name != model.champion), key=lambda one: one.brier)
    drawn = [(one.name.capitalize(), one.brier, f"{one.brier:.4f}") for one in (best, *others)]
    if model.is_baseline:
        sentence = "No. No candidate beats the baseline by two standard errors, so the baseline is shown."
    else:
        base = next(one for one in model.candidates if one.name == model.baseline)
        less = formats.percent(1 - best.brier / base.brier)
        sentence = f"Yes. Its squared error is {less} lower than the baseline's, {model.baseline}."
    rows = [
        Row(
            [
                Cell(one.name.capitalize()),
                _error(one.brier, 4),
                _error(one.auc, 3),
                _error(one.calibration_error, 3),
                Cell(f"{one.margin:+.4f}".replace("-", formats.MINUS), one.margin),
                Cell(f"± {2 * one.margin_error:.4f}", 2 * one.margin_error),
            ]
        )
        for one in (best, *others)
    ]
    return _chart(
        "better",
        "Is it better than a simple rule?",
        comparison_figure(drawn, theme),
        Twin(_columns("Candidate", "Brier", "AUC", "ECE", "Gain", "Two standard errors"), rows),
        answer,
        unit="squared error (Brier), lower is better",
        sentence=sentence,
        note="Walked forward over past cutoffs.",
        no_drill=OF_THE_MODEL,
    )


def _distribution(query: PredictiveQuery, answer: PredictiveAnswer, currency: str, theme: Theme) -> html.Section:
    summary = answer.summary
    bands = summary.distribution
    if query.is_value:
        labels = [_amount(one.low, currency) for one in bands]
        mean = summary.mean_value
        sentence = "" if mean is None else f"On average {formats.money(mean.amount, currency)} in {query.days} days."
        title, x_title, unit = "Value to come, by customer", "From, on round steps", f"customers, by {currency} to come"
        lows = [_money(one.low, currency) for one in bands]
        highs = [_money(one.high, currency) for one in bands]
    else:
        labels = [f"{formats.half_up(one.low * 100)}%" for one in bands]
        mean_chance = summary.mean_probability
        sentence = "" if mean_chance is None else f"On average {formats.probability(mean_chance)}."
        title, x_title, unit = "How the probabilities are spread", "Probability from", "customers, by probability"
        lows, highs = [_share(one.low) for one in bands], [_share(one.high) for one in bands]
    behinds = [behind.predicted(query.api_kind, query.days, *ends) for ends in _ends(bands)]
    rows = [
        Row([low, high, _count(one.n)], drill)
        for low, high, one, drill in zip(lows, highs, bands, behinds, strict=True)
    ]
    return _chart(
        "distribution",
        title,
        distribution_figure(labels, [one.n for one in bands], x_title, theme, behinds),
        Twin(_columns("From", "Below", "Customers"), rows),
        answer,
        unit=unit,
        sentence=sentence,
        note=f"{formats.integer(summary.customers)} customers.",
        no_drill="Nobody is scored yet.",
    )


def _amount(minor: float, currency: str) -> str:
    return formats.compact(minor / MINOR_UNITS, currency)


def _backtest(answer: PredictiveAnswer, model: Model, currency: str, theme: Theme) -> html.Section:
    tests = sorted(model.backtest, key=lambda one: one.cutoff)
    ratios = [one.ratio for one in tests if one.ratio is not None]
    sentence = (
        f"At past cutoffs {min(ratios):.2f} to {max(ratios):.2f} came in for each 1.00 foretold." if ratios else ""
    )
    figure = backtest_figure(
        [one.cutoff for one in tests],
        [one.predicted / MINOR_UNITS for one in tests],
        [one.actual / MINOR_UNITS for one in tests],
        currency,
        theme,
    )
    rows = [
        Row([Cell(one.cutoff), _money(one.predicted, currency), _money(one.actual, currency), _error(one.ratio, 2)])
        for one in tests
    ]
    return _chart(
        "backtest",
        "What came of it before?",
        figure,
        Twin(_columns("Cutoff", f"Foretold, {currency}", f"Came in, {currency}", "Ratio"), rows),
        answer,
        unit=currency,
        sentence=sentence,
        note="Each with what was known at its cutoff; the windows overlap. The band on the total comes from here.",
        no_drill=OF_THE_MODEL,
    )


def _misses(answer: PredictiveAnswer, model: Model, currency: str, theme: Theme) -> html.Section:
    found = model.value_error
    assert found is not None
    shown = "Shown model" if not model.is_baseline else "Best model"
    pairs = [(shown, found.mean_absolute_error), ("Own rate so far", found.baseline_error)]
    gain = formats.money(found.margin, currency)
    error = formats.money(2 * found.margin_error, currency)
    return _chart(
        "better",
        "Is it better than a simple rule?",
        comparison_figure([(name, miss, formats.money(miss, currency)) for name, miss in pairs], theme),
        Twin(
            _columns("Of what", f"Mean miss of a customer, {currency}"),
            [Row([Cell(name), _money(miss, currency)]) for name, miss in pairs],
        ),
        answer,
        unit=f"{currency} a customer, lower is better",
        sentence=f"A customer is missed by {gain} ± {error} less than by {model.baseline}.",
        note="Mean absolute error of single customers at past cutoffs.",
        no_drill=OF_THE_MODEL,
    )

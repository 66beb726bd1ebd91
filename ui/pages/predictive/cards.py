"""The cards of Predictive Insights: pure functions of the answer."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.icon import icon
from ui.components.states import state
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
from ui.pages.predictive.data import DataNeed, Model, PredictiveAnswer, Summary
from ui.pages.predictive.explanation import explanation
from ui.pages.predictive.people import people
from ui.pages.predictive.query import PredictiveQuery
from ui.pages.predictive.versions import versions
from ui.theme import Theme

GRAPH_CONFIG: Any = {"displayModeBar": False, "responsive": True}


def body(query: PredictiveQuery, answer: PredictiveAnswer, theme: Theme) -> list[Component]:
    model = answer.summary.model
    if model is None:
        return [_missing(query, answer.summary.data_need), versions(query, answer)]
    currency = answer.tenant.currency
    panels = (
        [
            _distribution(query, answer.summary, currency, theme),
            _backtest(model, currency, theme),
            _misses(model, currency, theme),
        ]
        if query.is_value
        else [_calibration(model, theme), _better(model, theme), _distribution(query, answer.summary, currency, theme)]
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
            html.Span(f"Version {model.number} · data to {model.data_until}", className="soft"),
        ],
        className="card verdict",
        **aria(label="The model"),
    )


def _chart(name: str, figure: PlotlyFigure, label: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> html.Div:
    """The figure, and the same rows as a table."""
    table = html.Table(
        [
            html.Thead(
                html.Tr([html.Th(one, scope="col", className="num" if at else "") for at, one in enumerate(head)])
            ),
            html.Tbody(
                [
                    html.Tr([html.Th(row[0], scope="row"), *[html.Td(cell, className="num") for cell in row[1:]]])
                    for row in rows
                ]
            ),
        ],
        className="table table-dense",
    )
    return html.Div(
        [
            html.Div(
                html.Div(
                    dcc.Graph(id=f"predictive-{name}", figure=figure, config=GRAPH_CONFIG), className="predictive-graph"
                ),
                role="figure",
                **aria(label=label),
            ),
            html.Details(
                [
                    html.Summary("As a table"),
                    html.Div(table, className="scroll-x", tabIndex="0", role="region", **aria(label=label)),
                ],
                className="twin-details",
            ),
        ]
    )


def _calibration(model: Model, theme: Theme) -> html.Section:
    groups = [
        Group(one.mean, one.observed_rate, one.observed_low, one.observed_high, one.n) for one in model.calibration
    ]
    sentence = words.calibration_sentence(model)
    rows = [
        [
            formats.percent(one.mean),
            formats.integer(one.n),
            formats.integer(one.observed),
            formats.percent(one.observed_rate),
            f"{formats.half_up(one.observed_low * 100)}–{formats.half_up(one.observed_high * 100)}%",
        ]
        for one in model.calibration
    ]
    head = ["Foretold", "Customers", "Happened to", "Rate", "90% interval"]
    most, least = max(one.n for one in groups), min(one.n for one in groups)
    return card(
        "Do the probabilities hold?",
        _chart("calibration", calibration_figure(groups, theme), sentence, head, rows),
        subtitle=sentence,
        footer=f"{least:,} to {most:,} customers a group, at past cutoffs that the model had not seen",
    )


def _better(model: Model, theme: Theme) -> html.Section:
    best = model.best
    assert best is not None
    others = sorted((one for one in model.candidates if one.name != model.champion), key=lambda one: one.brier)
    rows = [(one.name.capitalize(), one.brier, f"{one.brier:.4f}") for one in (best, *others)]
    if model.is_baseline:
        sentence = "No. No candidate beats the baseline by two standard errors, so the baseline is shown."
    else:
        base = next(one for one in model.candidates if one.name == model.baseline)
        less = formats.percent(1 - best.brier / base.brier)
        sentence = f"Yes. Its squared error is {less} lower than the baseline's, {model.baseline}."
    table = [
        [
            one.name.capitalize(),
            f"{one.brier:.4f}",
            formats.ABSENT if one.auc is None else f"{one.auc:.3f}",
            f"{one.calibration_error:.3f}",
            f"{one.margin:+.4f} ± {2 * one.margin_error:.4f}".replace("-", formats.MINUS),
        ]
        for one in (best, *others)
    ]
    return card(
        "Is it better than a simple rule?",
        _chart(
            "better",
            comparison_figure(rows, theme),
            sentence,
            ["Candidate", "Brier", "AUC", "ECE", "Gain ± 2 standard errors"],
            table,
        ),
        subtitle=sentence,
        footer="Squared error (Brier), lower is better; walked forward over past cutoffs",
    )


def _distribution(query: PredictiveQuery, summary: Summary, currency: str, theme: Theme) -> html.Section:
    bands = summary.distribution
    if query.is_value:
        labels = [_amount(one.low, currency) for one in bands]
        mean = summary.mean_value
        sentence = "" if mean is None else f"On average {formats.money(mean.amount, currency)} in {query.days} days."
        title, x_title = "Value to come, by customer", "From, on round steps"
    else:
        labels = [f"{formats.half_up(one.low * 100)}%" for one in bands]
        mean_chance = summary.mean_probability
        sentence = "" if mean_chance is None else f"On average {formats.probability(mean_chance)}."
        title, x_title = "How the probabilities are spread", "Probability from"
    rows = [[label, formats.integer(one.n)] for label, one in zip(labels, bands, strict=True)]
    figure = distribution_figure(labels, [one.n for one in bands], x_title, theme)
    return card(
        title,
        _chart("distribution", figure, f"{title}. {sentence}", ["From", "Customers"], rows),
        subtitle=sentence,
        footer=f"{formats.integer(summary.customers)} customers",
    )


def _amount(minor: float, currency: str) -> str:
    return formats.compact(minor / MINOR_UNITS, currency)


def _backtest(model: Model, currency: str, theme: Theme) -> html.Section:
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
        [
            one.cutoff,
            formats.money(one.predicted, currency),
            formats.money(one.actual, currency),
            formats.ABSENT if one.ratio is None else f"{one.ratio:.2f}",
        ]
        for one in tests
    ]
    return card(
        "What came of it before?",
        _chart("backtest", figure, sentence, ["Cutoff", "Foretold", "Came in", "Ratio"], rows),
        subtitle=sentence,
        footer="Each with what was known at its cutoff; the windows overlap. The band on the total comes from here",
    )


def _misses(model: Model, currency: str, theme: Theme) -> html.Section:
    found = model.value_error
    assert found is not None
    shown = "Shown model" if not model.is_baseline else "Best model"
    rows = [
        (shown, found.mean_absolute_error, formats.money(found.mean_absolute_error, currency)),
        ("Own rate so far", found.baseline_error, formats.money(found.baseline_error, currency)),
    ]
    gain = formats.money(found.margin, currency)
    error = formats.money(2 * found.margin_error, currency)
    sentence = f"A customer is missed by {gain} ± {error} less than by {model.baseline}."
    return card(
        "Is it better than a simple rule?",
        _chart(
            "better",
            comparison_figure(rows, theme),
            sentence,
            ["", "Mean miss of a customer"],
            [[a, c] for a, _, c in rows],
        ),
        subtitle=sentence,
        footer="Mean absolute error of single customers at past cutoffs, lower is better",
    )

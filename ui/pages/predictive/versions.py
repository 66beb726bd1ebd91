"""Versions of the model with their cards, what was asked for, and the controls of those who may train."""

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.icon import icon
from ui.pages.predictive import words
from ui.pages.predictive.data import Card, Drift, PredictiveAnswer, TrainingRow, Version
from ui.pages.predictive.query import PredictiveQuery

PROMOTE, REPRODUCE, CARD = "model-promote", "model-reproduce", "model-card"
WHOLE = "whole"


def versions(query: PredictiveQuery, answer: PredictiveAnswer) -> html.Div:
    return html.Div([_versions(query, answer), _trainings(query, answer)], className="predictive-pair predictive-even")


def _versions(query: PredictiveQuery, answer: PredictiveAnswer) -> html.Section:
    rows = [_version(one, answer) for one in answer.versions.nodes]
    content: Component = (
        html.Ul(rows, className="versions")
        if rows
        else html.P("No version of this model was trained yet.", className="soft")
    )
    return card(
        "Model versions",
        html.Div([content, html.Div(id="model-card-place")]),
        subtitle=f"{words.column(query)}. Nothing of a version changes but its state.",
    )


def _version(one: Version, answer: PredictiveAnswer) -> html.Li:
    tone, symbol, word = words.STATES[one.state]
    when = formats.date_time(one.created_at, answer.tenant.time_zone)
    buttons = [_button(CARD, one.id, "Card")]
    if answer.may_score:
        buttons.append(_button(REPRODUCE, one.id, "Train again and compare"))
        if one.state in ("TRAINED", "RETIRED"):
            buttons.append(_button(PROMOTE, one.id, "Promote" if one.state == "TRAINED" else "Roll back to it"))
    return html.Li(
        [
            html.Div(
                [
                    html.P([f"Version {one.number} · {one.champion} "], className="check-name"),
                    html.P(
                        f"{formats.integer(one.n)} rows to {formats.written_date(one.data_until)} · {when}"
                        f" · hash {one.card_hash[:12]}",
                        className="check-note",
                    ),
                    *([html.P(drifted(one.drift), className="check-note")] if one.state == "CURRENT" else []),
                ]
            ),
            html.Span([icon(symbol), word], className=f"badge badge-{tone}"),
            html.Div(buttons, className="version-buttons"),
        ]
    )


def drifted(found: Drift) -> str:
    """Of the last pass, against the customers it was trained with."""
    if found.estimate is None or found.state == "INSUFFICIENT_DATA":
        return "Drift is not measured yet."
    scores = f"scores PSI {found.estimate.psi:.2f}"
    if found.state == "STABLE":
        return f"No drift since it was trained: {scores}."
    moved = ", ".join(
        f"{formats.humanise(one.name).lower()} {one.psi:.2f}" for one in found.features if one.state != "STABLE"
    )
    head = "It has drifted" if found.state == "DRIFTED" else "It has moved a little"
    return f"{head} since it was trained: {scores}{f'; {moved}' if moved else ''}."


def _button(kind: str, identity: str, label: str) -> html.Button:
    return html.Button(label, id={"type": kind, "id": identity}, type="button", className="button button-quiet")


def _trainings(query: PredictiveQuery, answer: PredictiveAnswer) -> html.Section:
    rows = [_training(one, answer.tenant.time_zone) for one in answer.trainings.nodes]
    content: Component = (
        html.Ul(rows, className="versions trainings", tabIndex="0", **aria(label="Trainings"))
        if rows
        else html.P("Nothing was asked for yet.", className="soft")
    )
    return card(
        "Trainings",
        html.Div([_form(query) if answer.may_score else _locked(), content]),
        subtitle="What was asked for, of every kind, and what came of it.",
    )


def _form(query: PredictiveQuery) -> html.Div:
    return html.Div(
        [
            dcc.Checklist(
                id="model-whole",
                options=[{"label": "What was received so far is the whole history", "value": WHOLE}],
                value=[WHOLE],
                className="model-whole",
            ),
            html.Button(
                [icon("play"), f"Train {words.column(query).lower()}"],
                id="model-train",
                type="button",
                className="button",
            ),
        ],
        className="train-form",
    )


def _locked() -> html.P:
    return html.P([icon("lock"), " Training needs scoring:manage (analyst or admin)."], className="soft")


def _training(one: TrainingRow, zone: str) -> html.Li:
    kind = {"CHURN": "Churn", "CLV": "Value", "CONVERSION": "Conversion"}[one.kind]
    tone, symbol, word, text = _came(one)
    return html.Li(
        [
            html.Div(
                [
                    html.P(f"{kind} in {one.horizon_days} d", className="check-name"),
                    html.P(f"{text} {formats.date_time(one.created_at, zone)}".strip(), className="check-note"),
                ]
            ),
            html.Span([icon(symbol), word], className=f"badge badge-{tone}"),
        ]
    )


def _came(one: TrainingRow) -> tuple[str, str, str, str]:
    if one.under_way:
        return "info", "hourglass-split", "Under way", ""
    if one.finished_at is None:
        return "bad", "x-octagon-fill", "Failed", "See the jobs."
    if one.reproduced is not None:
        told = one.explanation or ""
        return ("good", "check2-all", "Same hash", told) if one.reproduced else ("warn", "not-equal", "Differs", told)
    if one.version is not None:
        return "good", "check-circle-fill", f"Version {one.version.number}", ""
    return "neutral", "hourglass", "Too little data", one.explanation or ""


def card_view(found: Card | None) -> Component:
    if found is None:
        return html.P("There is no such card.", className="soft")
    return html.Div(
        dcc.Markdown(found.markdown, link_target="_blank"),
        className="model-card scroll-x",
        tabIndex="0",
        role="region",
        **aria(label="Model card"),
    )

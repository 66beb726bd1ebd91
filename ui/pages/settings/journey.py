"""The journey's stages and rules as a form, and where customers would stand by them."""

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.icon import icon
from ui.pages.settings import data
from ui.pages.settings.draft import Draft, DraftRule, DraftStage, saved
from ui.pages.settings.forms import FIELD, act, choice, field
from ui.pages.settings.parts import Cells, table
from ui.pages.settings.query import SettingsQuery

EDIT = "settings-edit"
MOVES = (("FORWARD", "An earlier stage"), ("NEXT", "The stage just before"), ("ANY", "Any stage"))


def journey(answer: data.JourneySettings, query: SettingsQuery) -> list[Component]:
    found = answer.journey_definition
    draft = saved(
        [one.model_dump(by_alias=True) for one in found.stages], [one.model_dump(by_alias=True) for one in found.rules]
    )
    now = " Past events are still being walked again by the rules set last." if found.rebuilding else ""
    buttons = html.Div(
        [
            edit("preview", "Show who would stand where", symbol="eye"),
            act("journey", "Set this journey", look="button button-primary"),
        ],
        className="settings-buttons",
    )
    return [
        card(
            "Stages and rules",
            [html.Div(editor(draft), id="journey-editor"), buttons],
            subtitle=f"An event moves its customer to a stage. Stages are in order, exits last.{now}",
        ),
        html.Div(id="journey-preview", role="status"),
    ]


def edit(action: str, label: str, target: str = "", *, symbol: str = "", bare: bool = False) -> html.Button:
    words: list[Component | str] = [icon(symbol)] if bare else [icon(symbol), label] if symbol else [label]
    name: dict[str, Any] = {**aria(label=label), "title": label} if bare else {}
    look = "button button-icon" if bare else "button"
    return html.Button(words, id={"type": EDIT, "do": action, "on": target}, type="button", className=look, **name)


def editor(draft: Draft) -> list[Component]:
    stages = [_stage(place, one) for place, one in enumerate(draft)]
    return [html.Ol(stages, className="journey-draft"), edit("stage-add", "Add a stage", symbol="plus-lg")]


def _stage(place: int, one: DraftStage) -> html.Li:
    here = str(place)
    what = one.name or f"stage {place + 1}"
    exits: Any = [{"value": "exit", "label": "An exit: whoever is in it has left"}]
    head = html.Div(
        [
            field(f"stage.{here}.name", "Stage", value=one.name, longest=100),
            field(f"stage.{here}.key", "Key", value=one.key, hint="a-z, 0-9 and _", longest=40),
            dcc.Checklist(
                id={"type": FIELD, "name": f"stage.{here}.exit"},
                options=exits,
                value=["exit"] if one.is_exit else [],
                className="radios journey-exit",
            ),
            html.Div(
                [
                    edit("stage-up", f"Move {what} up", here, symbol="arrow-up", bare=True) if place else None,
                    edit("stage-gone", f"Remove {what}", here, symbol="trash", bare=True),
                ],
                className="journey-tools",
            ),
        ],
        className="settings-form",
    )
    rules = [_rule(place, number, rule, what) for number, rule in enumerate(one.rules)]
    return html.Li([head, *rules, edit("rule-add", f"Add an event that leads to {what}", here, symbol="plus-lg")])


def _rule(place: int, number: int, rule: DraftRule, stage: str) -> html.Div:
    name = f"rule.{place}.{number}"
    which = f"Remove the event {rule.event or number + 1} of {stage}"
    return html.Div(
        [
            field(f"{name}.event", "Event", value=rule.event, longest=100),
            field(f"{name}.property", "With the property", value=rule.property, hint="or any", longest=100),
            field(f"{name}.equals", "Equal to", value=rule.equals, longest=100),
            choice(f"{name}.moves", "Moves from", MOVES, rule.moves),
            edit("rule-gone", which, f"{place}.{number}", symbol="x-lg", bare=True),
        ],
        className="settings-form journey-rule",
    )


def standing(found: data.Preview) -> html.Section:
    rows: list[Cells] = [
        (
            [one.stage.name, html.Span(" (exit)", className="soft") if one.stage.is_exit else ""],
            formats.integer(one.customers),
            html.Span("new stage", className="soft") if one.now is None else formats.integer(one.now),
        )
        for one in found.stages
    ]
    rows.append(("Nowhere yet", formats.integer(found.nowhere), formats.integer(found.nowhere_now)))
    whole = found.sampled == found.customers
    of = formats.integer(found.sampled)
    drawn = (
        f"All {of} customers." if whole else f"An even draw of {of} of {formats.integer(found.customers)} customers."
    )
    return card(
        "Who would stand where",
        table(("Stage", "Then", "Now"), rows),
        subtitle=f"{drawn} Nothing is changed yet.",
    )

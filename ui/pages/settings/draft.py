"""The journey while it is being edited: what the form holds, what its buttons do to it, and what the API is given."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

STAGE_FIELDS: Final = ("name", "key", "exit")
RULE_FIELDS: Final = ("event", "moves", "property", "equals")
LONGEST_KEY: Final = 40


@dataclass(frozen=True, slots=True)
class DraftRule:
    event: str = ""
    moves: str = "FORWARD"
    property: str = ""
    equals: str = ""


@dataclass(frozen=True, slots=True)
class DraftStage:
    name: str = ""
    key: str = ""
    is_exit: bool = False
    rules: tuple[DraftRule, ...] = (DraftRule(),)

    @property
    def known_as(self) -> str:
        """Its key, or one made of its name."""
        made = re.sub(r"[^a-z0-9]+", "_", self.name.lower()).strip("_")[:LONGEST_KEY]
        return self.key or made


Draft = tuple[DraftStage, ...]


def read(fields: Mapping[str, Any]) -> Draft:
    """From the form's values, by names such as `stage.0.name` and `rule.0.1.event`."""
    stages: dict[int, dict[str, Any]] = {}
    rules: dict[int, dict[int, dict[str, str]]] = {}
    for name, value in fields.items():
        match name.split("."):
            case ["stage", at, part] if at.isdecimal() and part in STAGE_FIELDS:
                stages.setdefault(int(at), {})[part] = value
            case ["rule", at, number, part] if at.isdecimal() and number.isdecimal() and part in RULE_FIELDS:
                rules.setdefault(int(at), {}).setdefault(int(number), {})[part] = _text(value)
    return tuple(
        DraftStage(
            _text(given.get("name")),
            _text(given.get("key")),
            bool(given.get("exit")),
            tuple(DraftRule(**rule) for _, rule in sorted(rules.get(at, {}).items())),
        )
        for at, given in sorted(stages.items())
    )


def edited(draft: Draft, action: str, target: str) -> Draft:
    """After a button; `target` is the stage's place, or that of a stage and of its rule."""
    at, _, number = target.partition(".")
    if action == "stage-add":
        return (*draft, DraftStage())
    if not at.isdecimal() or int(at) >= len(draft):
        return draft
    place = int(at)
    stage = draft[place]
    match action:
        case "stage-gone":
            return (*draft[:place], *draft[place + 1 :])
        case "stage-up" if place > 0:
            return (*draft[: place - 1], stage, draft[place - 1], *draft[place + 1 :])
        case "rule-add":
            changed = replace(stage, rules=(*stage.rules, DraftRule()))
        case "rule-gone" if number.isdecimal():
            changed = replace(stage, rules=tuple(rule for i, rule in enumerate(stage.rules) if i != int(number)))
        case _:
            return draft
    return (*draft[:place], changed, *draft[place + 1 :])


def definition(draft: Draft) -> dict[str, Any]:
    """As the API takes it. Rules of which nothing is filled in are left out."""
    stages = [{"key": one.known_as, "name": one.name, "isExit": one.is_exit} for one in draft]
    rules = [_rule(rule, stage.known_as) for stage in draft for rule in stage.rules if rule.event]
    return {"stages": stages, "rules": rules}


def saved(stages: Sequence[Mapping[str, Any]], rules: Sequence[Mapping[str, Any]]) -> Draft:
    """The journey as the API tells it."""
    return tuple(
        DraftStage(
            one["name"],
            one["key"],
            one["isExit"],
            tuple(
                DraftRule(rule["eventName"], rule["moves"], rule["property"] or "", rule["equals"] or "")
                for rule in rules
                if rule["stage"] == one["key"]
            ),
        )
        for one in stages
    )


def _rule(rule: DraftRule, stage: str) -> dict[str, Any]:
    narrowed = {"property": rule.property or None, "equals": rule.equals or None}
    return {"eventName": rule.event, "stage": stage, "moves": rule.moves or "FORWARD", **narrowed}


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""

"""What a tenant may define as its journey. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from api.errors import BadInputError
from api.journeys.contracts import Rule, Stage

KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
MOST_STAGES: Final = 20
MOST_RULES: Final = 200
MOST_CHARACTERS: Final = 100


def check(stages: Sequence[Stage], rules: Sequence[Rule]) -> None:
    """Raises BadInputError at the first thing that is wrong, with the way to it."""
    way = [stage for stage in stages if not stage.is_exit]
    if len(way) < 2 or len(stages) > MOST_STAGES:  # noqa: PLR2004
        raise BadInputError(
            f"A journey has at least 2 stages besides its exits, and at most {MOST_STAGES} in all.", path=("stages",)
        )
    keys: set[str] = set()
    for position, stage in enumerate(stages):
        here = ("stages", str(position))
        if not KEY.fullmatch(stage.key):
            raise BadInputError(
                f"The key {stage.key!r} is not 1 to 40 characters of a-z, 0-9 and _, beginning with a letter.",
                path=(*here, "key"),
            )
        if stage.key in keys:
            raise BadInputError(f"There are two stages {stage.key!r}.", path=(*here, "key"))
        _check_text(stage.name, (*here, "name"))
        keys.add(stage.key)
    if not rules or len(rules) > MOST_RULES:
        raise BadInputError(f"A journey has 1 to {MOST_RULES} rules.", path=("rules",))
    for position, rule in enumerate(rules):
        _check_rule(rule, keys, ("rules", str(position)))
    led_to = {rule.stage for rule in rules}
    for position, stage in enumerate(stages):
        if stage.key not in led_to:
            raise BadInputError(f"No rule leads to the stage {stage.key!r}.", path=("stages", str(position)))


def _check_rule(rule: Rule, keys: set[str], here: tuple[str, ...]) -> None:
    _check_text(rule.event_name, (*here, "eventName"))
    if rule.stage not in keys:
        raise BadInputError(f"There is no stage {rule.stage!r}.", path=(*here, "stage"))
    if (rule.property is None) != (rule.equals is None):
        raise BadInputError("Give both property and equals, or neither.", path=(*here, "property"))
    if rule.property is not None and rule.equals is not None:
        _check_text(rule.property, (*here, "property"))
        _check_text(rule.equals, (*here, "equals"))


def _check_text(text: str, here: tuple[str, ...]) -> None:
    if not 1 <= len(text.strip()) <= MOST_CHARACTERS or "\0" in text:
        raise BadInputError(f"A text has 1 to {MOST_CHARACTERS} characters.", path=here)

"""What a tenant may set as its catalogue, and how it is kept. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import isfinite
from typing import Any, Final

from api.actions.contracts import Action, Catalogue, Limits, Outcome, ValueRule
from api.errors import BadInputError
from api.intelligence.actions.policy import NOTHING

CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
CHANNEL: Final = re.compile(r"[a-z][a-z0-9_]{0,19}")
MOST_ACTIONS: Final = 20
MOST_AMOUNT: Final = 10**12
MOST_DAYS: Final = 3_650
MOST_ORDERS: Final = 1_000_000
HOURS: Final = 24


def check(catalogue: Catalogue) -> None:
    """Raises BadInputError at the first thing that is wrong, with the way to it."""
    actions, limits = catalogue.actions, catalogue.limits
    if not 1 <= len(actions) <= MOST_ACTIONS:
        raise BadInputError(f"A catalogue has 1 to {MOST_ACTIONS} actions.", path=("actions",))
    for place, action in enumerate(actions):
        here = ("actions", str(place))
        if not CODE.fullmatch(action.code) or action.code == NOTHING:
            raise BadInputError(f"The code {action.code!r} is not 1 to 40 of a-z, 0-9 and _.", path=(*here, "code"))
        if action.code in {other.code for other in actions[:place]}:
            raise BadInputError(f"There are two actions {action.code!r}.", path=(*here, "code"))
        if not CHANNEL.fullmatch(action.channel):
            raise BadInputError("A channel is 1 to 20 of a-z, 0-9 and _.", path=(*here, "channel"))
        if not 1 <= len(action.name.strip()) <= 100 or "\0" in action.name:  # noqa: PLR2004
            raise BadInputError("A name has 1 to 100 characters.", path=(*here, "name"))
        if not isfinite(action.value) or not 0 < action.value <= MOST_AMOUNT:
            raise BadInputError("A success is worth more than 0.", path=(*here, "value"))
        _within(action.cost, MOST_AMOUNT, (*here, "cost"))
        _within(action.cooldown_days, MOST_DAYS, (*here, "cooldownDays"))
        _between(action.min_orders, action.max_orders, MOST_ORDERS, (*here, "minOrders"))
        _between(action.min_quiet_days, action.max_quiet_days, MOST_DAYS, (*here, "minQuietDays"))
    for name, value, most in (
        ("weeklyCap", limits.weekly_cap, 100),
        ("dailyCap", limits.daily_cap, 10**9),
        ("fatigue", limits.fatigue, MOST_AMOUNT),
        ("quietFrom", limits.quiet_from, HOURS - 1),
        ("quietTo", limits.quiet_to, HOURS - 1),
    ):
        _within(value, most, (name,))


def _within(value: int, most: int, path: tuple[str, ...]) -> None:
    if not 0 <= value <= most:
        raise BadInputError(f"This lies between 0 and {most:,}, not at {value:,}.", path=path)


def _between(low: int, high: int | None, most: int, path: tuple[str, ...]) -> None:
    _within(low, most, path)
    if high is not None and not low <= high <= most:
        raise BadInputError("The upper bound lies below the lower one, or is too high.", path=path)


def is_quiet(hour: int, limits: Limits) -> bool:
    """Whether nobody is approached in this hour of the tenant's day; the hours may run over midnight."""
    if limits.quiet_from <= limits.quiet_to:
        return limits.quiet_from <= hour < limits.quiet_to
    return hour >= limits.quiet_from or hour < limits.quiet_to


def to_json(actions: Sequence[Action]) -> list[dict[str, Any]]:
    return [
        {**asdict(action), "value_rule": action.value_rule.value, "outcome": action.outcome.value} for action in actions
    ]


def from_json(actions: Sequence[Mapping[str, Any]]) -> tuple[Action, ...]:
    """What was kept before actions had an outcome was meant to bring an order."""
    return tuple(
        Action(
            **{
                **action,
                "value_rule": ValueRule(action["value_rule"]),
                "outcome": Outcome(action.get("outcome", Outcome.ORDER)),
            }
        )
        for action in actions
    )

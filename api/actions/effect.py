"""What actions have brought, as far as it can be told: from the hold-out, and from logged propensities. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np

from api.intelligence.actions import (
    Arm,
    Evaluation,
    ThompsonPolicy,
    Uplift,
    evaluate_policy,
    in_holdout,
    uplift,
)
from api.intelligence.actions.evaluation import LEAST_EFFECTIVE
from api.intelligence.actions.holdout import LEAST
from api.intelligence.actions.policy import NOTHING
from api.intelligence.insufficient import InsufficientDataError


@dataclass(frozen=True, slots=True)
class Measured:
    """One of the two is there: what was found, or how much it would need."""

    uplift: Uplift | None
    need: int
    have: int


@dataclass(frozen=True, slots=True)
class Judged:
    evaluation: Evaluation | None
    need: int
    have: int


NOT_BEGUN: Final = Measured(None, LEAST, 0)


def measure(tenant_id: UUID, spending: Sequence[tuple[UUID, int]]) -> Measured:
    """The mean spending of those who may get actions, less that of the hold-out, since the first was accepted."""
    held = np.array([in_holdout(str(customer), str(tenant_id)) for customer, _ in spending], dtype=bool)
    spent = np.array([total for _, total in spending], dtype=np.float64)
    if not len(spent):
        return NOT_BEGUN
    try:
        found = uplift(spent[~held], spent[held])
    except InsufficientDataError as error:
        return Measured(None, error.need, error.have)
    return Measured(found, LEAST, min(found.treated, found.held_out))


def judge(logged: Sequence[tuple[str, bool, float, dict[str, float]]]) -> Judged:
    """The success rate that today's policy, all actions worth the same, would have had on what was logged: by what was
    logged alone, and doubly robust, with each action's own rate as the model of rewards."""
    if not logged:
        return Judged(None, LEAST_EFFECTIVE, 0)
    codes = sorted({code for _, _, _, chances in logged for code in chances if code != NOTHING})
    policy = ThompsonPolicy([Arm(code, 1.0) for code in codes]).fit(
        [action for action, _, _, _ in logged], [success for _, success, _, _ in logged]
    )
    names = [*codes, NOTHING]
    known: dict[tuple[str, ...], list[float]] = {}
    target = []
    for _, _, _, chances in logged:
        eligible = tuple(sorted(code for code in chances if code != NOTHING))
        if eligible not in known:
            would = policy.propensities(eligible)
            known[eligible] = [would.get(name, 0.0) for name in names]
        target.append(known[eligible])
    try:
        found = evaluate_policy(
            np.array([names.index(action) for action, _, _, _ in logged]),
            [float(success) for _, success, _, _ in logged],
            [propensity for _, _, propensity, _ in logged],
            target,
            expected=np.tile([policy.expected_rate(code) for code in codes] + [0.0], (len(logged), 1)),
        )
    except InsufficientDataError as error:
        return Judged(None, error.need, error.have)
    return Judged(found, LEAST_EFFECTIVE, int(found.effective_n))

"""Which of a customer's open actions is recommended today, with the chance that it was this one. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Final
from uuid import UUID

from api.actions.contracts import Action, Proposal
from api.intelligence.actions import Arm, ThompsonPolicy, explore
from api.intelligence.actions.policy import NOTHING

FEWEST_OUTCOMES: Final = 20
"""Below it the rules recommend the best by expected value, but for the floor that keeps all of them tried."""
RULES: Final = "rules-1"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """`action` is None when nothing is recommended. `propensities` are those of all that could have been."""

    action: str | None
    propensities: Mapping[str, float]
    policy_version: str
    seed: int

    def propensity(self, code: str) -> float | None:
        """Of the recommended action; another one was not drawn, so it has none."""
        return self.propensities[code] if code == self.action else None


def seed_of(tenant_id: UUID, customer_id: UUID, day: date) -> int:
    """The same all day, so that what is decided is what was shown."""
    drawn = sha256(f"{tenant_id}\0{customer_id}\0{day.isoformat()}".encode()).digest()
    return int.from_bytes(drawn[:8]) >> 1


def recommend(
    proposals: Sequence[Proposal], actions: Mapping[str, Action], outcomes: Sequence[tuple[str, bool]], seed: int
) -> Recommendation:
    """`outcomes` are the tenant's (action, whether it succeeded)."""
    best_first = [one for one in proposals if one.block is None and one.value is not None and one.value > 0]
    if not best_first:
        return Recommendation(None, {}, RULES, seed)
    codes = [one.code for one in best_first]
    known = [(action, success) for action, success in outcomes if action in codes]
    if len(known) < FEWEST_OUTCOMES:
        drawn, chances = explore(codes, seed)
        return Recommendation(drawn, chances, RULES, seed)
    arms = [Arm(one.code, float(one.value or 0.0), float(actions[one.code].cost)) for one in best_first]
    policy = ThompsonPolicy(arms).fit([action for action, _ in known], [success for _, success in known])
    decision = policy.decide(codes, seed)
    chosen = None if decision.action == NOTHING else decision.action
    return Recommendation(chosen, decision.propensities, decision.policy_version, seed)

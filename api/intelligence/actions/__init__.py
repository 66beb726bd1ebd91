"""What to do next for a customer, and what doing it was worth.

`ThompsonPolicy` decides among the actions somebody may get, and says with what probability it chose: only so can
`evaluate_policy` tell later what another policy would have brought. `in_holdout` sets customers apart who get nothing.
"""

from api.intelligence.actions.evaluation import Evaluation, PolicyValue, evaluate_policy
from api.intelligence.actions.exploring import explore
from api.intelligence.actions.holdout import Uplift, in_holdout, uplift
from api.intelligence.actions.policy import Arm, Decision, ThompsonPolicy

__all__ = [
    "Arm",
    "Decision",
    "Evaluation",
    "PolicyValue",
    "ThompsonPolicy",
    "Uplift",
    "evaluate_policy",
    "explore",
    "in_holdout",
    "uplift",
]

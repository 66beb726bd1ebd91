"""The journey a tenant begins with: six stages, one exit, and the events that move customers."""

from typing import Final

from api.journeys.contracts import Moves, Rule, Stage

STAGES: Final = (
    Stage("awareness", "Awareness", 0),
    Stage("consideration", "Consideration", 1),
    Stage("evaluation", "Evaluation", 2),
    Stage("purchase", "Purchase", 3),
    Stage("onboarding", "Onboarding", 4),
    Stage("advocacy", "Advocacy", 5),
    Stage("lost", "Lost", 6, is_exit=True),
)
RULES: Final = (
    Rule("page_viewed", "awareness", Moves.FORWARD),
    Rule("signed_up", "awareness", Moves.FORWARD),
    Rule("trial_started", "consideration", Moves.ANY),
    Rule("product_viewed", "consideration", Moves.FORWARD),
    Rule("project_created", "evaluation", Moves.NEXT),
    Rule("product_added", "evaluation", Moves.FORWARD),
    Rule("checkout_started", "evaluation", Moves.FORWARD),
    Rule("subscription_started", "purchase", Moves.FORWARD),
    Rule("order_completed", "purchase", Moves.FORWARD),
    Rule("project_created", "onboarding", Moves.NEXT),
    Rule("seat_invited", "onboarding", Moves.NEXT),
    Rule("plan_upgraded", "advocacy", Moves.FORWARD),
    Rule("referral_made", "advocacy", Moves.FORWARD),
    Rule("subscription_cancelled", "lost", Moves.ANY),
)
"""`order_completed` moves forward only: a renewal is no new conversion. Whoever was lost enters anew."""

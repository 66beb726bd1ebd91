"""How customers go through the stages of a journey: how long they stay, where they go, and who arrives.

Columns in, results out; see docs/journeys.md for the table of stage spells that all of it is taken from. Durations are
in any unit, all of one. Whoever is still in a stage when the watching ends is censored: it counts as long as it was
watched, and says nothing about afterwards.
"""

from api.intelligence.journeys.absorbing import Absorption, absorption
from api.intelligence.journeys.bottlenecks import Bottleneck, Bottlenecks, TooFew, bottlenecks
from api.intelligence.journeys.curves import CENSORED, Curve, Estimate, aalen_johansen, kaplan_meier
from api.intelligence.journeys.spells import StageSpells, stage_spells
from api.intelligence.journeys.waiting import NextStage

__all__ = [
    "CENSORED",
    "Absorption",
    "Bottleneck",
    "Bottlenecks",
    "Curve",
    "Estimate",
    "NextStage",
    "StageSpells",
    "TooFew",
    "aalen_johansen",
    "absorption",
    "bottlenecks",
    "kaplan_meier",
    "stage_spells",
]

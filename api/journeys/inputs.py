"""A journey as it is given by a client: to be set, or to be tried."""

import strawberry

from api.journeys.contracts import Moves, Rule, Stage
from api.journeys.types import JourneyMoves


@strawberry.input(description="A stage; stages are in the order in which they are given, exits last.")
class JourneyStageInput:
    key: str
    name: str
    is_exit: bool = False


@strawberry.input(description="An event of this name, with this property if one is named, moves its customer.")
class JourneyRuleInput:
    event_name: str
    stage: str
    moves: JourneyMoves = JourneyMoves.FORWARD
    property: str | None = None
    equals: str | None = None


@strawberry.input(description="The whole journey: it takes the place of the present one.")
class JourneyStagesUpdateInput:
    stages: list[JourneyStageInput]
    rules: list[JourneyRuleInput]


def definition_of(given: JourneyStagesUpdateInput) -> tuple[list[Stage], list[Rule]]:
    stages = [Stage(one.key, one.name, place, one.is_exit) for place, one in enumerate(given.stages)]
    rules = [Rule(one.event_name, one.stage, Moves(one.moves.value), one.property, one.equals) for one in given.rules]
    return stages, rules

"""Stages, rules and spells of customer journeys."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Moves(StrEnum):
    """From where a rule moves a customer: any other stage, a lower one, or only the stage just before. Who is nowhere
    yet, or left by an exit, stands below the first stage."""

    ANY = "any"
    FORWARD = "forward"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class Stage:
    key: str
    name: str
    position: int
    is_exit: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """`property` and `equals` narrow the event down; both are None for every event of the name."""

    event_name: str
    stage: str
    moves: Moves
    property: str | None = None
    equals: str | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that some rule may look at; `properties` holds only those that rules name."""

    at: datetime
    name: str
    properties: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Spell:
    """A stay in a stage; `left_at` and `next_stage` are None for whoever is still there."""

    stage: str
    entered_at: datetime
    left_at: datetime | None = None
    next_stage: str | None = None

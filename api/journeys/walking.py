"""The way of one customer through the stages: a pure function of the events, in whatever order they came in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from api.journeys.contracts import Happening, Moves, Rule, Spell, Stage

Target = tuple[int, str, Moves]
"""(position, stage, from where)"""


@dataclass(frozen=True, slots=True)
class Journey:
    """A tenant's stages and rules, ready to walk."""

    stages: Mapping[str, Stage]
    rules: Mapping[str, Sequence[Rule]]

    @classmethod
    def of(cls, stages: Iterable[Stage], rules: Iterable[Rule]) -> Self:
        by_name: dict[str, list[Rule]] = {}
        for rule in rules:
            by_name.setdefault(rule.event_name, []).append(rule)
        return cls({stage.key: stage for stage in stages}, by_name)

    @property
    def properties(self) -> tuple[str, ...]:
        """The names of all properties that rules look at."""
        return tuple(sorted({rule.property for rules in self.rules.values() for rule in rules if rule.property}))

    def walk(self, before: Spell | None, happenings: Iterable[Happening]) -> list[Spell]:
        """The spell that was open before the first of the happenings, now with its end, and those after it."""
        spells = [] if before is None else [replace(before, left_at=None, next_stage=None)]
        moved = sorted(
            ((happening.at, targets) for happening in happenings if (targets := self._targets(happening))),
        )
        for at, targets in moved:
            stage = self._next_stage(spells[-1].stage if spells else None, targets)
            if stage is not None:
                _enter(spells, Spell(stage, at))
        return spells

    def _targets(self, happening: Happening) -> tuple[Target, ...]:
        """Sorted, so that events of one moment are walked in an order of their own, not in that of their arrival."""
        given = dict(happening.properties)
        return tuple(
            sorted(
                (self.stages[rule.stage].position, rule.stage, rule.moves)
                for rule in self.rules.get(happening.name, ())
                if rule.property is None or given.get(rule.property) == rule.equals
            )
        )

    def _next_stage(self, current: str | None, targets: Sequence[Target]) -> str | None:
        """The farthest stage that is not the present one and that a rule leads to from here."""
        here = -1 if current is None or self.stages[current].is_exit else self.stages[current].position
        for position, stage, moves in reversed(targets):
            allowed = {Moves.ANY: True, Moves.FORWARD: position > here, Moves.NEXT: position == here + 1}
            if allowed[moves] and stage != current:
                return stage
        return None


def _enter(spells: list[Spell], spell: Spell) -> None:
    """A stage that is entered, left and entered again in one moment is entered once."""
    for index in range(len(spells) - 1, -1, -1):
        if spells[index].entered_at != spell.entered_at:
            break
        if spells[index].stage == spell.stage:
            spells[index:] = [spell]
            return
    if spells:
        spells[-1] = replace(spells[-1], left_at=spell.entered_at, next_stage=spell.stage)
    spells.append(spell)

"""How a cohort of spells went through the stages. Pure: from counted spells to stages and links that conserve flow."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from api.journeys.contracts import Stage


class LinkKind(StrEnum):
    """BEGAN has no source, STILL_HERE no target. A way begins where nothing of the range led to: with a customer's
    first spell, after an exit, or in a stage that was entered before the range."""

    BEGAN = "BEGAN"
    FORWARD = "FORWARD"
    BACK = "BACK"
    LOST = "LOST"
    STILL_HERE = "STILL_HERE"


@dataclass(frozen=True, slots=True)
class SpellCount:
    """`count` spells of a stage that lasted, or have lasted so far, `days`; `next_stage` is None for the latter."""

    stage: str
    next_stage: str | None
    days: float
    count: int


@dataclass(frozen=True, slots=True)
class Link:
    source: str | None
    target: str | None
    kind: LinkKind
    count: int


@dataclass(frozen=True, slots=True)
class StageFlow:
    """Of the spells that began in the range: `entered` = `converted` (went on to a later stage) + `back` + `lost` +
    `here`; and `entered` = `began` + those that came from another stage."""

    stage: Stage
    entered: int
    began: int
    converted: int
    back: int
    lost: int
    here: int


@dataclass(frozen=True, slots=True)
class Flow:
    stages: tuple[StageFlow, ...]
    links: tuple[Link, ...]


def flow_of(stages: Sequence[Stage], counted: Sequence[SpellCount]) -> Flow:
    """Exits are no stages of the way: a way that leads into one ends there, and one that leads out of it begins."""
    way = sorted((stage for stage in stages if not stage.is_exit), key=lambda stage: stage.position)
    moves: Counter[tuple[str, str | None]] = Counter()
    on_the_way = {stage.key for stage in way}
    for cell in counted:
        if cell.stage in on_the_way:
            moves[cell.stage, cell.next_stage] += cell.count
    flows = tuple(_stage_flow(stage, stages, moves) for stage in way)
    began = [Link(None, flow.stage.key, LinkKind.BEGAN, flow.began) for flow in flows if flow.began]
    position = {stage.key: stage for stage in stages}
    led = [
        Link(source, target, _kind(position[source], None if target is None else position[target]), count)
        for (source, target), count in moves.items()
    ]
    led.sort(key=lambda link: _order(position, link))
    return conserving(Flow(flows, (*began, *led)))


def conserving(flow: Flow) -> Flow:
    """Raises when a stage does not give out what it took in: such a picture must not be shown."""
    for one in flow.stages:
        key = one.stage.key
        taken = sum(link.count for link in flow.links if link.target == key)
        given = sum(link.count for link in flow.links if link.source == key)
        if not taken == given == one.entered == one.converted + one.back + one.lost + one.here or one.began < 0:
            raise AssertionError(f"the stage {key} takes in {taken}, gives out {given}, and was entered {one.entered}")
    return flow


def _stage_flow(stage: Stage, stages: Sequence[Stage], moves: Counter[tuple[str, str | None]]) -> StageFlow:
    out = {target: count for (source, target), count in moves.items() if source == stage.key}
    position = {one.key: one for one in stages}
    kinds: Counter[LinkKind] = Counter()
    for target, count in out.items():
        kinds[_kind(stage, None if target is None else position[target])] += count
    entered = sum(out.values())
    came = sum(count for (_, target), count in moves.items() if target == stage.key)
    return StageFlow(
        stage,
        entered=entered,
        began=entered - came,
        converted=kinds[LinkKind.FORWARD],
        back=kinds[LinkKind.BACK],
        lost=kinds[LinkKind.LOST],
        here=kinds[LinkKind.STILL_HERE],
    )


def _kind(source: Stage, target: Stage | None) -> LinkKind:
    if target is None:
        return LinkKind.STILL_HERE
    if target.is_exit:
        return LinkKind.LOST
    return LinkKind.FORWARD if target.position > source.position else LinkKind.BACK


def _order(position: dict[str, Stage], link: Link) -> tuple[int, int]:
    assert link.source is not None
    target = len(position) + 1 if link.target is None else position[link.target].position
    return position[link.source].position, target

"""Where conversions are lost: what each stage would bring if people went on from it as they used to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api.intelligence.arrays import Floats, as_yes_or_no, same_length
from api.intelligence.journeys.absorbing import CONVERTED, Chain, Steps, named_exits
from api.intelligence.journeys.spells import Cells, stage_names

LEAST: Final = 30
LEVEL: Final = 0.95
FALSE_DISCOVERY: Final = 0.10
RESAMPLES: Final = 999


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """`loss`: final conversions that are missing among the `n` current spells, against what would be if the stage had
    its reference's shares; negative when it does better. `conversion` and `reference` are the shares of those entering
    the stage who come to the target, now and then. `flagged`: the lower bound is above 0, and the stage is among the
    discoveries that hold at the false discovery rate."""

    group: str
    stage: str
    n: int
    reference_n: int
    conversion: float
    reference: float
    loss: float
    low: float
    high: float
    p_value: float
    flagged: bool


@dataclass(frozen=True, slots=True)
class TooFew:
    """Nothing can be said of a stage with fewer than `need` spells, now or in the reference."""

    group: str
    stage: str
    need: int
    have: int


@dataclass(frozen=True, slots=True)
class Bottlenecks:
    """The largest lower bound first."""

    stages: tuple[Bottleneck, ...]
    too_few: tuple[TooFew, ...]


def bottlenecks(
    stage: Any,
    duration: Any,
    next_stage: Any,
    current: Any,
    *,
    target: str,
    exits: Sequence[str] = (),
    group: Any = None,
    counts: Any = None,
    least: int = LEAST,
    level: float = LEVEL,
    false_discovery: float = FALSE_DISCOVERY,
    resamples: int = RESAMPLES,
    random_state: int = 0,
) -> Bottlenecks:
    """From stage spells as in `absorption`; `current` says of each whether it belongs to the time that is judged or to
    the reference, the tenant's own past. `group` splits customers, such as by segment; all groups and stages share one
    control of false discoveries (Benjamini, Hochberg 1995). Both times are compared up to the last moment at which
    `least` spells of either were still watched, so that a reference that was watched for longer has no advantage.
    """
    exits = named_exits(exits)
    cells = Cells.of(stage, duration, next_stage, counts, (target, *exits))
    now = as_yes_or_no("current", current)
    groups = np.full(len(now), "") if group is None else stage_names("group", group)
    same_length({"stage": cells.stage, "current": now, "group": groups})
    generator = np.random.default_rng(random_state)
    found: list[Bottleneck] = []
    too_few: list[TooFew] = []
    for name in sorted(set(groups.tolist())):
        mine = groups == name
        judged = _Group(name, cells.rows(mine & now), cells.rows(mine & ~now), target, exits, least)
        too_few += judged.too_few()
        found += judged.judge(level, resamples, generator)
    accepted = benjamini_hochberg(np.array([one.p_value for one in found]), false_discovery)
    flagged = [_flagged(one, holds=bool(holds)) for one, holds in zip(found, accepted, strict=True)]
    return Bottlenecks(tuple(sorted(flagged, key=lambda one: (-one.low, one.group, one.stage))), tuple(too_few))


def benjamini_hochberg(p_values: Floats, rate: float) -> NDArray[np.bool_]:
    """Which of the hypotheses are discoveries."""
    order = np.argsort(p_values, kind="stable")
    holds = np.flatnonzero(p_values[order] <= rate * np.arange(1, len(order) + 1) / max(len(order), 1))
    found = np.zeros(len(order), dtype=bool)
    if len(holds):
        found[order[: holds[-1] + 1]] = True
    return found


class _Group:
    def __init__(
        self, name: str, current: Cells, reference: Cells, target: str, exits: Sequence[str], least: int
    ) -> None:
        self.name = name
        self.current, self.reference, self.least = current, reference, least
        self.chain = Chain.of(current, target, exits)
        self.limits = [self._limit(stage) for stage in self.chain.transient]

    def too_few(self) -> list[TooFew]:
        return [
            TooFew(self.name, self.current.names[stage], self.least, self._size(stage))
            for stage, limit in zip(self.chain.transient, self.limits, strict=True)
            if limit is None
        ]

    def judge(self, level: float, resamples: int, generator: np.random.Generator) -> list[Bottleneck]:
        """With each stage's row in turn replaced by the reference's, all others as they are."""
        transient = self.chain.transient
        if not transient:
            return []
        own = [Steps.of(self.current, *one) for one in zip(transient, self.limits, strict=True)]
        shares = np.stack([one.shares() for one in own])
        drawn = np.stack([one.resampled(resamples, generator) for one in own], axis=1)
        converted, spread = self.chain.ends(shares)[:, CONVERTED], self.chain.ends(drawn)[..., CONVERTED]
        entries = self._entries()
        found = []
        for row, (stage, limit) in enumerate(zip(transient, self.limits, strict=True)):
            if limit is None:
                continue
            past = Steps.of(self.reference, stage, limit)
            then, then_drawn = shares.copy(), drawn.copy()
            then[row], then_drawn[:, row] = past.shares(), past.resampled(resamples, generator)
            instead = self.chain.ends(then)[:, CONVERTED]
            losses = (self.chain.ends(then_drawn)[..., CONVERTED] - spread) @ entries
            low, high = np.quantile(losses, [(1 - level) / 2, (1 + level) / 2])
            found.append(
                Bottleneck(
                    group=self.name,
                    stage=self.current.names[stage],
                    n=own[row].n,
                    reference_n=past.n,
                    conversion=float(converted[row]),
                    reference=float(instead[row]),
                    loss=float((instead - converted) @ entries),
                    low=float(low),
                    high=float(high),
                    p_value=float((1 + (losses <= 0).sum()) / (1 + resamples)),
                    flagged=False,
                )
            )
        return found

    def _size(self, stage: int) -> int:
        return min(int(cells.count[cells.stage == stage].sum()) for cells in (self.current, self.reference))

    def _limit(self, stage: int) -> float | None:
        limits = []
        for cells in (self.current, self.reference):
            position = Steps.of(cells, stage, None).last_time_with(self.least)
            if position is None:
                return None
            limits.append(float(np.unique(cells.duration[cells.stage == stage])[position]))
        return min(limits)

    def _entries(self) -> Floats:
        """How many began at each stage: its spells that no other of the current ones led to."""
        cells = self.current
        begun = np.bincount(cells.stage, cells.count, len(cells.names))
        going = cells.next_stage >= 0
        led = np.bincount(cells.next_stage[going], cells.count[going], len(cells.names))
        return np.asarray(np.maximum(begun - led, 0.0)[list(self.chain.transient)], dtype=np.float64)


def _flagged(one: Bottleneck, *, holds: bool) -> Bottleneck:
    return replace(one, flagged=holds and one.low > 0)

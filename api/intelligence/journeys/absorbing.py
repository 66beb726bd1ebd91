"""From each stage to the end: an absorbing chain whose steps are Aalen and Johansen's shares."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from api.intelligence.arrays import Floats, InvalidColumnError
from api.intelligence.journeys.spells import Cells

RESAMPLES: Final = 500
TAIL: Final = 0.025
CONVERTED, LOST, STAYING = range(3)
LEAK: Final = 1e-12
"""Of a circle that nobody was seen to leave: who is in it stays."""


@dataclass(frozen=True, slots=True)
class Absorption:
    """From one stage, of those who enter it: the share that ends in the target, in an exit, and that stays on the way
    for as long as anybody was watched. The three add up to 1. `low` and `high` bound `converted` (95 %)."""

    stage: str
    n: int
    converted: float
    lost: float
    staying: float
    low: float
    high: float


def absorption(
    stage: Any,
    duration: Any,
    next_stage: Any,
    *,
    target: str,
    exits: Sequence[str] = (),
    counts: Any = None,
    at: float | None = None,
    resamples: int = RESAMPLES,
    random_state: int = 0,
) -> Mapping[str, Absorption]:
    """End-to-end conversion from each stage, from stage spells: one row a spell, with its stage, how long it was
    watched, and the stage it led to ("" or None while it lasts). `target` and `exits` end a way, and spells in them
    count for nothing. Each step's shares are taken at the time `at`, or at the last that was seen. With `counts` a row
    stands for so many spells. Intervals by the bootstrap over spells.
    """
    exits = named_exits(exits)
    cells = Cells.of(stage, duration, next_stage, counts, (target, *exits))
    chain = Chain.of(cells, target, exits)
    steps = [Steps.of(cells, position, at) for position in chain.transient]
    generator = np.random.default_rng(random_state)
    ends = chain.ends(np.stack([one.shares() for one in steps])) if steps else np.empty((0, 3))
    drawn = [one.resampled(resamples, generator) for one in steps]
    spread = chain.ends(np.stack(drawn, axis=1))[..., CONVERTED] if steps and resamples else ends[None, :, CONVERTED]
    low, high = np.quantile(spread, [TAIL, 1 - TAIL], axis=0)
    return {
        cells.names[position]: Absorption(
            stage=cells.names[position],
            n=one.n,
            converted=float(ends[row, CONVERTED]),
            lost=float(ends[row, LOST]),
            staying=float(ends[row, STAYING]),
            low=float(low[row]),
            high=float(high[row]),
        )
        for row, (position, one) in enumerate(zip(chain.transient, steps, strict=True))
    }


def named_exits(exits: Sequence[str]) -> Sequence[str]:
    """One name alone is one exit, and not its letters."""
    return (exits,) if isinstance(exits, str) else exits


@dataclass(frozen=True, slots=True)
class Chain:
    """Which stages lead on, and which end a way."""

    transient: tuple[int, ...]
    target: int
    exits: tuple[int, ...]

    @classmethod
    def of(cls, cells: Cells, target: str, exits: Sequence[str]) -> "Chain":
        if target in exits:
            raise InvalidColumnError("target", "must not be an exit")
        ends = {target, *exits}
        seen = {cells.names[code] for code in np.unique(cells.stage).tolist()}
        place = {name: position for position, name in enumerate(cells.names)}
        transient = tuple(place[name] for name in cells.names if name in seen - ends)
        return cls(transient, place[target], tuple(place[name] for name in exits))

    def ends(self, shares: Floats) -> Floats:
        """(…, transient, 3) from the shares (…, transient, stages + 1) of each step, those who stay last. A stage that
        nobody was watched in keeps whoever comes to it."""
        inner = shares[..., list(self.transient)] * (1 - LEAK)
        absorbed = np.empty((*inner.shape[:-1], 3))
        absorbed[..., CONVERTED] = shares[..., self.target]
        absorbed[..., LOST] = shares[..., list(self.exits)].sum(axis=-1)
        absorbed[..., STAYING] = 1 - inner.sum(axis=-1) - absorbed[..., CONVERTED] - absorbed[..., LOST]
        return np.asarray(np.linalg.solve(np.eye(inner.shape[-1]) - inner, absorbed), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Steps:
    """The spells of one stage, counted by where they led and when: (stages + 1, times), those still there last."""

    n: int
    table: NDArray[np.float64]

    @classmethod
    def of(cls, cells: Cells, stage: int, at: float | None) -> "Steps":
        mine = cells.rows(cells.stage == stage)
        limit = np.inf if at is None else at
        duration = np.minimum(mine.duration, limit)
        following = np.where(mine.duration > limit, -1, mine.next_stage)
        times, place = np.unique(duration, return_inverse=True)
        table = np.zeros((len(cells.names) + 1, len(times)))
        np.add.at(table, (following, place), mine.count)
        return cls(round(float(mine.count.sum())), table)

    def shares(self) -> Floats:
        return _shares(self.table)

    def resampled(self, resamples: int, generator: np.random.Generator) -> Floats:
        """(resamples, stages + 1)"""
        full = self.table.ravel()
        seen = np.flatnonzero(full)
        tables = np.zeros((resamples, full.size))
        tables[:, seen] = generator.multinomial(self.n, full[seen] / full.sum(), size=resamples)
        return _shares(tables.reshape(resamples, *self.table.shape))

    def last_time_with(self, least: int) -> int | None:
        """The position of the last time before which so many were still watched."""
        at_risk = np.cumsum(self.table.sum(axis=0)[::-1])[::-1]
        enough = np.flatnonzero(at_risk >= least)
        return int(enough[-1]) if len(enough) else None


def _shares(tables: Floats) -> Floats:
    """(…, stages + 1) from tables (…, stages + 1, times): Aalen and Johansen's estimate after the last time."""
    everybody = tables.sum(axis=-2)
    at_risk = np.cumsum(everybody[..., ::-1], axis=-1)[..., ::-1]
    leaving = tables[..., :-1, :]
    gone = leaving.sum(axis=-2)
    with np.errstate(divide="ignore", invalid="ignore"):
        staying = np.cumprod(np.where(at_risk > 0, 1 - gone / at_risk, 1.0), axis=-1)
        before = np.concatenate((np.ones_like(staying[..., :1]), staying[..., :-1]), axis=-1)
        weight = np.where(at_risk > 0, before / at_risk, 0.0)
    shares = (leaving * weight[..., None, :]).sum(axis=-1)
    return np.concatenate((shares, 1 - shares.sum(axis=-1, keepdims=True)), axis=-1)

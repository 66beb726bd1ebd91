"""Where customers go next: one model for each stage, from all its spells so far, for all customers of an operation."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from api.intelligence.insufficient import InsufficientDataError
from api.intelligence.journeys import Estimate, NextStage
from api.journeys.estimates import NEED
from api.journeys.flow import SpellCount
from api.journeys.flow_repository import SECONDS_A_DAY, Span, Visit, list_spell_counts
from api.metrics.buckets import EARLIEST
from models.database import Snapshot

HORIZONS: Final = (7, 30, 90)


@dataclass(frozen=True, slots=True)
class StageModel:
    """`model` is None with fewer than NEED spells."""

    n: int
    model: NextStage | None


@dataclass(frozen=True, slots=True)
class Chance:
    """`n`: how many were watched that had waited as long."""

    stage: str
    horizon_days: int
    n: int
    estimate: Estimate


async def load_models(snapshot: Snapshot, stages: Sequence[str], now: datetime) -> list[StageModel]:
    cells = await list_spell_counts(snapshot, Span(EARLIEST, now), stages)
    return await asyncio.to_thread(
        lambda: [_fitted([cell for cell in cells if cell.stage == stage]) for stage in stages]
    )


def _fitted(cells: Sequence[SpellCount]) -> StageModel:
    n = sum(cell.count for cell in cells)
    if n < NEED:
        return StageModel(n, None)
    model = NextStage(NEED)
    try:
        model.fit(
            [cell.days for cell in cells],
            [cell.next_stage for cell in cells],
            counts=[cell.count for cell in cells],
        )
    except InsufficientDataError as error:
        return StageModel(error.have, None)
    return StageModel(n, model)


def chances(found: StageModel, spell: Visit, now: datetime) -> list[Chance]:
    """By horizon, the likeliest next stage first."""
    if found.model is None:
        return []
    waited = max((now - spell.entered_at).total_seconds(), 0.0) / SECONDS_A_DAY
    n = found.model.n_at_risk(waited)
    return [
        Chance(stage, horizon, n, estimate)
        for horizon in HORIZONS
        for stage, estimate in sorted(
            found.model.probabilities(waited, float(horizon)).items(), key=lambda item: (-item[1].value, item[0])
        )
    ]

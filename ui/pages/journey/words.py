"""The sentences of the Journey page, from the same rows as its charts."""

from collections.abc import Mapping

from ui import formats
from ui.figures.journey import percent
from ui.pages.journey.data import Bottlenecks, Curve, Journey, Share, Shortage


def share(given: Share) -> str:
    if given.value is None or given.low is None or given.high is None:
        return formats.ABSENT
    return f"{percent(given.value)} ({interval(given.low, given.high)})"


def interval(low: float, high: float) -> str:
    return f"{formats.half_up(low * 100)}–{formats.half_up(high * 100)}%"


def needs(given: Shortage, what: str = "entries") -> str:
    return f"{given.have} of {given.need} {what}"


def days(value: float) -> str:
    """A median stay in the unit that suits it."""
    hours = formats.half_up(value * 24)
    if hours < 48:  # noqa: PLR2004
        return f"{hours} h"
    return f"{formats.tenth(value)} d"


def stay(curve: Curve) -> str:
    if curve.shortage is not None:
        return formats.ABSENT
    return days(curve.median_days) if curve.median_days is not None else "more than half stay"


def funnel(journey: Journey) -> str:
    if not journey.entered:
        return ""
    most = max(journey.entered, key=lambda one: one.entered)
    customers = _count(journey.customers, "customer")
    return f"{customers} entered a stage in this range; most entries are into {most.stage.name} ({most.entered:,})."


def flow(journey: Journey) -> tuple[int, int]:
    """What is on the left of the flow and on the right: the same number."""
    began = sum(one.began for one in journey.stages)
    back = sum(one.back for one in journey.stages)
    ended = sum(one.here + one.lost for one in journey.stages)
    return began + back, ended + back


def losses(found: Bottlenecks) -> str:
    flagged = [one for one in found.stages if one.flagged]
    if not found.stages:
        return "No stage has enough entries to be judged."
    if not flagged:
        return "No stage loses more conversions than before, as far as can be told."
    worst = flagged[0]
    return (
        f"{worst.stage.name} is a likely bottleneck: about {formats.integer(worst.loss)} conversions fewer than at its "
        f"former rate (95% interval {formats.integer(worst.low)} to {formats.integer(worst.high)})."
    )


def conversion(journey: Journey) -> str:
    found = journey.conversion
    if found.origin is None:
        return f"Nobody entered a stage before {found.target.name}."
    if found.curve.shortage is not None or not found.curve.points:
        return f"From {found.origin.name} to {found.target.name}."
    last = found.curve.points[-1]
    return (
        f"{percent(last.share)} ({interval(last.low, last.high)}) of those who entered {found.origin.name} came to "
        f"{found.target.name} within {days(last.day)}."
    )


def flow_sentence(journey: Journey, names: Mapping[str, str]) -> str:
    """The way that is gone most often, of those from one stage to another."""
    moves = [link for link in journey.links if link.source is not None and link.target is not None]
    if not moves:
        return "Nobody went from one stage to another."
    most = max(moves, key=lambda link: link.count)
    whole = sum(link.count for link in moves)
    source, target = names[most.source or ""], names[most.target or ""]
    return f"The way gone most often is from {source} to {target}: {most.count:,} of {_count(whole, 'move')}."


def least_stage(journey: Journey) -> str:
    """The least share that goes on, of the stages where one is known."""
    known = [(one.conversion.value, one) for one in journey.entered if one.conversion.value is not None]
    if not known:
        return "No stage has enough entries for a share."
    least, one = min(known, key=lambda pair: pair[0])
    return f"Fewest go on from {one.stage.name}: {percent(least)} of {one.conversion.n:,}."


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"

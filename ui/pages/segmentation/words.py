"""How the page says things."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ui import formats
from ui.formats import MINOR_UNITS
from ui.pages.segmentation.data import Attempt, Movement, Rfm, Segment, Share, Shortage, Stability, Version

FEATURE_NAMES = {
    "recency": "Days since last order",
    "frequency": "Orders",
    "monetary": "Spent",
    "average_value": "Mean order",
    "tenure": "Days since first order",
    "refund_share": "Share refunded",
    "events_30d": "Events, 30 days",
    "sessions_30d": "Sessions, 30 days",
    "conversations_90d": "Conversations, 90 days",
}
MONEY = ("monetary", "average_value")
SHARES = ("refund_share",)


def segment_name(name: str) -> str:
    """`cannot_lose_them` as people write it; "low monetary" by what the feature is called."""
    for slug, words in FEATURE_NAMES.items():
        name = name.replace(slug, words[:1].lower() + words[1:])
    return formats.humanise(name)


def feature(slug: str) -> str:
    return FEATURE_NAMES.get(slug, formats.humanise(slug))


def amount(slug: str, value: float, currency: str) -> str:
    if slug in MONEY:
        return formats.money(value, currency)
    return formats.percent(value) if slug in SHARES else formats.tenth(value)


def effect(value: float) -> str:
    return f"{'+' if value >= 0 else formats.MINUS}{abs(value):.1f} sd"


def shortage(short: Shortage) -> str:
    return f"{short.need:,} {short.what} are needed; there are {short.have:,}."


def attempt(latest: Attempt | None) -> str | None:
    """What became of the newest version, unless it is the one shown."""
    if latest is None or latest.state == "READY":
        return None
    if latest.state == "QUEUED":
        return f"Version {latest.number} is being worked out."
    if latest.insufficient is not None:
        return f"Version {latest.number} came to nothing: {shortage(latest.insufficient)}"
    return f"Version {latest.number} came to nothing: {latest.reason}."


def meta(version: Version | None, segments: Sequence[Segment], zone: str) -> str:
    if version is None:
        return "No version yet" if not segments else ""
    as_of = next((segment.as_of for segment in segments if segment.as_of is not None), version.cutoff)
    return (
        f"Version {version.number} · fitted to {version.n:,} customers up to {formats.date(version.cutoff, zone)} · "
        f"members as of {formats.date_time(as_of, zone)} · {zone}"
    )


def trust(stability: Stability | None, stable: bool) -> str:
    if stability is None:
        return ""
    if stable:
        return f"Yes: drawn anew, the customers fall into the same {stability.clusters} groups."
    return "Take them as a sketch: drawn anew, the customers fall into other groups."


def sizes(segments: Sequence[Segment]) -> str:
    """The largest, and the one that has spent most."""
    people = sum(one.customers for one in segments)
    if not people:
        return "No segment has a customer."
    largest = max(segments, key=lambda one: one.customers)
    said = f"{segment_name(largest.name)} is the largest, {formats.percent(largest.customers / people)} of customers"
    spent = sum(one.spent.amount for one in segments)
    richest = max(segments, key=lambda one: one.spent.amount)
    if spent <= 0:
        return f"{said}."
    who = "it" if richest is largest else segment_name(richest.name)
    return f"{said}; {who} has spent {formats.percent(richest.spent.amount / spent)} of all."


def grid(rfm: Rfm) -> str:
    most = max(rfm.grid, key=lambda one: one.customers, default=None)
    if most is None or not most.customers:
        return "No customer has an order."
    people = sum(one.customers for one in rfm.grid)
    share_of = formats.percent(most.customers / people)
    return f"Most are in R {most.recency}, F {most.frequency}: {most.customers:,} customers, {share_of}."


def apart(segments: Sequence[Segment]) -> str:
    """The trait that tells one cluster apart most."""
    found = [(one, trait) for one in segments for trait in one.traits]
    if not found:
        return "Nothing tells the clusters apart."
    most, trait = max(found, key=lambda pair: abs(pair[1].effect))
    side = "above" if trait.effect > 0 else "below"
    name = feature(trait.feature)
    name = name[:1].lower() + name[1:]
    return f"{segment_name(most.name)} stands out most: {name} {abs(trait.effect):.1f} sd {side} the others."


def plain(slug: str, value: float) -> float:
    """The number for a file: money in whole units."""
    return value / MINOR_UNITS if slug in MONEY else value


def steadiest(movement: Movement) -> str:
    """Of the rows that are shown, where most stay and where fewest do."""
    rows = [(row.maintain.share, row) for row in movement.rows if row.shown and row.maintain is not None]
    if not rows:
        return "No segment has 30 customers, so no share is shown."
    (least, mover), (most, stayer) = min(rows, key=lambda pair: pair[0]), max(rows, key=lambda pair: pair[0])
    said = f"{segment_name(stayer.name)} keeps most of its customers, {formats.percent(most)}"
    return (
        f"{said}." if mover is stayer else f"{said}; {segment_name(mover.name)} the fewest, {formats.percent(least)}."
    )


def share(found: Share | None) -> str:
    """In whole per cent: the interval says how sure it is."""
    return "–" if found is None else f"{formats.half_up(100 * found.share)}%"


def interval(found: Share | None) -> str:
    if found is None:
        return "fewer than 30 customers"
    return f"{formats.percent(found.low)} to {formats.percent(found.high)} (90%)"


def moved(movement: Movement) -> str:
    """One sentence on all of them."""
    total = sum(row.customers for row in movement.rows)
    if not total:
        return "No customer had a segment at both dates."
    places = {row.segment_id: index for index, row in enumerate(movement.rows)}
    up = down = 0
    for place, row in enumerate(movement.rows):
        for cell in row.cells:
            up += cell.customers if places[cell.segment_id] < place else 0
            down += cell.customers if places[cell.segment_id] > place else 0
    stayed = total - up - down
    return (
        f"Of {total:,} customers {formats.percent(up / total)} went up, {formats.percent(stayed / total)} stayed and "
        f"{formats.percent(down / total)} went down in {movement.days} days."
    )


def backtest(movement: Movement) -> str:
    found = movement.backtest
    if found is None:
        return ""
    if found.insufficient is not None:
        short = found.insufficient
        return f"No backtest: {short.need} {short.what} are needed, there are {short.have}."
    if found.brier is None or found.brier_of_staying is None or found.customers is None or found.dates is None:
        return ""
    times = "once" if found.dates == 1 else f"at {found.dates} dates"
    return (
        f"Foretold from earlier movement {times} ({found.customers:,} customers): Brier {found.brier:.3f}, against "
        f"{found.brier_of_staying:.3f} for saying that all stay. 0 is perfect, 2 the worst."
    )


def actual(value: Any, unit: str, currency: str, zone: str) -> str:
    if value is None:
        return "nothing"
    if unit == "MOMENT":
        return formats.date_time(datetime.fromisoformat(str(value)), zone)
    if unit == "DAYS":
        return f"{formats.tenth(float(value))} days"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if unit == "MONEY":
        return formats.money(float(value), currency)
    if isinstance(value, int | float):
        return formats.integer(value) if float(value).is_integer() else f"{value:,.2f}"
    return str(value)

"""Ten minutes of one measure as an inline SVG image, with its limit. No answer is a red band and a gap, never zero."""

from collections.abc import Collection, Iterator, Sequence
from urllib.parse import quote

from ui.theme import Theme

WIDTH, HEIGHT, PAD, MARK = 480, 40, 3, 4


def health_line(values: Sequence[float | None], unanswered: Collection[int], limit: float, theme: Theme) -> str:
    """Gives a `data:` address; from zero to the limit, or to the highest value when that is over it."""
    top = max([limit, *(value for value in values if value is not None)])
    step = WIDTH / max(len(values), 1)

    def x(index: int) -> float:
        return round((index + 0.5) * step, 1)

    def y(value: float) -> float:
        return round(PAD + (HEIGHT - 2 * PAD) * (1 - value / top), 1)

    parts = [_band(first, last, step, theme) for first, last in _runs(sorted(unanswered))]
    parts.append(
        f'<line x1="0" x2="{WIDTH}" y1="{y(limit)}" y2="{y(limit)}" stroke="{theme["c-axis"]}" stroke-width="1" '
        'stroke-dasharray="4 3" vector-effect="non-scaling-stroke"/>'
    )
    measured = [index for index, value in enumerate(values) if value is not None]
    for first, last in _runs(measured):
        points = [f"{x(index)},{y(values[index] or 0.0)}" for index in range(first, last + 1)]
        if first == last:  # a point by itself would be no line
            height = y(values[first] or 0.0)
            points = [f"{x(first) - step / 2:.1f},{height}", f"{x(first) + step / 2:.1f},{height}"]
        parts.append(
            f'<polyline points="{" ".join(points)}" fill="none" stroke="{theme["c-1"]}" stroke-width="1.5" '
            'stroke-linejoin="round" vector-effect="non-scaling-stroke"/>'
        )
    for index in measured:
        value = values[index]
        if value is not None and value > limit:
            parts.append(
                f'<rect x="{x(index) - MARK / 2:.1f}" y="{y(value) - MARK / 2:.1f}" width="{MARK}" height="{MARK}" '
                f'fill="{theme["c-bad"]}"/>'
            )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f"{''.join(parts)}</svg>"
    )
    return f"data:image/svg+xml,{quote(svg, safe='')}"


def _band(first: int, last: int, step: float, theme: Theme) -> str:
    return (
        f'<rect x="{first * step:.1f}" y="0" width="{(last - first + 1) * step:.1f}" height="{HEIGHT}" '
        f'fill="{theme["c-bad"]}" fill-opacity="0.16"/>'
    )


def _runs(indexes: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of each unbroken stretch."""
    start: int | None = None
    for position, index in enumerate(indexes):
        if start is None:
            start = index
        if position + 1 == len(indexes) or indexes[position + 1] != index + 1:
            yield start, index
            start = None

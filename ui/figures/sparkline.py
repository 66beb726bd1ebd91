"""A KPI's line as an inline SVG image: a kilobyte instead of one more Plotly graph."""

from collections.abc import Sequence
from urllib.parse import quote

from ui.formats import half_up
from ui.theme import Theme

WIDTH, HEIGHT, PAD = 200, 34, 2


def sparkline(values: Sequence[float], theme: Theme) -> str:
    """Gives a `data:` address; drawn from zero, so that a small wobble does not look like a cliff."""
    low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
    high = high if high > low else 1.0
    height, width = high - low, max(len(values) - 1, 1)
    points = [
        (_tenth(index * WIDTH / width), _tenth(PAD + (HEIGHT - 2 * PAD) * (high - value) / height))
        for index, value in enumerate(values)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    zero = _tenth(PAD + (HEIGHT - 2 * PAD) * high / height)
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f'<polygon points="0,{zero} {line} {WIDTH},{zero}" fill="{theme["c-1"]}" fill-opacity="0.1"/>'
        f'<polyline points="{line}" fill="none" stroke="{theme["c-1"]}" stroke-width="1.5" '
        'stroke-linejoin="round" vector-effect="non-scaling-stroke"/></svg>'
    )
    return f"data:image/svg+xml,{quote(svg, safe='')}"


def _tenth(value: float) -> str:
    tenths = half_up(value * 10)
    return f"{tenths // 10}.{tenths % 10}"

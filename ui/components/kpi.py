"""KPI cards. Each changing part has an id of its own, so that a live update replaces text and nothing else."""

from collections.abc import Sequence

from dash import html

from ui import formats
from ui.comparison import compare
from ui.components.attributes import aria
from ui.components.icon import icon
from ui.components.states import skeleton
from ui.figures.sparkline import sparkline
from ui.figures.trend import axis_bucket
from ui.records import MetricSeries
from ui.theme import Theme


def kpi_card(series: MetricSeries, theme: Theme) -> html.Section:
    slug, metric = series.metric.slug, series.metric
    delta = compare(series.total, series.previous_total, metric.good, series.money_in, metric.unit)
    daily = axis_bucket(series) in ("HOUR", "DAY")
    label = formats.day if daily else formats.clock
    last = series.buckets[-1].start if series.buckets else series.range_end
    return html.Section(
        [
            html.H2(
                [
                    metric.name,
                    html.Span(
                        icon("info-circle"), className="kpi-info", title=metric.description, **aria(hidden="true")
                    ),
                ],
                className="kpi-label",
            ),
            html.P(
                formats.quantity(series.total, series.money_in, metric.unit),
                id=f"kpi-{slug}-value",
                className="kpi-value",
            ),
            html.P(
                [
                    html.Span(
                        [
                            html.I(id=f"kpi-{slug}-icon", className=f"bi bi-{delta.icon}", **aria(hidden="true")),
                            html.Span(delta.change, id=f"kpi-{slug}-change"),
                        ],
                        id=f"kpi-{slug}-tone",
                        className=f"delta delta-{delta.tone}",
                    ),
                    html.Span(delta.origin, id=f"kpi-{slug}-origin", className="kpi-origin"),
                ],
                className="kpi-delta",
            ),
            *_interval(series),
            *_line(series, theme),
            html.P(
                [
                    html.Span(label(series.range_start, series.time_zone), id=f"kpi-{slug}-first"),
                    html.Span(label(last, series.time_zone), id=f"kpi-{slug}-last"),
                ],
                className="kpi-span",
            ),
            html.P(metric.description, className="visually-hidden"),
        ],
        className="card kpi",
        id=f"kpi-{slug}",
        **aria(label=metric.name),
    )


def _line(series: MetricSeries, theme: Theme) -> list[html.Img]:
    """A line over gaps would claim values nobody measured."""
    values = [bucket.value for bucket in series.buckets if bucket.value is not None]
    gaps = series.metric.aggregation in ("QUANTILE", "MEAN", "RATIO") and len(values) < len(series.buckets)
    if gaps:
        return []
    return [html.Img(id=f"kpi-{series.metric.slug}-line", src=sparkline(values, theme), className="kpi-line", alt="")]


def _interval(series: MetricSeries) -> list[html.P]:
    written = formats.beside(*support(series), series.metric.unit)
    return [html.P(written, id=f"kpi-{series.metric.slug}-interval", className="kpi-origin")] if written else []


def support(series: MetricSeries) -> tuple[int | None, float | None, float | None, float | None]:
    """How many observations, the interval's ends and p95: of metrics that are no mere counts."""
    figure = series.figure
    counted = series.metric.aggregation in ("ADDITIVE", "DISTINCT") and figure.low is None
    return (None if counted else figure.n), figure.low, figure.high, figure.p95


def kpi_absent(series: MetricSeries) -> html.Section:
    """A metric that has no value keeps its name and says why."""
    return html.Section(
        [
            html.H2(series.metric.name, className="kpi-label"),
            html.P("No data", className="kpi-value kpi-none"),
            html.P(series.figure.absent, className="kpi-missing-text"),
        ],
        className="card kpi kpi-missing",
        id=f"kpi-{series.metric.slug}",
    )


def kpi_plain(identity: str, label: str, value: str, note: str) -> html.Section:
    """A figure of the moment, with nothing to compare it with."""
    return html.Section(
        [
            html.H2(label, className="kpi-label"),
            html.P(value, id=f"kpi-{identity}-value", className="kpi-value"),
            html.P(note, id=f"kpi-{identity}-note", className="kpi-origin"),
        ],
        className="card kpi",
        id=f"kpi-{identity}",
        **aria(label=label),
    )


def kpi_loading(name: str) -> html.Section:
    return html.Section(
        [html.H2(name, className="kpi-label"), skeleton(name.lower(), "value", "line", "spark")], className="card kpi"
    )


def kpi_unknown(name: str) -> html.Section:
    return html.Section(
        [
            html.H2(name, className="kpi-label"),
            html.P("–", className="kpi-value kpi-none"),
            html.P([icon("exclamation-octagon"), "Could not be loaded"], className="kpi-delta delta-bad"),
        ],
        className="card kpi",
    )


def kpi_missing(missing: Sequence[MetricSeries]) -> html.Section:
    """One dashed card for all metrics nothing was ever received for: a zero would look like a measurement."""
    first, *rest = [series.metric.name for series in missing]
    others = [name[:1].lower() + name[1:] for name in rest]
    joined = f"{', '.join([first, *others[:-1]])} and {others[-1]}" if others else first
    return html.Section(
        [
            html.H2("Not available yet", className="kpi-label"),
            html.P(
                [f"{joined}: nothing to count. ", html.B("0 received"), " in the last 90 days."],
                className="kpi-missing-text",
            ),
            html.P("Send events of this kind through the API to fill this card.", className="kpi-missing-text"),
        ],
        className="card kpi kpi-missing",
    )

"""The cards of the Journey page: each a chart with its sentence, its table twin and its file."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.icon import icon
from ui.components.states import empty, state
from ui.figures import journey as figures
from ui.figures.trend import PlotlyFigure
from ui.pages.journey import words
from ui.pages.journey.data import Curve, PageAnswer, Shortage, StageFlow
from ui.pages.journey.query import STILL_HERE, JourneyQuery
from ui.theme import Theme

GRAPH_CONFIG: Any = {"displayModeBar": False, "responsive": True}
MOST_LINES = 4
Rows = Sequence[Sequence[str]]


def body(found: PageAnswer, query: JourneyQuery, look: Theme) -> list[Component]:
    journey = found.journey
    if not journey.entered:
        needs = "A journey needs events that move customers, such as trial_started or order_completed."
        received = "No stage was entered in this range. Choose a longer one."
        return [html.Section(empty("journeys", needs, received), className="card journey-empty")]
    return [
        html.Div([_funnel(found, query, look), _bottlenecks(found, query, look)], className="journey-pair"),
        _flow(found, query, look),
        html.Div([_stays(found, query, look), _conversion(found, query, look)], className="journey-pair"),
        _stages(found, query),
    ]


def _funnel(found: PageAnswer, query: JourneyQuery, look: Theme) -> Component:
    journey = found.journey
    bars = [
        figures.Bar(
            one.stage.name,
            f"{words.share(one.conversion)} go on" if one.conversion.value is not None else _too_few(one),
            formats.percent(one.customers / journey.customers),
            one.converted,
            one.back,
            one.lost,
            one.here,
        )
        for one in journey.entered
    ]
    rows = [["Stage", "Entered", "Customers", "Went on", "Still here", "Went back", "Lost"]]
    rows += [[one.stage.name, *_counts(one)] for one in journey.entered]
    return _chart(
        found,
        query,
        "funnel",
        "Funnel",
        figures.funnel_figure(bars, look),
        rows,
        subtitle=words.funnel(journey),
        footer="Entries in the range, as they stood at its end, and the share of its customers who had one. The "
        "share that goes on counts those still in a stage for as long as they were watched.",
    )


def _counts(one: StageFlow) -> list[str]:
    return [f"{value:,}" for value in (one.entered, one.customers, one.converted, one.here, one.back, one.lost)]


def _too_few(one: StageFlow) -> str:
    return words.needs(one.conversion.shortage) if one.conversion.shortage else ""


def _bottlenecks(found: PageAnswer, query: JourneyQuery, look: Theme) -> Component:
    losses = found.journey_bottlenecks
    dots = [figures.Dot(one.stage.name, one.loss, one.low, one.high, one.flagged) for one in losses.stages]
    rows = [["Stage", "Conversions lost", "95% interval", "Entries now", "Entries before", "Now", "Before", ""]]
    rows += [
        [
            one.stage.name,
            formats.tenth(one.loss),
            f"{formats.tenth(one.low)} to {formats.tenth(one.high)}",
            f"{one.n:,}",
            f"{one.reference_n:,}",
            figures.percent(one.conversion),
            figures.percent(one.reference_conversion),
            "likely bottleneck" if one.flagged else "",
        ]
        for one in losses.stages
    ]
    before = formats.span(losses.reference_start, losses.reference_end, found.journey.time_zone)
    unjudged = ", ".join(f"{one.stage.name} ({words.needs(one.shortage)})" for one in losses.unjudged)
    footer = f"Final conversions into {losses.target.name}, held against {before}. "
    footer += f"Not judged: {unjudged}." if unjudged else ""
    if not losses.stages:
        nobody = f"Nobody entered a stage before {losses.target.name}."
        reason = f"A stage needs 30 entries in this range and before it. {footer}" if unjudged else nobody
        return card("Bottlenecks", _shortage("Not enough history yet", reason), class_name="journey-card")
    return _chart(
        found,
        query,
        "bottlenecks",
        "Bottlenecks",
        figures.losses_figure(dots, look),
        rows,
        subtitle=words.losses(losses),
        footer=footer,
    )


def _flow(found: PageAnswer, query: JourneyQuery, look: Theme) -> Component:
    names, journey = found.names, found.journey
    ends = {"BEGAN": "Began here", "STILL_HERE": "Still in the stage", "BACK": "Went back"}
    flows: list[figures.Flow] = []
    for link in journey.links:
        source = names[link.source] if link.source else ends["BEGAN"]
        target = ends["STILL_HERE"] if link.target is None else names[link.target]
        if link.kind == "BACK":
            flows.append(figures.Flow("Came back", target, link.count))
            target = ends["BACK"]
        flows.append(figures.Flow(source, target, link.count))
    used = {name for flow in flows for name in (flow.source, flow.target)}
    way = [one.stage.name for one in journey.entered]
    quiet = [name for name in ("Began here", "Came back", *names.values(), *ends.values()) if name not in way]
    nodes = [name for name in dict.fromkeys([*way, *quiet]) if name in used]
    left, right = words.flow(journey)
    rows = [["From", "To", "Customers' moves"]]
    rows += [
        [
            names[link.source] if link.source else "began here",
            names[link.target] if link.target else "still there",
            f"{link.count:,}",
        ]
        for link in journey.links
    ]
    return _chart(
        found,
        query,
        "flow",
        "Flow between stages",
        figures.flow_figure(nodes, _merged(flows), frozenset(quiet), look),
        rows,
        subtitle="Each stage gives out what it takes in.",
        footer=f"Both sides add up: {left:,} = {right:,}. Moves back to an earlier stage leave on the right and "
        "come in again on the left.",
        wide=True,
    )


def _merged(flows: Sequence[figures.Flow]) -> list[figures.Flow]:
    counts: dict[tuple[str, str], int] = {}
    for flow in flows:
        counts[flow.source, flow.target] = counts.get((flow.source, flow.target), 0) + flow.count
    return [figures.Flow(source, target, count) for (source, target), count in counts.items()]


def _stays(found: PageAnswer, query: JourneyQuery, look: Theme) -> Component:
    journey = found.journey
    known = [one for one in journey.entered if one.dwell.points]
    shown = sorted(known, key=lambda one: -one.entered)[:MOST_LINES]
    shown.sort(key=journey.entered.index)
    short = ", ".join(
        f"{one.stage.name} ({words.needs(one.dwell.shortage)})" for one in journey.entered if one.dwell.shortage
    )
    footer = "Those still in the stage count for as long as they were watched. A line ends where fewer than 30 remain."
    footer += f" Too few: {short}." if short else ""
    if not shown:
        return card("Time in the stage", _shortage("Not enough history yet", footer), class_name="journey-card")
    medians = " · ".join(f"{one.stage.name}: {words.stay(one.dwell)}" for one in shown)
    rows = [["Stage", "Day", "Still there", "95% interval", "At risk"]]
    for one in shown:
        rows += [[one.stage.name, *row] for row in _points(one.dwell)]
    return _chart(
        found,
        query,
        "stays",
        "Time in the stage",
        figures.curves_figure(
            [_line(one.stage.name, one.dwell) for one in shown], look, until=_longest([one.dwell for one in shown])
        ),
        rows,
        subtitle=f"Until half have left: {medians}.",
        footer=footer,
    )


def _conversion(found: PageAnswer, query: JourneyQuery, look: Theme) -> Component:
    conversion = found.journey.conversion
    title = f"Conversion into {conversion.target.name}"
    if not conversion.curve.points:
        short = conversion.curve.shortage or Shortage(need=0, have=0)
        text = f"{words.conversion(found.journey)} Needs {short.need} customers, {short.have} so far."
        return card(title, _shortage("Not enough history yet", text), class_name="journey-card")
    rows = [["Day", "Converted", "95% interval", "At risk"], *_points(conversion.curve)]
    lines = [_line(title, conversion.curve)]
    return _chart(
        found,
        query,
        "conversion",
        title,
        figures.curves_figure(lines, look, until=_longest([conversion.curve])),
        rows,
        subtitle=words.conversion(found.journey),
        footer=f"{conversion.curve.n:,} customers, each from its first entry in the range; whoever is lost competes "
        "(Aalen–Johansen).",
    )


def _points(curve: Curve) -> list[list[str]]:
    return [
        [
            formats.tenth(point.day),
            formats.percent(point.share),
            words.interval(point.low, point.high),
            f"{point.at_risk:,}",
        ]
        for point in curve.points
    ]


def _line(name: str, curve: Curve) -> figures.Line:
    points = curve.points
    return figures.Line(
        name,
        [point.day for point in points],
        [point.share for point in points],
        [point.low for point in points],
        [point.high for point in points],
    )


def _longest(curves: Sequence[Curve]) -> float:
    return max((point.day for curve in curves for point in curve.points), default=1.0) or 1.0


def _stages(found: PageAnswer, query: JourneyQuery) -> Component:
    journey = found.journey
    target = journey.conversion.target
    head = ["Stage", "Entered", "Still here", "Lost", "Goes on", f"Comes to {target.name}", "Half have left after"]
    rows = [
        [
            one.stage.name,
            f"{one.entered:,}",
            f"{one.here:,}",
            f"{one.lost:,}",
            words.share(one.conversion),
            words.share(one.end_to_end) if one.end_to_end else formats.ABSENT,
            words.stay(one.dwell),
        ]
        for one in journey.entered
    ]
    narrow = ["", "num", "num", "num wide-only", "num wide-only", "num", "num wide-only"]
    lines = []
    for one, row in zip(journey.entered, rows, strict=True):
        opens = query.closed().change(stage=one.stage.key)
        cells: list[Component] = [
            html.Th(dcc.Link(row[0], href=opens.address, className="link"), scope="row"),
            html.Td(row[1], className=narrow[1]),
            html.Td(dcc.Link(row[2], href=opens.change(to=STILL_HERE).address, className="link"), className=narrow[2]),
        ]
        cells += [html.Td(text, className=name) for text, name in zip(row[3:], narrow[3:], strict=True)]
        lines.append(html.Tr(cells))
    heads = [html.Th(text, scope="col", className=name) for text, name in zip(head, narrow, strict=True)]
    table = html.Table([html.Thead(html.Tr(heads)), html.Tbody(lines)], className="table")
    return card(
        "Conversion per stage",
        table,
        subtitle="Choose a stage to see its customers.",
        tools=_tools(found, query, "stages", [head, *rows]),
        footer="Shares with their 95% intervals; below 30 entries there is none.",
        class_name="journey-stages",
    )


def _chart(
    found: PageAnswer,
    query: JourneyQuery,
    name: str,
    title: str,
    figure: PlotlyFigure,
    rows: Rows,
    *,
    subtitle: str,
    footer: str,
    wide: bool = False,
) -> Component:
    if query.table:
        inner: Component = html.Div(_table(rows), className="scroll-x journey-twin", tabIndex="0")
    else:
        graph = dcc.Graph(id=f"journey-{name}", figure=figure, config=GRAPH_CONFIG)
        inner = html.Div(graph, className=f"journey-graph journey-graph-{name}")
    return card(
        title,
        html.Div(inner, role="figure", **aria(label=f"{title}. {subtitle}")),
        subtitle=subtitle,
        tools=_tools(found, query, name, rows),
        footer=footer,
        class_name="journey-card journey-wide" if wide else "journey-card",
    )


def _tools(found: PageAnswer, query: JourneyQuery, name: str, rows: Rows) -> Component:
    mark = "-synthetic" if found.tenant.synthetic else ""
    return html.A(
        [icon("download"), "CSV"],
        href=words.csv(rows),
        download=f"journey-{name}-{query.range_name}{mark}.csv",
        className="button button-quiet",
    )


def _table(rows: Rows) -> Component:
    head, *lines = rows
    return html.Table(
        [
            html.Thead(
                html.Tr([html.Th(text, scope="col", className=_side(place)) for place, text in enumerate(head)])
            ),
            html.Tbody(
                [
                    html.Tr(
                        [
                            html.Th(text, scope="row") if place == 0 else html.Td(text, className=_side(place))
                            for place, text in enumerate(line)
                        ]
                    )
                    for line in lines
                ]
            ),
        ],
        className="table table-dense",
    )


def _side(place: int) -> str:
    return "num" if place else ""


def _shortage(title: str, text: str) -> Component:
    return state("hourglass", title, text)

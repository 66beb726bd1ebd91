"""The cards of the Journey page: each a chart with its sentence, its table twin and its file."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from ui import behind, formats
from ui.components.chart import Chart, chart_card, chart_state, graph
from ui.components.states import empty, state
from ui.components.twin import Cell, Column, Row, Twin, missing
from ui.figures import journey as figures
from ui.figures.trend import PlotlyFigure
from ui.pages.journey import words
from ui.pages.journey.data import Curve, Link, PageAnswer, Shortage, StageFlow
from ui.pages.journey.query import STILL_HERE, JourneyQuery
from ui.theme import Theme

MOST_LINES = 4
UNITS = {
    "funnel": "entries",
    "bottlenecks": "conversions lost",
    "flow": "moves",
    "stays": "share still there, by days since the entry",
    "conversion": "share converted, by days since the entry",
    "stages": "shares of entries",
}


def body(found: PageAnswer, query: JourneyQuery, look: Theme) -> list[Component]:
    journey = found.journey
    if not journey.entered:
        needs = "A journey needs events that move customers, such as trial_started or order_completed."
        received = "No stage was entered in this range. Choose a longer one."
        return [html.Section(empty("journeys", needs, received), className="card journey-empty")]
    return [
        html.Div([_funnel(found, look), _bottlenecks(found, look)], className="journey-pair"),
        _flow(found, look),
        html.Div([_stays(found, look), _conversion(found, look)], className="journey-pair"),
        _stages(found, query),
    ]


def _funnel(found: PageAnswer, look: Theme) -> Component:
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
            _who(found, one.stage.key),
        )
        for one in journey.entered
    ]
    columns = ["Stage", "Entered", "Customers", "Went on", "Still here", "Went back", "Lost"]
    rows = [Row([Cell(one.stage.name), *_counts(one)], _who(found, one.stage.key)) for one in journey.entered]
    return _chart(
        found,
        "funnel",
        "Funnel",
        figures.funnel_figure(bars, look),
        _twin(columns, rows),
        sentence=words.funnel(journey),
        note="Entries in the range, as they stood at its end, and the share of its customers who had one. The "
        "share that goes on counts those still in a stage for as long as they were watched.",
    )


def _who(found: PageAnswer, stage: str, *, to: str | None = None, still: bool = False) -> str:
    """Who entered the stage in the range."""
    journey = found.journey
    return behind.entered(stage, journey.range_start, min(journey.range_end, journey.as_of), to=to, still=still)


def _twin(columns: Sequence[str], rows: Sequence[Row]) -> Twin:
    return Twin([Column(name, number=place > 0) for place, name in enumerate(columns)], rows)


def _counts(one: StageFlow) -> list[Cell]:
    return [_count(value) for value in (one.entered, one.customers, one.converted, one.here, one.back, one.lost)]


def _count(value: int) -> Cell:
    return Cell(formats.integer(value), value)


def _too_few(one: StageFlow) -> str:
    return words.needs(one.conversion.shortage) if one.conversion.shortage else ""


def _bottlenecks(found: PageAnswer, look: Theme) -> Component:
    losses = found.journey_bottlenecks
    dots = [
        figures.Dot(one.stage.name, one.loss, one.low, one.high, one.flagged, _who(found, one.stage.key))
        for one in losses.stages
    ]
    columns = ["Stage", "Conversions lost", "From", "To (95%)", "Entries", "Entries, before", "Goes on", "Before", ""]
    rows = [
        Row(
            [
                Cell(one.stage.name),
                *(Cell(formats.tenth(value), value) for value in (one.loss, one.low, one.high)),
                _count(one.n),
                _count(one.reference_n),
                Cell(figures.percent(one.conversion), one.conversion),
                Cell(figures.percent(one.reference_conversion), one.reference_conversion),
                Cell("likely bottleneck" if one.flagged else ""),
            ],
            _who(found, one.stage.key),
        )
        for one in losses.stages
    ]
    before = formats.span(losses.reference_start, losses.reference_end, found.journey.time_zone)
    unjudged = ", ".join(f"{one.stage.name} ({words.needs(one.shortage)})" for one in losses.unjudged)
    note = f"Final conversions into {losses.target.name}, held against {before}. "
    note += f"Not judged: {unjudged}." if unjudged else ""
    if not losses.stages:
        nobody = f"Nobody entered a stage before {losses.target.name}."
        reason = f"A stage needs 30 entries in this range and before it. {note}" if unjudged else nobody
        return _too_little("bottlenecks", "Bottlenecks", reason)
    figure = figures.losses_figure(dots, look)
    sentence = words.losses(losses)
    return _chart(found, "bottlenecks", "Bottlenecks", figure, _twin(columns, rows), sentence=sentence, note=note)


def _flow(found: PageAnswer, look: Theme) -> Component:
    names, journey = found.names, found.journey
    ends = {"BEGAN": "Began here", "STILL_HERE": "Still in the stage", "BACK": "Went back"}
    flows: list[figures.Flow] = []
    for link in journey.links:
        source = names[link.source] if link.source else ends["BEGAN"]
        target = ends["STILL_HERE"] if link.target is None else names[link.target]
        if link.kind == "BACK":
            flows.append(figures.Flow("Came back", target, link.count, _of_link(found, link)))
            target = ends["BACK"]
        flows.append(figures.Flow(source, target, link.count, _of_link(found, link)))
    used = {name for flow in flows for name in (flow.source, flow.target)}
    way = [one.stage.name for one in journey.entered]
    quiet = [name for name in ("Began here", "Came back", *names.values(), *ends.values()) if name not in way]
    nodes = [name for name in dict.fromkeys([*way, *quiet]) if name in used]
    left, right = words.flow(journey)
    rows = [
        Row(
            [
                Cell(names[link.source] if link.source else "began here"),
                Cell(names[link.target] if link.target else "still there"),
                _count(link.count),
            ],
            _of_link(found, link),
        )
        for link in journey.links
    ]
    columns = [Column("From"), Column("To"), Column("Customers' moves", number=True)]
    return _chart(
        found,
        "flow",
        "Flow between stages",
        figures.flow_figure(nodes, _merged(flows), frozenset(quiet), look),
        Twin(columns, rows),
        sentence=words.flow_sentence(journey, names),
        note=f"Both sides add up: {left:,} = {right:,}. Moves back to an earlier stage leave on the right and "
        "come in again on the left.",
        wide=True,
    )


def _of_link(found: PageAnswer, link: Link) -> str | None:
    """Who began a stage has no stage behind: its own entries are who it is."""
    if link.source is None:
        return None if link.target is None else _who(found, link.target)
    return _who(found, link.source, to=link.target, still=link.target is None)


def _merged(flows: Sequence[figures.Flow]) -> list[figures.Flow]:
    """Links of several stages that come together have nobody of one stage behind them."""
    merged: dict[tuple[str, str], figures.Flow] = {}
    for flow in flows:
        there = merged.get((flow.source, flow.target))
        added = flow if there is None else figures.Flow(flow.source, flow.target, there.count + flow.count)
        merged[flow.source, flow.target] = added
    return list(merged.values())


def _stays(found: PageAnswer, look: Theme) -> Component:
    journey = found.journey
    known = [one for one in journey.entered if one.dwell.points]
    shown = sorted(known, key=lambda one: -one.entered)[:MOST_LINES]
    shown.sort(key=journey.entered.index)
    short = ", ".join(
        f"{one.stage.name} ({words.needs(one.dwell.shortage)})" for one in journey.entered if one.dwell.shortage
    )
    note = "Those still in the stage count for as long as they were watched. A line ends where fewer than 30 remain."
    note += f" Too few: {short}." if short else ""
    if not shown:
        return _too_little("stays", "Time in the stage", note)
    medians = " · ".join(f"{one.stage.name}: {words.stay(one.dwell)}" for one in shown)
    rows = [
        Row([Cell(one.stage.name), *cells], _who(found, one.stage.key)) for one in shown for cells in _points(one.dwell)
    ]
    lines = [_line(one.stage.name, one.dwell, _who(found, one.stage.key)) for one in shown]
    return _chart(
        found,
        "stays",
        "Time in the stage",
        figures.curves_figure(lines, look, until=_longest([one.dwell for one in shown])),
        _twin(["Stage", "Day", "Still there", "From", "To (95%)", "At risk"], rows),
        sentence=f"Until half have left: {medians}.",
        note=note,
    )


def _conversion(found: PageAnswer, look: Theme) -> Component:
    conversion = found.journey.conversion
    title = f"Conversion into {conversion.target.name}"
    if not conversion.curve.points:
        short = conversion.curve.shortage or Shortage(need=0, have=0)
        text = f"{words.conversion(found.journey)} Needs {short.need} customers, {short.have} so far."
        return _too_little("conversion", title, text)
    who = None if conversion.origin is None else _who(found, conversion.origin.key)
    rows = [Row(cells, who) for cells in _points(conversion.curve)]
    return _chart(
        found,
        "conversion",
        title,
        figures.curves_figure([_line(title, conversion.curve, who)], look, until=_longest([conversion.curve])),
        _twin(["Day", "Converted", "From", "To (95%)", "At risk"], rows),
        sentence=words.conversion(found.journey),
        note=f"{conversion.curve.n:,} customers, each from its first entry in the range; whoever is lost competes "
        "(Aalen–Johansen).",
    )


def _points(curve: Curve) -> list[list[Cell]]:
    return [
        [
            Cell(formats.tenth(point.day), point.day),
            *(Cell(figures.percent(share), share) for share in (point.share, point.low, point.high)),
            _count(point.at_risk),
        ]
        for point in curve.points
    ]


def _line(name: str, curve: Curve, drill: str | None) -> figures.Line:
    points = curve.points
    return figures.Line(
        name,
        [point.day for point in points],
        [point.share for point in points],
        [point.low for point in points],
        [point.high for point in points],
        drill,
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
    twin = _twin(
        [*head[:4], "Goes on", "From", "To (95%)", f"Comes to {target.name}", "Half have left after, days"],
        [Row(_stage_cells(one), _who(found, one.stage.key)) for one in journey.entered],
    )
    return chart_card(
        _described(
            found,
            "stages",
            "Conversion per stage",
            twin,
            sentence=words.least_stage(journey),
            note="Shares with their 95% intervals; below 30 entries there is none.",
        ),
        table,
        height="own",
        class_name="journey-stages",
    )


def _stage_cells(one: StageFlow) -> list[Cell]:
    going, median = one.conversion, one.dwell.median_days
    shares = (going.value, going.low, going.high, one.end_to_end.value if one.end_to_end else None)
    return [
        Cell(one.stage.name),
        *(_count(value) for value in (one.entered, one.here, one.lost)),
        *(missing() if share is None else Cell(figures.percent(share), share) for share in shares),
        missing() if median is None else Cell(words.stay(one.dwell), median),
    ]


def _chart(
    found: PageAnswer,
    name: str,
    title: str,
    figure: PlotlyFigure,
    twin: Twin,
    *,
    sentence: str,
    note: str,
    wide: bool = False,
) -> Component:
    inner = html.Div(
        graph(f"journey-{name}", figure, f"{title}. {sentence}"), className=f"journey-graph journey-graph-{name}"
    )
    chart = _described(found, name, title, twin, sentence=sentence, note=note)
    return chart_card(chart, inner, height="own", class_name="journey-card journey-wide" if wide else "journey-card")


def _described(found: PageAnswer, name: str, title: str, twin: Twin, *, sentence: str, note: str) -> Chart:
    return Chart(
        name=name,
        title=title,
        unit=UNITS[name],
        sentence=sentence,
        as_of=found.journey.as_of,
        time_zone=found.journey.time_zone,
        twin=twin,
        note=note,
        no_drill="Nobody entered a stage.",
    )


def _too_little(name: str, title: str, text: str) -> Component:
    shortage = state("hourglass", "Not enough history yet", text)
    return chart_state(name, title, shortage, unit=UNITS[name], height="own", class_name="journey-card")

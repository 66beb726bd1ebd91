"""The cards of the Customer Segmentation page: pure functions of the answer."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.states import empty, state
from ui.figures.cluster_map import COLOURS, Cluster, cluster_map, outliers
from ui.figures.flow import Flow, flow_figure
from ui.pages.segmentation import words
from ui.pages.segmentation.data import Movement, MovementCell, PageAnswer, Point, Quality, Rfm, Segment, Version
from ui.pages.segmentation.layout import PICK, csv_button, horizons, table
from ui.theme import Theme

GRAPH_CONFIG: Any = {"displayModeBar": False, "responsive": True}
STEPS = 4


def body(answer: PageAnswer, method: str, days: int, look: Theme) -> list[Component]:
    said = words.attempt(answer.latest)
    notice = html.Div(html.Span(said), className="notice notice-warn", role="status") if said else None
    if answer.rfm is not None and answer.rfm.status != "OK" and answer.rfm.insufficient is not None:
        return [card("Segments", _too_little(words.shortage(answer.rfm.insufficient)))]
    if answer.current is None or not answer.listed:
        return [card("Segments", _too_little(said) if said else empty("segments", "Run the method to make some.", ""))]
    segments = answer.listed
    cards = (
        [_pair(sizes(segments, answer), grid(answer.rfm))]
        if method == "rfm" and answer.rfm is not None
        else _of_clusters(answer.current, segments, answer, look)
    )
    return [*([notice] if notice else []), *cards, *movements(answer, days, look)]


def _too_little(text: str) -> Component:
    return state("hourglass-split", "Too little data", text)


def _of_clusters(version: Version, segments: Sequence[Segment], answer: PageAnswer, look: Theme) -> list[Component]:
    cards = [_pair(picture(version, segments, look), apart(segments, answer))]
    quality = None if version.quality is None else trust(version.quality)
    return [*cards, _pair(sizes(segments, answer), quality)]


def _pair(left: Component, right: Component | None) -> html.Div:
    return html.Div([left, right], className="segmentation-pair")


def sizes(segments: Sequence[Segment], answer: PageAnswer) -> Component:
    people = sum(segment.customers for segment in segments) or 1
    spent = sum(segment.spent.amount for segment in segments)
    prospects = f" · {answer.rfm.prospects:,} prospects without an order apart" if answer.rfm else ""
    rows = [
        html.Tr(
            [
                html.Th(_pick(segment), scope="row"),
                html.Td(formats.integer(segment.customers), className="num"),
                html.Td(_bar(segment.customers / people), className="num"),
                html.Td(formats.money(segment.spent.amount, segment.spent.currency), className="num"),
                html.Td(_bar(segment.spent.amount / spent if spent > 0 else None), className="num"),
            ]
        )
        for segment in segments
    ]
    head = [("Segment", ""), ("Customers", "num"), ("Share", "num"), ("Spent", "num"), ("Share", "num")]
    return card(
        "Sizes",
        table(head, rows, "table sizes-table"),
        subtitle=f"{people:,} customers with an order{prospects}",
        tools=csv_button("segment sizes"),
        footer="Choose a segment to list its members.",
    )


def _pick(segment: Segment) -> html.Button:
    return html.Button(
        [_key(segment), words.segment_name(segment.name)],
        id={"type": PICK, "id": segment.id},
        type="button",
        className="segment-pick",
        title="List its members",
    )


def _key(segment: Segment) -> html.I | None:
    if segment.kind != "KMEANS":
        return None
    return html.I(className=f"segment-key segment-key-{(segment.position or 0) % len(COLOURS) + 1}")


def _bar(share: float | None) -> Component | str:
    if share is None:
        return "–"
    width = max(0.0, min(1.0, share))
    return html.Span(
        [
            html.Span(formats.percent(share)),
            html.Span(html.Span(style={"width": f"{width:.1%}"}), className="share-bar", **aria(hidden="true")),
        ],
        className="share-cell",
    )


def grid(rfm: Rfm) -> Component:
    cells = {(cell.recency, cell.frequency): cell for cell in rfm.grid}
    most = max((cell.customers for cell in rfm.grid), default=0)
    rows = []
    for recency in range(5, 0, -1):
        line: list[Component] = [html.Th(f"R {recency}", scope="row")]
        for frequency in range(1, 6):
            cell = cells[recency, frequency]
            mean = cell.spent.amount / cell.customers if cell.customers else None
            line.append(
                html.Td(
                    [
                        html.B(formats.integer(cell.customers)),
                        html.Span("" if mean is None else formats.money(mean, cell.spent.currency)),
                    ],
                    className=f"heat heat-{_step(cell.customers, most)}",
                )
            )
        rows.append(html.Tr(line))
    head = [("", ""), *((f"F {frequency}", "heat-head") for frequency in range(1, 6))]
    return card(
        "RFM grid",
        table(head, rows, "table heat-table"),
        subtitle="Fifths of recency (R) and frequency (F), 5 the best; customers who are alike share one",
        tools=csv_button("rfm grid"),
        footer="Each cell: customers, and what one of them has spent on average. Darker is more customers.",
    )


def _step(value: float, most: float) -> int:
    if value <= 0 or most <= 0:
        return 0
    return min(STEPS, 1 + int(STEPS * value / most))


def picture(version: Version, segments: Sequence[Segment], look: Theme) -> Component:
    axes = version.quality.axes if version.quality else ()
    points: dict[str, list[Point]] = defaultdict(list)
    for point in version.points:
        points[point.segment_id].append(point)
    clusters = [
        Cluster(
            words.segment_name(segment.name),
            [point.x for point in points[segment.id]],
            [point.y for point in points[segment.id]],
            segment.position or 0,
        )
        for segment in segments
    ]
    explained = [axis.explained for axis in axes]
    outside = outliers(clusters)
    legend = html.P(
        [html.Span([_key(segment), words.segment_name(segment.name)]) for segment in segments], className="legend"
    )
    kept = formats.percent(sum(explained))
    loadings = [
        html.Span(
            f"Component {number}: "
            + ", ".join(f"{words.feature(part.feature).lower()} {part.value:+.2f}" for part in axis.loadings)
        )
        for number, axis in enumerate(axes, 1)
    ]
    return card(
        "Customer map",
        html.Div(
            [
                legend,
                html.Div(
                    dcc.Graph(
                        id="segmentation-map", figure=cluster_map(clusters, explained, look), config=GRAPH_CONFIG
                    ),
                    className="segmentation-graph",
                    role="img",
                    **aria(label=f"{len(version.points):,} customers by two components that keep {kept}"),
                ),
            ]
        ),
        subtitle=f"Two components keep {kept} of the variance. A picture only: clusters are found in all features.",
        footer=html.Div(
            [*loadings, html.Span(f"{outside:,} customers lie outside the view.") if outside else None],
            className="segmentation-loadings",
        ),
    )


def apart(segments: Sequence[Segment], answer: PageAnswer) -> Component:
    rows = []
    for segment in segments:
        for index, trait in enumerate(segment.traits):
            name: Any = [_key(segment), words.segment_name(segment.name)] if index == 0 else ""
            rows.append(
                html.Tr(
                    [
                        html.Th(name, scope="row"),
                        html.Td(words.feature(trait.feature)),
                        html.Td(words.amount(trait.feature, trait.mean, answer.tenant.currency), className="num"),
                        html.Td(
                            words.amount(trait.feature, trait.mean_elsewhere, answer.tenant.currency),
                            className="num soft",
                        ),
                        html.Td(_effect(trait.effect), className="num"),
                    ],
                    className="group-start" if index == 0 else "",
                )
            )
    head = [("Cluster", ""), ("Feature", ""), ("Mean", "num"), ("Others", "num"), ("Apart", "num")]
    return card(
        "What sets each cluster apart",
        table(head, rows, "table table-dense grouped"),
        subtitle="Its mean against that of all other customers, most telling first",
        tools=csv_button("what sets clusters apart"),
        footer="sd: standard deviations of all customers, once each feature is made symmetric.",
    )


def _effect(value: float) -> html.Span:
    length = min(50.0, 50.0 * abs(value) / 2.5)
    side = {"left": "50%"} if value >= 0 else {"right": "50%"}
    return html.Span(
        [
            html.Span(html.I(style={"width": f"{length:.0f}%", **side}), className="effect-bar", **aria(hidden="true")),
            html.Span(words.effect(value)),
        ],
        className="effect-cell",
    )


def trust(quality: Quality) -> Component:
    chosen = next((found for found in quality.stability if found.clusters == quality.clusters), None)
    measures = [
        ("Silhouette", quality.silhouette, "1 is well apart, 0 is touching"),
        ("Calinski-Harabasz", quality.calinski_harabasz, "higher is tighter; on this data only"),
        ("Davies-Bouldin", quality.davies_bouldin, "lower is better; 0 is best"),
    ]
    rows = [
        html.Tr(
            [
                html.Th(name, scope="row"),
                html.Td("–" if value is None else f"{value:,.3f}", className="num"),
                html.Td(how),
            ]
        )
        for name, value, how in measures
    ]
    tried = [
        html.Tr(
            [
                html.Th(f"{found.clusters}{' · chosen' if found is chosen else ''}", scope="row"),
                html.Td(f"{found.mean:.3f}", className="num"),
                html.Td(f"{found.minimum:.3f}", className="num"),
                html.Td(f"{found.weakest:.3f}", className="num"),
                html.Td(formats.percent(found.smallest), className="num"),
                html.Td("holds" if found.holds else "does not hold"),
            ],
            className="row-chosen" if found is chosen else "",
        )
        for found in quality.stability
    ]
    head = [
        ("Clusters", ""),
        ("Mean", "num"),
        ("Lowest", "num"),
        ("Weakest", "num"),
        ("Smallest", "num"),
        ("Stability", ""),
    ]
    left_out = ", ".join(words.feature(name) for name in quality.constant_features)
    return card(
        "Can these clusters be trusted?",
        html.Div(
            [
                table([("Measure", ""), ("Value", "num"), ("How to read it", "")], rows, "table table-dense"),
                table(head, tried, "table table-dense"),
            ]
        ),
        subtitle=words.trust(chosen, quality.stable),
        footer="Mean and lowest: likeness of 20 resampled clusterings (adjusted Rand); weakest: the least lasting one."
        + (f" Left out, as all are alike: {left_out}." if left_out else ""),
    )


def movements(answer: PageAnswer, days: int, look: Theme) -> list[Component]:
    movement = answer.movement
    if movement is None or movement.status == "NOT_RUN":
        return []
    if movement.insufficient is not None or movement.from_ is None or movement.to is None:
        text = words.shortage(movement.insufficient) if movement.insufficient else "There is no history yet."
        return [card("Movement between segments", _too_little(text), tools=horizons(days))]
    zone = answer.tenant.time_zone
    span = f"{formats.date(movement.from_, zone)} to {formats.date(movement.to, zone)}, one version's measure at both"
    flow = card(
        "Movement between segments",
        html.Div(
            [
                html.P(
                    [
                        html.Span([html.I(className="key key-up"), "Up"]),
                        html.Span([html.I(className="key key-stay"), "Stays"]),
                        html.Span([html.I(className="key key-down"), "Down"]),
                    ],
                    className="legend",
                ),
                html.Div(
                    dcc.Graph(id="segmentation-flow", figure=_flow(movement, look), config=GRAPH_CONFIG),
                    className="segmentation-graph segmentation-flow",
                    role="img",
                    **aria(label=words.moved(movement)),
                ),
            ]
        ),
        subtitle=words.moved(movement),
        tools=horizons(days),
        footer=span,
        class_name="segmentation-movement",
    )
    return [flow, matrix(movement)]


def _flow(movement: Movement, look: Theme) -> dict[str, Any]:
    places = {row.segment_id: index for index, row in enumerate(movement.rows)}
    flows = [
        Flow(place, places[cell.segment_id], cell.customers)
        for place, row in enumerate(movement.rows)
        for cell in row.cells
    ]
    return flow_figure([words.segment_name(row.name) for row in movement.rows], flows, look)


def _moved(cell: MovementCell) -> list[Component]:
    if not cell.customers:
        return [html.Span("0")]
    return [html.B(words.share(cell.share)), html.Span(formats.integer(cell.customers))]


def matrix(movement: Movement) -> Component:
    names = [words.segment_name(row.name) for row in movement.rows]
    head = [
        ("From", ""),
        ("n", "num"),
        ("Up", "num"),
        ("Stays", "num"),
        ("Down", "num"),
        *((name, "heat-head") for name in names),
    ]
    rows = []
    for row, name in zip(movement.rows, names, strict=True):
        changes = [
            html.Td(words.share(found), className="num", title=words.interval(found))
            for found in (row.upgrade, row.maintain, row.downgrade)
        ]
        cells = [
            html.Td(
                _moved(cell) if row.shown else "< 30",
                className=f"heat heat-{_step(cell.share.share if cell.share else 0, 1)}",
                title=words.interval(cell.share),
            )
            for cell in row.cells
        ]
        rows.append(
            html.Tr(
                [html.Th(name, scope="row"), html.Td(formats.integer(row.customers), className="num"), *changes, *cells]
            )
        )
    return card(
        "Movement matrix",
        table(head, rows, "table heat-table matrix"),
        subtitle="Share of each segment's customers, and how many, by where they were found later",
        tools=csv_button("movement matrix"),
        footer=f"Rows of fewer than 30 customers are hidden. 90% intervals on pointing. {words.backtest(movement)}",
    )

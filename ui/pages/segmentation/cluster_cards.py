"""The cards of clusters: where they lie, what sets each apart, and whether they can be trusted."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from ui import behind, formats
from ui.components.attributes import aria
from ui.components.chart import chart_card, graph
from ui.components.twin import Cell, Column, Row, Twin, missing
from ui.figures.cluster_map import Cluster, cluster_map, outliers
from ui.pages.segmentation import words
from ui.pages.segmentation.data import (
    PageAnswer,
    Point,
    Quality,
    Segment,
    Version,
)
from ui.pages.segmentation.layout import table
from ui.pages.segmentation.parts import count, described, key_of
from ui.theme import Theme


def picture(version: Version, segments: Sequence[Segment], answer: PageAnswer, look: Theme) -> Component:
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
            behind.segment(segment.id),
        )
        for segment in segments
    ]
    explained = [axis.explained for axis in axes]
    outside = outliers(clusters)
    legend = html.P(
        [html.Span([key_of(segment), words.segment_name(segment.name)]) for segment in segments], className="legend"
    )
    kept = formats.percent(sum(explained))
    loadings = [
        html.Span(
            f"Component {number}: "
            + ", ".join(f"{words.feature(part.feature).lower()} {part.value:+.2f}" for part in axis.loadings)
        )
        for number, axis in enumerate(axes, 1)
    ]
    twin = Twin(
        [Column("Cluster"), Column("Component 1", number=True), Column("Component 2", number=True)],
        [
            Row([Cell(words.segment_name(one.name)), _place(point.x), _place(point.y)], behind.segment(one.id))
            for one in segments
            for point in points[one.id]
        ],
    )
    drawn = f"{len(version.points):,} of {version.n:,} customers, drawn evenly" if version.points else ""
    chart = described(
        answer,
        "map",
        "Customer map",
        twin,
        unit="places on two components",
        sentence=f"A picture only: it keeps {kept} of what tells customers apart. {drawn}.",
        note=(f"{outside} more lie far outside the picture. " if outside else "")
        + "A point leads to its whole cluster.",
    )
    figure = cluster_map(clusters, explained, look)
    drawing = html.Div(
        graph("segmentation-map", figure, f"{chart.title}. {chart.sentence}"), className="segmentation-graph"
    )
    body = html.Div([legend, drawing, html.Div(loadings, className="segmentation-loadings soft")])
    return chart_card(chart, body, height="own")


def _place(value: float) -> Cell:
    return Cell(f"{value:.2f}", value)


def apart(segments: Sequence[Segment], answer: PageAnswer) -> Component:
    rows = []
    for segment in segments:
        for index, trait in enumerate(segment.traits):
            name: Any = [key_of(segment), words.segment_name(segment.name)] if index == 0 else ""
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
    currency = answer.tenant.currency
    twin = Twin(
        [
            Column("Cluster"),
            Column("Feature"),
            *(Column(name, number=True) for name in ("Mean", "Others", "Apart, sd")),
        ],
        [
            Row(
                [
                    Cell(words.segment_name(one.name)),
                    Cell(words.feature(trait.feature)),
                    *(
                        Cell(words.amount(trait.feature, value, currency), words.plain(trait.feature, value))
                        for value in (trait.mean, trait.mean_elsewhere)
                    ),
                    Cell(words.effect(trait.effect), trait.effect),
                ],
                behind.segment(one.id),
            )
            for one in segments
            for trait in one.traits
        ],
    )
    chart = described(
        answer,
        "apart",
        "What sets each cluster apart",
        twin,
        unit="standard deviations",
        sentence=words.apart(segments),
        note="A cluster's mean against that of all other customers, most telling first. sd: standard deviations of "
        "all customers, once each feature is made symmetric.",
    )
    return chart_card(chart, table(head, rows, "table table-dense grouped"), height="own")


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


def trust(quality: Quality, answer: PageAnswer) -> Component:
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
    numbers = ("Mean", "Lowest", "Weakest", "Smallest")
    twin = Twin(
        [Column("Measure"), *(Column(name, number=True) for name in ("Clusters", *numbers)), Column("Stability")],
        [
            *(
                Row([Cell(name), count(quality.clusters), _measure(value), *[missing()] * 3, Cell("")])
                for name, value, _ in measures
            ),
            *(
                Row(
                    [
                        Cell("Likeness when drawn anew"),
                        count(one.clusters),
                        *(_measure(value) for value in (one.mean, one.minimum, one.weakest, one.smallest)),
                        Cell("holds" if one.holds else "does not hold"),
                    ]
                )
                for one in quality.stability
            ),
        ],
    )
    chart = described(
        answer,
        "trust",
        "Can these clusters be trusted?",
        twin,
        unit="measures of the clustering",
        sentence=words.trust(chosen, quality.stable),
        note="Mean and lowest: likeness of 20 resampled clusterings (adjusted Rand); weakest: the least lasting one."
        + (f" Left out, as all are alike: {left_out}." if left_out else ""),
        no_drill="These are of the clustering as a whole, so nobody in particular is behind them.",
    )
    tables = [
        table([("Measure", ""), ("Value", "num"), ("How to read it", "")], rows, "table table-dense"),
        table(head, tried, "table table-dense"),
    ]
    return chart_card(chart, html.Div(tables), height="own")


def _measure(value: float | None) -> Cell:
    return missing() if value is None else Cell(f"{value:,.3f}", value)

"""Who is in the chosen segment, and why one of them is."""

from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.icon import icon
from ui.components.states import empty
from ui.pages.customers.layout import missing
from ui.pages.segmentation import words
from ui.pages.segmentation.data import ExplainAnswer, Member, SegmentWithMembers
from ui.pages.segmentation.layout import WHY, table

HEAD = (
    ("Customer", ""),
    ("Country", "wide-only"),
    ("RFM", "wide-only"),
    ("R-F-M", "num wide-only"),
    ("Orders", "num wide-only"),
    ("Spent", "num"),
    ("Last order", "num"),
    ("", ""),
)


def listed(segment: SegmentWithMembers, zone: str) -> Component:
    rows = [_row(segment.id, member, zone) for member in segment.members.nodes]
    if not rows:
        return empty("members", "Nobody is in this segment now.", "")
    return table(list(HEAD), rows, "table members-table")


def title(segment: SegmentWithMembers, offset: int) -> str:
    count = segment.members.total_count
    total = f"{'at least ' if count.precision == 'AT_LEAST' else ''}{count.value:,}"
    shown = len(segment.members.nodes)
    place = f" · {offset + 1:,} to {offset + shown:,}" if shown else ""
    return f"{words.segment_name(segment.name)}: {total} customers, those who spent most first{place}"


def _row(segment: str, member: Member, zone: str) -> Component:
    money = formats.money(member.total_spent.amount, member.total_spent.currency)
    fifths = member.rfm
    scores = (fifths.recency, fifths.frequency, fifths.monetary) if fifths else (None,)
    return html.Tr(
        [
            html.Th(
                dcc.Link(member.name, href=f"/customers/{quote(member.id, safe='')}", className="link"), scope="row"
            ),
            html.Td(member.country or missing("Country not known"), className="wide-only"),
            html.Td(words.segment_name(fifths.label) if fifths else missing("No RFM yet"), className="wide-only"),
            html.Td(
                missing("No purchase yet") if None in scores else "-".join(str(score) for score in scores),
                className="num wide-only",
            ),
            html.Td(formats.integer(member.order_count), className="num wide-only"),
            html.Td(money, className="num"),
            html.Td(
                formats.date(member.last_order_at, zone) if member.last_order_at else missing("No order yet"),
                className="num",
            ),
            html.Td(
                html.Button(
                    "Why?",
                    id={"type": WHY, "customer": member.id, "segment": segment},
                    type="button",
                    className="button button-quiet",
                    **aria(label=f"Why is {member.name} in this segment?"),
                ),
                className="num",
            ),
        ]
    )


def _address(member: Member) -> str:
    return f"/customers/{quote(member.id, safe='')}"


def explanation(answer: ExplainAnswer) -> Component | None:
    found = answer.explanation
    if found is None or answer.customer is None or answer.segment is None:
        return None
    currency, zone = answer.tenant.currency, answer.tenant.time_zone
    items = [
        html.Li(
            [
                icon("check-lg" if node.holds else "x-lg"),
                html.Span("holds: " if node.holds else "does not hold: ", className="visually-hidden"),
                html.Span(node.text),
                html.Span(
                    words.actual(node.actual, node.unit, currency, zone) if node.unit not in ("NONE", "YES_NO") else "",
                    className="soft",
                ),
            ],
            className=f"why-node why-depth-{min(node.depth, 6)} {'why-holds' if node.holds else ''}",
        )
        for node in found.nodes
    ]
    is_in = "is" if found.member else "is not"
    return card(
        f"Why {answer.customer.name} {is_in} in {words.segment_name(answer.segment.name)}",
        html.Ul(items, className="why"),
        subtitle=f"As of {formats.date_time(found.as_of, zone)}",
    )

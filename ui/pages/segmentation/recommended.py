"""What can be done for the chosen segment: its customers' best open actions, added up."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from ui import formats
from ui.client import ApiClient
from ui.components.states import empty
from ui.pages.segmentation import words
from ui.pages.segmentation.layout import table
from ui.records import Money, Record

HEAD = (("Action", ""), ("Channel", "wide-only"), ("Customers", "num"), ("Expected value", "num"))


class _Action(Record):
    code: str
    name: str
    channel: str


class SegmentAction(Record):
    action: _Action
    customers: int
    expected_value: Money


class SegmentActions(Record):
    customers: int
    actions: Sequence[SegmentAction]


class _Named(Record):
    name: str


class RecommendedAnswer(Record):
    segment: _Named | None = None
    found: SegmentActions


async def load(client: ApiClient, segment: str) -> RecommendedAnswer:
    return await client.run("SegmentActions", RecommendedAnswer, {"id": segment})


def listed(answer: RecommendedAnswer) -> Component:
    rows = [
        html.Tr(
            [
                html.Th(one.action.name, scope="row"),
                html.Td(formats.humanise(one.action.channel), className="wide-only"),
                html.Td(formats.integer(one.customers), className="num"),
                html.Td(formats.money(one.expected_value.amount, one.expected_value.currency), className="num"),
            ]
        )
        for one in answer.found.actions
    ]
    if not rows:
        return empty(
            "open actions",
            "Each is blocked for each customer of this segment: too little data, quiet hours, caps or no consent.",
            "A customer's page says which.",
        )
    return table(list(HEAD), rows)


def title(answer: RecommendedAnswer) -> str:
    if answer.segment is None:
        return "This segment is gone."
    reached = sum(one.customers for one in answer.found.actions)
    return (
        f"{words.segment_name(answer.segment.name)}: {formats.integer(reached)} of "
        f"{formats.integer(answer.found.customers)} customers have an open action, each counted with the best."
    )

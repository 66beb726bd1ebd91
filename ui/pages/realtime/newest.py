"""The table of the newest events."""

from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.states import empty
from ui.pages.realtime.data import EventPage
from ui.records import EventRow


def table(events: EventPage, zone: str) -> Component:
    if not events.nodes:
        return empty("events", "This table needs events sent to the API.", "0 received so far.")
    head = html.Thead(
        html.Tr(
            [
                html.Th("Event", scope="col"),
                html.Th("Customer", scope="col"),
                html.Th("Source", scope="col", className="wide-only"),
                html.Th("Time", scope="col", className="num"),
            ]
        )
    )
    return html.Table([head, html.Tbody([_event_row(event, zone) for event in events.nodes])], className="table")


def _event_row(event: EventRow, zone: str) -> html.Tr:
    who = (
        dcc.Link(event.customer.name, href=f"/customers/{quote(event.customer.id, safe='')}", className="link")
        if event.customer
        else html.Span("–", title="No customer was named", className="soft")
    )
    return html.Tr(
        [
            html.Th(formats.humanise(event.name), scope="row", title=event.name),
            html.Td(who),
            html.Td(event.source, className="soft wide-only"),
            html.Td(
                formats.bucket_label(event.occurred_at, zone, daily=False),
                className="num",
                title=formats.date_time(event.occurred_at, zone),
            ),
        ]
    )


def subtitle(events: EventPage) -> str:
    if not events.nodes:
        return ""
    count = formats.integer(events.total_count.value)
    many = f"at least {count}" if events.total_count.precision == "AT_LEAST" else count
    return f"{len(events.nodes)} of {many}; latest first."

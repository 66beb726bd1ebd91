from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from ui.components.attributes import aria

Child = Component | Sequence[Component] | str | None


def card(
    title: str, body: Child, *, subtitle: Child = None, tools: Child = None, footer: Child = None, class_name: str = ""
) -> html.Section:
    """A titled card; the title is text from the first frame, whatever state the body is in."""
    head = html.Div(
        [
            html.H2(title, className="card-title"),
            html.Div(tools, className="card-tools") if tools is not None else None,
            html.Div(subtitle, className="card-subtitle"),
        ],
        className="card-head",
    )
    return html.Section(
        [
            head,
            html.Div(body, className="card-body"),
            html.Div(footer, className="card-foot") if footer is not None else None,
        ],
        className=f"card {class_name}".strip(),
        **aria(label=title),
    )

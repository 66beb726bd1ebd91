from dash import html

from ui.components.attributes import aria
from ui.components.icon import icon


def live_badge() -> html.Div:
    """The connection's state; `assets/30-live.js` writes it, and says it aloud when it changes."""
    return html.Div(
        html.Span(
            [
                html.I(id="live-icon", className="bi bi-hourglass", **aria(hidden="true")),
                html.Span("Connecting", id="live-word"),
            ],
            id="live-badge",
            className="badge badge-neutral",
        ),
        role="status",
        **aria(live="polite"),
    )


def synthetic_tag() -> html.Span:
    return html.Span(
        [icon("stars"), "Synthetic"],
        className="tag tag-synthetic",
        title="Made by a documented generator, not by customers",
    )

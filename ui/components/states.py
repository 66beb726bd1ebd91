"""The designed states of a card: loading, empty, no match, too little, error. Each is an icon, a word and a reason."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from ui import formats
from ui.client import ApiError
from ui.components.attributes import aria
from ui.components.icon import icon

RETRY = "retry"


def skeleton(what: str, *blocks: str) -> html.Div:
    """Stands where the content will be; `blocks` are the shapes (`value`, `line`, `chart`, `row`)."""
    return html.Div(
        [html.Div(className=f"skeleton skeleton-{block}") for block in blocks],
        className="skeletons",
        role="status",
        **aria(busy="true", label=f"Loading {what}"),
    )


def state(symbol: str, title: str, text: str, actions: Sequence[Component] = ()) -> html.Div:
    return html.Div(
        [
            html.Div(icon(symbol), className="state-icon"),
            html.P(title, className="state-title"),
            html.P(text, className="state-text"),
            html.Div(list(actions), className="state-actions") if actions else None,
        ],
        className="state",
    )


def empty(things: str, needs: str, received: str) -> html.Div:
    return state("inbox", f"No {things} yet", f"{needs} {received}")


def no_match(things: str, text: str, actions: Sequence[Component] = ()) -> html.Div:
    return state("funnel", f"No {things} match", text, actions)


def not_enough(need: int, have: int, unit: str, why: str, actions: Sequence[Component] = ()) -> html.Div:
    """The API answered INSUFFICIENT_DATA: what is needed, what is there, and what for."""
    share = min(100.0, 100 * have / need) if need > 0 else 0.0
    bar = html.Div(html.Div(className="bar-fill", style={"width": f"{share:.1f}%"}), className="bar")
    left = formats.integer(max(0, need - have))
    return html.Div(
        [
            html.Div(icon("hourglass-split"), className="state-icon"),
            html.P("Not enough history yet", className="state-title"),
            html.P(f"Needs {formats.integer(need)} {unit}, so that {why}.", className="state-text"),
            bar,
            html.P(f"{formats.integer(have)} of {formats.integer(need)}, {left} to go", className="state-text"),
            html.Div(list(actions), className="state-actions") if actions else None,
        ],
        className="state",
    )


def not_permitted(permission: str, who: str) -> html.Div:
    """`who` is the role or roles that have the permission."""
    return state("lock", f"You need the role {who}", f"Ask an admin of your tenant for the permission {permission}.")


def failed(subject: str, error: ApiError, where: str) -> html.Div:
    """Says what could not be loaded and why, with the code and a way to try again; `where` tells two buttons apart."""
    reference = f"{error.code} · {error.request_id}" if error.request_id else error.code
    return html.Div(
        state(
            "exclamation-octagon",
            f"{subject} could not be loaded",
            error.message,
            [retry_button("Try again", where), html.Span(["Code ", html.Code(reference)], className="state-code")],
        ),
        role="alert",
    )


def retry_button(label: str, where: str) -> html.Button:
    return html.Button(
        [icon("arrow-clockwise"), label], id={"type": RETRY, "where": where}, className="button", type="button"
    )

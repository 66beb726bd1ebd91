"""What a customer agreed to, and the export and erasure of all that is held about them."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.icon import icon
from ui.pages.customer.privacy_data import Consent, Line, PrivacyAnswer, Request, Someone

CONSENT, ASK, CONFIRM = "customer-consent", "customer-privacy-ask", "customer-erase-confirm"
PURPOSES = {
    "MARKETING": ("Marketing", "A refusal blocks every action."),
    "PROFILING": ("Profiling", "A refusal blocks every action, and no prediction is made."),
    "ANALYTICS": ("Analytics", "It is kept and shown. Nothing is withheld by it."),
}
ENDED = {"FAILED": "failed", "CANCELLED": "was cancelled"}


def privacy(answer: PrivacyAnswer, customer: Someone) -> Component:
    rows = [_purpose(key, answer, customer) for key in PURPOSES]
    if answer.may_manage:
        rows += [_export(customer), _erasure(customer)]
    return card(
        "Privacy",
        html.Ul(rows, className="panel-rows"),
        subtitle="What this customer agreed to; the last word counts, whoever heard it.",
    )


def _purpose(key: str, answer: PrivacyAnswer, customer: Someone) -> html.Li:
    name, effect = PURPOSES[key]
    said = next((one for one in customer.consents if one.purpose == key), None)
    buttons = html.Div(
        [_say(key, name, customer, granted=True), _say(key, name, customer, granted=False)], className="panel-buttons"
    )
    text = [html.P([name, _badge(said)], className="check-name"), html.P(effect, className="check-note")]
    if said is not None:
        when = formats.date_time(said.said_at, answer.tenant.time_zone)
        text.append(html.P(f"Said {when}, through {said.source}", className="check-note"))
    return html.Li([html.Div(text), *([buttons] if answer.may_enter else [])])


def _badge(said: Consent | None) -> html.Span:
    if said is None:
        return html.Span("Said nothing", className="badge")
    look, symbol, word = (
        ("badge badge-good", "check-circle-fill", "Agrees")
        if said.granted
        else ("badge badge-warn", "x-circle-fill", "Refuses")
    )
    return html.Span([icon(symbol), word], className=look)


def _say(key: str, name: str, customer: Someone, *, granted: bool) -> html.Button:
    word = "Agrees" if granted else "Refuses"
    return html.Button(
        word,
        id={"type": CONSENT, "purpose": key, "said": "yes" if granted else "no"},
        type="button",
        className="button",
        **aria(label=f"Enter that {customer.name} {word.lower()}: {name}"),
    )


def _export(customer: Someone) -> html.Li:
    text = "Everything that is held about this customer, as one file of JSON. It is kept for seven days."
    button = html.Button(
        [icon("download"), "Export"],
        id={"type": ASK, "kind": "export"},
        type="button",
        className="button",
        **aria(label=f"Export all that is held about {customer.name}"),
    )
    return html.Li(
        [
            html.Div([html.P("Export", className="check-name"), html.P(text, className="check-note")]),
            html.Div(button, className="panel-buttons"),
        ]
    )


def _erasure(customer: Someone) -> html.Li:
    text = (
        "For good, from every place. What they bought and did still counts, as nobody's; what comes later of them is "
        f"refused. To confirm, write the id {customer.external_id}."
    )
    confirm = dcc.Input(
        id={"type": CONFIRM, "of": "customer"},
        type="text",
        value="",
        autoComplete="off",
        maxLength=200,
        placeholder=customer.external_id,
    )
    button = html.Button("Erase", id={"type": ASK, "kind": "erase"}, type="button", className="button button-danger")
    return html.Li(
        [
            html.Div([html.P("Erasure", className="check-name"), html.P(text, className="check-note")]),
            html.Div(
                [html.Label([html.Span("Customer's id", className="visually-hidden"), confirm]), button],
                className="panel-buttons privacy-erase",
            ),
        ]
    )


def under_way(kind: str) -> Component:
    word = "export" if kind == "EXPORT" else "erasure"
    return html.Div([icon("hourglass-split"), html.Span(f"The {word} is on its way.")], className="notice notice-good")


def ended(request: Request) -> Component | None:
    """A sentence for a job that came to nothing; None while it goes on."""
    word = None if request.job is None else ENDED.get(request.job.state)
    if word is None:
        return None
    text = f"It {word}. Ask again; System Health lists the job."
    return html.Div([icon("exclamation-triangle-fill"), html.Span(text)], className="notice notice-bad")


def receipt(request: Request, zone: str) -> Component:
    lines = [line for line in request.receipt if line.count != 0]
    done = "The file is ready." if request.kind == "EXPORT" else "The customer is erased."
    parts: list[Component] = [html.Div([icon("check-circle-fill"), html.Span(done)], className="notice notice-good")]
    if request.file_path is not None and request.file_until is not None:
        link = html.A([icon("download"), "Download"], href=request.file_path, download="", className="button")
        until = formats.date_time(request.file_until, zone)
        parts.append(html.P([link, html.Span(f" until {until}", className="check-note")]))
    parts.append(_counts(lines))
    return card("Receipt", html.Div(parts), subtitle="Rows by place; places without any are left out.")


def _counts(lines: Sequence[Line]) -> Component:
    rows = [
        html.Div([html.Dt(line.place), html.Dd(f"{_count(line)} {line.fate}")])
        for line in sorted(lines, key=lambda line: line.place)
    ]
    return html.Dl(rows, className="pairs")


def _count(line: Line) -> str:
    return "not reached," if line.count is None else formats.integer(line.count)

"""The Imports page's component trees: pure functions of the answers."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from ui import formats
from ui.components.attributes import aria
from ui.components.card import card
from ui.components.icon import icon
from ui.components.states import empty, skeleton, state
from ui.pages.imports.data import STARTABLE, Field, ImportList, MappingAnswer, One, Summary
from ui.pages.imports.mapping import choice_of, options

CHOICE, FIXED_TEXT, UNDO = "import-choice", "import-fixed", "import-undo"
KINDS = (("CUSTOMERS", "Customers"), ("ORDERS", "Orders"), ("EVENTS", "Events"), ("CONVERSATIONS", "Conversations"))
BADGES = {
    "UPLOADING": ("neutral", "hourglass", "Uploading"),
    "UPLOADED": ("neutral", "file-earmark", "Not started"),
    "QUEUED": ("info", "hourglass", "Waiting"),
    "READING": ("info", "arrow-repeat", "Reading"),
    "LOADING": ("info", "arrow-repeat", "Loading"),
    "CHECKED": ("neutral", "clipboard-check", "Dry run done"),
    "IMPORTED": ("good", "check-circle", "Imported"),
    "FAILED": ("bad", "exclamation-octagon", "Failed"),
    "CANCELLED": ("warn", "slash-circle", "Cancelled"),
    "UNDOING": ("info", "arrow-counterclockwise", "Undoing"),
    "UNDONE": ("neutral", "arrow-counterclockwise", "Undone"),
}
CONFIDENCE = (
    (0.9, ("good", "check", "sure")),
    (0.6, ("info", "question", "likely")),
    (0.0, ("warn", "exclamation-triangle", "please check")),
)


def page(identity: str | None) -> html.Div:
    choose = html.Button(
        [icon("upload"), "Choose a file"],
        id="import-choose",
        type="button",
        className="button button-primary admin-only",
    )
    return html.Div(
        [
            dcc.Store(id="import-id", data=identity),
            dcc.Store(id="import-loaded"),
            dcc.Store(id="import-guess"),
            dcc.Store(id="import-started"),
            dcc.Store(id="import-changed"),
            dcc.Store(id="import-uploaded"),
            dcc.Store(id="import-sink"),
            dcc.Interval(id="import-tick", interval=1_000, disabled=True),
            html.Header(
                [
                    html.Div(
                        [
                            html.H1("Imports", tabIndex="-1", id="page-title"),
                            html.P("Customers, orders, events and conversations from files.", className="page-meta"),
                        ]
                    ),
                    html.Div(choose, className="page-tools"),
                ],
                className="page-head",
            ),
            html.Div(id="import-upload-state", role="status"),
            html.Div(id="import-file"),
            html.Div(id="import-result"),
            card(
                "Files",
                html.Div(skeleton("imports", *["row"] * 4), id="imports-body", className="imports-body"),
                subtitle=html.Span(id="imports-subtitle"),
            ),
        ],
        className="page",
    )


def has_form(one: One) -> bool:
    """Whether the file can still be started. The form stays while a dry run is at work."""
    return one.state in STARTABLE or (one.at_work and one.dry_run)


def file_card(one: One) -> Component | None:
    """What the file is taken for, as long as it can still be started."""
    if not has_form(one):
        return None
    kind = dcc.Dropdown(
        id="import-kind",
        options=[{"label": label, "value": value} for value, label in KINDS],
        value=one.kind,
        clearable=False,
        searchable=False,
    )
    return card(
        f"Columns of {one.file_name}",
        html.Div(
            [
                html.Div([html.Label("The rows are", htmlFor="import-kind"), kind], className="import-kind"),
                html.Div(skeleton("the columns", *["row"] * 6), id="import-mapping"),
                _times(),
            ]
        ),
        subtitle="A dry run says what would happen, row by row, and writes nothing.",
        footer=html.Div(
            [
                html.Span(id="import-problem", role="alert", className="import-problem"),
                html.Button([icon("clipboard-check"), "Dry run"], id="import-dry", type="button", className="button"),
                html.Button(
                    [icon("database-add"), "Import"], id="import-go", type="button", className="button button-primary"
                ),
            ],
            className="import-actions",
        ),
    )


def mapping(answer: MappingAnswer, kind: str) -> Component:
    assert answer.file is not None
    columns = {column.name: column.samples for column in answer.file.columns}
    chosen = answer.mapping(kind)
    head = html.Thead(
        html.Tr(
            [
                html.Th("Field", scope="col"),
                html.Th("Column", scope="col"),
                html.Th("First values", scope="col", className="wide-only"),
                html.Th("Guess", scope="col", className="num wide-only"),
            ]
        )
    )
    guess = answer.import_guess
    rows = [_field_row(field, chosen, guess.confidence.get(field.name), columns) for field in answer.import_fields]
    known = html.P(f"This is a known file: {guess.preset}.", className="soft") if guess.preset else None
    return html.Div([known, html.Table([head, html.Tbody(rows)], className="table import-table")])


def _field_row(
    field: Field, mapping: Mapping[str, Any], sure: float | None, columns: Mapping[str, Sequence[str]]
) -> html.Tr:
    chosen, fixed = choice_of(mapping, field.name)
    samples = columns.get(chosen.removeprefix("column:"), ())
    shown = ", ".join(dict.fromkeys(sample for sample in samples if sample))
    control = dcc.Dropdown(
        id={"type": CHOICE, "name": field.name},
        options=options(mapping, field, list(columns)),
        value=chosen,
        clearable=False,
    )
    text = dcc.Input(
        id={"type": FIXED_TEXT, "name": field.name},
        value=fixed,
        placeholder="Fixed value",
        className="import-fixed" if fixed else "import-fixed import-fixed-empty",
        autoComplete="off",
    )
    required = html.Span("required", className="tag") if field.required else None
    return html.Tr(
        [
            html.Th([field.label, " ", required], scope="row"),
            html.Td(html.Div([control, text], className="import-choice")),
            html.Td(shown, className="soft wide-only import-samples", title=shown),
            html.Td(_confidence(sure), className="num wide-only"),
        ]
    )


def _confidence(sure: float | None) -> Component:
    if sure is None:
        return html.Span("–", className="soft", title="No column looks like it")
    tone, symbol, word = next(look for least, look in CONFIDENCE if sure >= least)
    return html.Span([icon(symbol), word], className=f"badge badge-{tone}")


def _times() -> html.Div:
    """Filled with the mapping; their place is here from the first, since the buttons read them."""
    return html.Div(
        [
            html.Div(
                [
                    html.Label("Times look like", htmlFor="import-format"),
                    dcc.Dropdown(id="import-format", clearable=False, searchable=False),
                ]
            ),
            html.Div(
                [
                    html.Label("Times without a zone are in", htmlFor="import-zone"),
                    dcc.Input(id="import-zone", className="import-zone", autoComplete="off"),
                ]
            ),
        ],
        className="import-times",
    )


def result_card(one: Summary) -> Component | None:
    if one.state in ("UPLOADED", "UPLOADING"):
        return None
    return card(
        f"Dry run of {one.file_name}" if one.dry_run else one.file_name,
        html.Div([bar(one) if one.at_work else None, _fault(one), _counts(one), _report(one)]),
        subtitle=_sentence(one),
        tools=badge(one.state),
        footer=html.Div(_actions(one), className="import-actions") if _actions(one) else None,
        class_name="import-result",
    )


def bar(one: Summary) -> html.Div:
    percent = round(one.progress * 100)
    return html.Div(
        html.Div(style={"width": f"{percent}%"}, className="bar-fill"),
        className="bar",
        role="progressbar",
        **aria(valuenow=str(percent), valuemin="0", valuemax="100", label="Progress"),
    )


def _fault(one: Summary) -> Component | None:
    if one.fault is None:
        return None
    return html.Div([icon("exclamation-octagon"), html.Span(one.fault)], className="notice notice-bad", role="alert")


def _counts(one: Summary) -> html.Dl:
    shown = (
        ("Would be created" if one.dry_run else "Created", one.created),
        ("Would be updated" if one.dry_run else "Updated", one.updated),
        ("Skipped", one.skipped),
        ("Errors", one.failed),
    )
    return html.Dl(
        [html.Div([html.Dt(name), html.Dd(formats.integer(count))]) for name, count in shown], className="import-counts"
    )


def _report(one: Summary) -> Component | None:
    facts = [(name, value) for name, value in sorted(one.report.items()) if name not in ("rows", "records") and value]
    if not facts:
        return None
    rows = [
        html.Tr([html.Th(formats.humanise(name), scope="row"), html.Td(_figure(name, value), className="num")])
        for name, value in facts
    ]
    return html.Details(
        [html.Summary("What the file held"), html.Table(html.Tbody(rows), className="table import-report")],
        className="import-details",
    )


def _figure(name: str, value: int) -> str:
    return f"{value / 100:,.2f}".replace("-", formats.MINUS) if "amount" in name else formats.integer(value)


def _sentence(one: Summary) -> str:
    rows = formats.integer(one.rows_read)
    if one.state == "READING":
        return f"{rows} rows read so far."
    if one.state == "LOADING":
        return f"{formats.integer(one.rows_done)} of {rows} rows."
    return f"{rows} rows." if one.rows_read else ""


def _actions(one: Summary) -> list[Component]:
    found: list[Component] = []
    if one.failed:
        href = f"/imports/{quote(one.id, safe='')}/errors.csv"
        found.append(html.A([icon("download"), "Rows with errors"], href=href, className="button", download=""))
    if one.at_work and one.state != "UNDOING":
        found.append(
            html.Button([icon("x-lg"), "Cancel"], id={"type": "import-cancel", "id": one.id}, className="button")
        )
    if one.undoable:
        found.append(undo_button(one, "result"))
    return found


def undo_button(one: Summary, where: str) -> html.Details:
    """Two steps: the second says what happens."""
    confirm = html.Div(
        [
            html.P("What this import created goes, and what it changed is put back.", className="menu-title"),
            html.Button(
                [icon("arrow-counterclockwise"), "Undo the import"],
                id={"type": UNDO, "id": one.id, "where": where},
                type="button",
                className="button",
            ),
        ],
        className="menu import-confirm",
    )
    return html.Details(
        [html.Summary([icon("arrow-counterclockwise"), "Undo"], className="button"), confirm], className="menu-holder"
    )


def badge(state: str) -> html.Span:
    tone, symbol, word = BADGES[state]
    return html.Span([icon(symbol), word], className=f"badge badge-{tone}")


def table(found: ImportList, zone: str) -> Component:
    if not found.nodes:
        return empty("imports", "Choose a CSV or a Parquet file to begin.", "0 imported so far.")
    head = html.Thead(
        html.Tr(
            [
                html.Th("File", scope="col"),
                html.Th("Rows are", scope="col", className="wide-only"),
                html.Th("State", scope="col"),
                html.Th("Created", scope="col", className="num"),
                *(html.Th(name, scope="col", className="num wide-only") for name in ("Updated", "Skipped", "Errors")),
                html.Th("Uploaded", scope="col", className="num wide-only"),
            ]
        )
    )
    return html.Table([head, html.Tbody([_row(one, zone) for one in found.nodes])], className="table table-links")


def _row(one: Summary, zone: str) -> html.Tr:
    link = dcc.Link(one.file_name, href=f"/imports?id={quote(one.id, safe='')}", className="row-link")
    return html.Tr(
        [
            html.Th(link, scope="row"),
            html.Td(one.kind.capitalize(), className="wide-only"),
            html.Td(badge(one.state)),
            html.Td(_done(one, one.created), className="num"),
            *(
                html.Td(_done(one, count), className="num wide-only")
                for count in (one.updated, one.skipped, one.failed)
            ),
            html.Td(formats.date_time(one.created_at, zone), className="num wide-only"),
        ]
    )


def _done(one: Summary, count: int) -> Component | str:
    """What a dry run would do has not been done."""
    if one.dry_run or one.state == "UPLOADED":
        return html.Span("–", className="soft", title="Nothing is imported yet")
    return formats.integer(count)


def not_allowed() -> html.Div:
    return state("lock", "You need the admin role", "Imports create customers. Ask an admin of your company.")

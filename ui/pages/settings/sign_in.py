"""By whom people sign in, and what the tenant allows itself."""

from dash import html
from dash.development.base_component import Component

from ui import formats
from ui.components.card import card
from ui.pages.settings import data
from ui.pages.settings.forms import act, choice, field, form, password, row_menu
from ui.pages.settings.parts import note
from ui.pages.settings.query import SettingsQuery

NEW_PEOPLE = (("", "Nobody: only the invited"), ("VIEWER", "Viewer"), ("ANALYST", "Analyst"))
STATES = (("on", "Offered"), ("off", "Not offered"))


def sign_in(answer: data.SignInSettings, query: SettingsQuery) -> list[Component]:
    given = answer.sign_in_settings
    provider = given.provider
    secret = "Leave it empty to keep the one that is there." if provider and provider.has_secret else ""
    fields = [
        field("idpIssuer", "Issuer", value=provider.issuer if provider else "", hint="Such as https://id.example.org"),
        field("idpClient", "Client id", value=provider.client_id if provider else "", longest=500),
        password("idpSecret", "Client secret", kind="off", hint=secret or "If the provider gave you one"),
        field(
            "idpDomains",
            "E-mail domains",
            value=", ".join(provider.email_domains) if provider else "",
            hint="Of your people, such as example.org",
            longest=2_000,
        ),
        choice("idpRole", "Who comes for the first time becomes", NEW_PEOPLE, (provider and provider.new_role) or ""),
        choice("idpState", "On the log-in page", STATES, "off" if provider and not provider.enabled else "on"),
    ]
    zone = answer.tenant.time_zone
    said = f"Last changed {formats.date_time(provider.updated_at, zone)}. " if provider else "Not set up. "
    menu = row_menu("What to do with the provider", [("unidp", "Remove it")], "provider") if provider else None
    return [
        card(
            "Single sign-on",
            [
                note(
                    "Register this product with your OpenID Connect provider, with this address to send people back to:"
                ),
                html.Code(given.redirect_uri, className="settings-secret"),
                form(fields, act("idp", "Save", look="button button-primary")),
                note("Who is invited has the e-mail address as user name. Passwords go on working."),
            ],
            subtitle=f"{said}The provider is asked for its description before anything is saved.",
            tools=menu,
        )
    ]


def limits(answer: data.LimitSettings, query: SettingsQuery) -> list[Component]:
    now = answer.tenant_limits

    def number(name: str, label: str, value: int | None, hint: str) -> html.Label:
        return field(name, label, value="" if value is None else str(value), hint=hint, longest=9)

    fields = [
        number("limitPoints", "Points a second", now.points_per_second, "100 to 20,000, for all callers together"),
        number("limitMembers", "Users", now.members, "1 to 100,000, the invited ones included"),
        number("limitSockets", "Open sockets", now.sockets, "1 to 200 in one server process"),
        number("limitDays", "Days that events are kept", now.event_days, "30 to 36,500; older ones are deleted"),
    ]
    zone = answer.tenant.time_zone
    kept = now.events_kept_from
    gone = f" Events before {formats.date_time(kept, zone)} have been deleted." if kept else ""
    return [
        card(
            "Limits",
            form(fields, act("limits", "Save", look="button button-primary")),
            subtitle=f"What your tenant allows itself. Empty stands for what the installation allows everybody.{gone}",
        )
    ]

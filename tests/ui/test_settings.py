"""The Settings page: what its address may ask, what its buttons send, and what its tabs show."""

from datetime import UTC, datetime

import pytest
from dash import html

from tests.ui.trees import by_class, by_type, prop, text
from ui.client import ApiError
from ui.pages.settings import layout, tabs
from ui.pages.settings.actions import NotReady, change_of, outcome
from ui.pages.settings.data import (
    Answer,
    Done,
    Entry,
    General,
    Letter,
    Member,
    People,
    Replayed,
    SignInSettings,
    Webhooks,
)
from ui.pages.settings.query import SettingsQuery, parse

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TENANT = {"name": "Acme", "timeZone": "UTC", "currency": "EUR", "slug": "acme"}


def listed(nodes: list[object], *, more: bool = False) -> dict[str, object]:
    info = {"hasNextPage": more, "hasPreviousPage": False, "startCursor": "a", "endCursor": "z"}
    return {"nodes": nodes, "pageInfo": info, "totalCount": {"value": len(nodes), "precision": "EXACT"}}


def people(*, more: bool = False) -> People:
    ada = Member(id="1", name="ada", display_name="Ada", role="ADMIN", state="ACTIVE", created_at=NOON)
    bo = Member(id="2", name="bo", display_name="Bo", role="VIEWER", state="INVITED", created_at=NOON)
    return People.model_validate({"tenant": TENANT, "me": {"id": "1"}, "page": listed([ada, bo], more=more)})


def test_an_unknown_tab_is_the_first_and_what_is_no_filter_is_left_out() -> None:
    assert parse({"tab": "passwords"}) == SettingsQuery()
    forged = {"tab": "audit", "outcome": "MAYBE", "since": "yesterday", "actor": "a\0", "after": ["x"]}
    assert parse(forged) == SettingsQuery("audit")


def test_days_of_the_trail_are_the_tenants() -> None:
    query = parse({"tab": "audit", "since": "2026-07-01", "actor": "user:ada"})
    where = {"actor": {"eq": "user:ada"}, "at": {"range": {"gte": "2026-07-01T00:00:00+02:00"}}}
    assert query.variables("Europe/Berlin") == {"first": 25, "after": None, "where": where}


def test_a_page_back_asks_for_the_last_before_the_cursor() -> None:
    assert parse({"tab": "keys", "before": "c"}).variables() == {"last": 25, "before": "c"}


@pytest.mark.parametrize(
    ("action", "fields", "operation", "variables"),
    [
        ("role-ADMIN", {}, "MemberRoleSet", {"input": {"id": "7", "role": "ADMIN"}}),
        ("invite", {"name": " ada ", "displayName": "Ada", "role": "ANALYST"}, "MemberInvite",
         {"input": {"name": "ada", "displayName": "Ada", "role": "ANALYST"}}),
        ("profile", {"name": "Acme", "timeZone": "", "currency": None}, "TenantUpdate", {"input": {"name": "Acme"}}),
        ("schema", {"schemaName": "seen", "schemaBody": "{}", "schemaMode": "REJECT"}, "EventSchemaPut",
         {"input": {"name": "seen", "schema": {}, "mode": "REJECT"}}),
        ("replay", {}, "DeadLetterReplay", {"input": {"ids": ["7"]}}),
    ],
)  # fmt: skip
def test_a_button_sends_its_mutation(
    action: str, fields: dict[str, object], operation: str, variables: dict[str, object]
) -> None:
    change = change_of(action, "7", fields)
    assert (change.operation, change.variables) == (operation, variables)


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("invite", {"name": " "}),
        ("key", {"keyName": "a"}),
        ("schema", {"schemaName": "a", "schemaBody": "{"}),
        ("x", {}),
    ],
)
def test_a_form_that_is_not_complete_is_not_sent(action: str, fields: dict[str, object]) -> None:
    with pytest.raises(NotReady):
        change_of(action, "7", fields)


def test_a_replay_says_what_it_came_to() -> None:
    change = change_of("replay", "7", {})
    done = Done(user_errors=[], results=[Replayed(outcome="REJECTED", message="No customer.")])
    assert outcome(change, done) == "Rejected again: No customer."
    assert outcome(change_of("end", "7", {}), Done(user_errors=[])) == "The session has ended."


def test_people_show_state_and_only_roles_they_do_not_have() -> None:
    cards = tabs.people(people(), SettingsQuery("people"))
    rows = by_type(by_type(cards[0], html.Tbody), html.Tr)
    assert [[text(cell) for cell in row.children][:5] for row in rows] == [
        ["Ada (you)", "ada", "Admin", "Active", "never"],
        ["Bo", "bo", "Viewer", "Invited", "never"],
    ]
    offered = [prop(one, "id")["do"] for one in by_class(rows[1], "menu-link")]
    assert offered == ["role-ANALYST", "role-ADMIN", "reset"]


def test_a_list_with_more_pages_has_a_pager() -> None:
    steps = by_class(layout.body(people(more=True), SettingsQuery("people")), "pager")
    assert [prop(one, "disabled") for one in by_type(steps, html.Button)] == [True, False]
    assert by_class(layout.body(people(), SettingsQuery("people")), "pager") == []


def test_zone_and_currency_are_locked_with_a_reason_once_events_came_in() -> None:
    def shown(nodes: list[dict[str, str]]) -> str:
        given = {"tenant": TENANT, "anything": {"nodes": nodes}, "ingestPolicy": {"maximumAgeDays": None}}
        return text(tabs.general(General.model_validate(given), SettingsQuery()))

    assert "Fixed since the first event" in shown([{"id": "1"}])
    assert "Fixed" not in shown([])


def test_a_trail_that_holds_nothing_of_the_kind_says_so() -> None:
    answer = Answer[Entry].model_validate({"tenant": TENANT, "page": listed([])})
    assert "No entries match" in text(tabs.audit(answer, parse({"tab": "audit", "actor": "user:x"})))


def test_only_a_waiting_letter_can_be_sent_again() -> None:
    def letter(state: str) -> Letter:
        given = {"id": "1", "kind": "EVENT", "origin": "shop", "reference": "m-1", "code": "BAD", "path": ["a", "b"]}
        return Letter.model_validate({**given, "state": state, "message": "No.", "attempts": 1, "createdAt": NOON})

    answer = Answer[Letter].model_validate({"tenant": TENANT, "page": listed([letter("WAITING"), letter("REPLAYED")])})
    rows = by_type(by_type(tabs.letters(answer, SettingsQuery("letters")), html.Tbody), html.Tr)
    assert [len(by_class(row, "menu-link")) for row in rows] == [2, 0]
    assert "BAD at a.b" in text(rows[0])


def test_whoever_may_not_open_the_settings_is_told_what_is_needed() -> None:
    assert "You need the role admin" in text(layout.could_not_load(ApiError("FORBIDDEN", "No.")))
    assert "could not be loaded" in text(layout.could_not_load(ApiError("TIMEOUT", "No answer.")))


@pytest.mark.parametrize(
    ("action", "fields", "operation", "asked"),
    [
        ("api", {"apiName": " shop ", "apiRole": "ANALYST", "apiDays": "30", "apiScopes": ["customers:read"]},
         "ApiKeyCreate",
         {"name": "shop", "role": "ANALYST", "scopes": ["customers:read"], "expiresInDays": 30}),
        ("api", {"apiName": "shop", "apiScopes": []}, "ApiKeyCreate",
         {"name": "shop", "role": "VIEWER", "scopes": None, "expiresInDays": 90}),
        ("password", {"currentPassword": " old ", "newPassword": "new one ", "newAgain": "new one "}, "PasswordChange",
         {"currentPassword": " old ", "newPassword": "new one "}),
        ("hook", {"hookUrl": "https://a.example", "hookEvents": ["METRIC_CHANGED"], "hookQuery": " "}, "WebhookCreate",
         {"url": "https://a.example", "description": "", "events": ["METRIC_CHANGED"], "query": None}),
        ("hook-off", {}, "WebhookUpdate", {"id": "7", "enabled": False}),
        ("hook-dry", {"hookWhich": "7", "hookEvent": "METRIC_CHANGED", "hookSubject": "revenue"}, "WebhookTest",
         {"id": "7", "event": "METRIC_CHANGED", "subject": "revenue", "send": False}),
        ("hook-replay", {}, "WebhookReplay", {"ids": ["7"]}),
        ("idp", {"idpIssuer": " https://id.example ", "idpClient": "us", "idpSecret": "",
                 "idpDomains": "A.example, b.example", "idpRole": "", "idpState": "off"}, "IdentityProviderSet",
         {"issuer": "https://id.example", "clientId": "us", "clientSecret": None,
          "emailDomains": ["a.example", "b.example"], "newRole": None, "enabled": False}),
        ("limits", {"limitPoints": "1,000", "limitMembers": "", "limitSockets": " 5 "}, "TenantLimitsUpdate",
         {"pointsPerSecond": 1000, "members": None, "sockets": 5, "eventDays": None}),
    ],
)  # fmt: skip
def test_keys_webhooks_and_the_own_account_send_their_mutations(
    action: str, fields: dict[str, object], operation: str, asked: dict[str, object]
) -> None:
    change = change_of(action, "7", fields)
    assert (change.operation, change.variables) == (operation, {"input": asked})


def test_a_limit_that_is_no_number_is_not_sent() -> None:
    for wrong in ("many", "-1", "1.5", "²"):
        with pytest.raises(NotReady, match="Users: give a whole number"):
            change_of("limits", "", {"limitMembers": wrong})


def test_a_provider_is_shown_without_its_secret_and_can_be_removed_once_there_is_one() -> None:
    provider = {"issuer": "https://id.example", "clientId": "us", "hasSecret": True,
                "emailDomains": ["a.example", "b.example"], "newRole": "VIEWER", "enabled": True,
                "updatedAt": NOON}  # fmt: skip
    for given, removes in ((provider, 1), (None, 0)):
        settings = {"redirectUri": "https://cip.example/sign-in/callback", "provider": given}
        answer = SignInSettings.model_validate({"tenant": TENANT, "signInSettings": settings})
        [card] = tabs.TABS["sign-in"](answer, SettingsQuery("sign-in"))
        assert "https://cip.example/sign-in/callback" in text(card)
        assert len(by_class(card, "menu-link")) == removes
        assert ("Leave it empty to keep" in text(card)) is bool(removes)


def test_a_password_that_was_mistyped_the_second_time_is_not_sent() -> None:
    typed = {"currentPassword": "a", "newPassword": "new one", "newAgain": "new  one"}
    with pytest.raises(NotReady, match="not the same"):
        change_of("password", "", typed)


def webhooks(state: str, *, enabled: bool = True) -> Webhooks:
    closed = {"state": "CLOSED", "failures": 0}
    hook = {"id": "h", "url": "https://a.example/hook", "description": "Till", "events": ["METRIC_CHANGED"],
            "enabled": enabled, "createdBy": "ada", "breaker": closed}  # fmt: skip
    sent = {"id": "d", "messageId": "msg_1", "event": "METRIC_CHANGED", "subject": "revenue", "test": True,
            "state": state, "attempts": 2, "replays": 0, "createdAt": NOON, "status": 503, "milliseconds": 9,
            "fault": "HTTP_503", "endpoint": hook}  # fmt: skip
    counted = {"nodes": [hook], "totalCount": {"value": 1, "precision": "EXACT"}}
    me = {"permissions": ["integrations:manage"]}
    given = {
        "tenant": TENANT,
        "me": me,
        "endpoints": counted,
        "sample": {"nodes": [{"id": "c1"}]},
        "page": listed([sent]),
    }
    return Webhooks.model_validate(given)


@pytest.mark.parametrize(("state", "again"), [("WAITING", 0), ("DELIVERED", 1), ("DEAD", 1)])
def test_a_delivery_that_is_over_can_be_sent_again(state: str, again: int) -> None:
    cards = layout.body(webhooks(state), SettingsQuery("webhooks"))
    assert [prop(one, "aria-label") for one in by_class(cards, "card")] == [
        "Webhook endpoints", "Deliveries", "Try an endpoint", "New endpoint"]  # fmt: skip
    [row] = by_type(by_type(cards[1], html.Tbody), html.Tr)
    assert len(by_class(row, "menu-link")) == again
    assert "HTTP 503 in 9 msHTTP_503" in text(row)


def test_a_stopped_endpoint_is_offered_to_go_on() -> None:
    shown = layout.body(webhooks("DEAD", enabled=False), SettingsQuery("webhooks"))
    offered = [prop(one, "id")["do"] for one in by_class(shown[0], "menu-link")]
    assert offered == ["hook-on", "hook-secret", "hook-gone"]


def test_states_of_one_list_are_not_asked_of_another() -> None:
    assert parse({"tab": "webhooks", "state": "DEAD"}).variables()["state"] == "DEAD"
    assert parse({"tab": "webhooks", "state": "REPLAYED"}) == SettingsQuery("webhooks")
    assert parse({"tab": "letters", "state": "DEAD"}) == SettingsQuery("letters")


def test_whoever_may_only_read_endpoints_is_offered_nothing() -> None:
    given = webhooks("DEAD").model_dump(by_alias=True) | {"me": {"permissions": ["integrations:view"]}}
    [shown] = layout.body(Webhooks.model_validate(given), SettingsQuery("webhooks"))
    assert "You need the role admin" in text(shown)
    assert by_type(shown, html.Button) == []


def test_details_of_the_trail_are_words_and_a_long_one_is_whole_in_its_tip() -> None:
    details = {"kinds": ["CHURN", "CLV"], "ACCEPTED": 2_000, "hash": "ab" * 80}
    entry = {"id": "1", "at": NOON, "actor": "job:1", "action": "model.train", "outcome": "DONE", "details": details}
    nothing = {**entry, "details": {}}
    answer = Answer[Entry].model_validate({"tenant": TENANT, "page": listed([entry, nothing])})
    first, second = by_class(html.Div(tabs.audit(answer, parse({"tab": "audit"}))), "settings-details")
    assert text(first) == "Kinds: CHURN, CLV · ACCEPTED: 2000 · Hash: abababababab…"
    assert prop(first, "title").endswith("ab" * 80)
    assert text(second) == "–"

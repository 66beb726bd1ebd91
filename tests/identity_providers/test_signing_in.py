"""Signing in by a provider that speaks the true protocol; and by one, or a visitor, that does not."""

from collections.abc import Callable
from typing import Any, Final

import httpx
import pytest
from starlette.applications import Starlette

from api.app import Server
from api.settings import Settings
from models.database import Database
from tests.identity_providers.conftest import HERE, SET, Browser, form
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.identity_provider import (
    SECRET,
    Claims,
    IdentityProvider,
    by_secret,
    make_key,
    make_rsa_key,
    signed,
    unsigned,
)
from tests.support.world import TestTenant

ANN: Final = "ann@acme.example"
MEMBERS: Final = "{ members(first: 20) { nodes { name displayName role state } } }"


def refused(why: str) -> str:
    return f"/login?error=sign-in-{why}"


async def _members(api: Api) -> dict[str, tuple[str, str]]:
    admin = await api.login("acme", "admin")
    nodes = (await admin.data(MEMBERS))["members"]["nodes"]
    return {node["name"]: (node["role"], node["state"]) for node in nodes}


async def _sign_ins(database: Database, tenant: TestTenant) -> list[tuple[str, str, Any]]:
    found = [entry for entry in await entries(database, tenant) if entry.action == "session.sign_in"]
    return [(entry.outcome, entry.actor, entry.details.get("why")) for entry in found]


async def test_a_person_of_the_tenants_domain_comes_in_and_is_the_same_account_each_time(
    browser: Browser, api: Api, offered: IdentityProvider, acme: TestTenant, database: Database
) -> None:
    offered.person["name"] = "Ann Example"
    assert await browser.sign_in(next="/customers?first=1") == "/customers?first=1"
    assert await browser.whoami() == ANN
    assert (await _members(api))[ANN] == ("VIEWER", "ACTIVE")
    offered.person["email"] = "ann.married@acme.example"
    assert await browser.sign_in() == "/"
    assert await browser.whoami() == ANN
    assert await _sign_ins(database, acme) == [("done", f"user:{ANN}", None)] * 2


async def test_the_browser_is_led_away_by_a_page_and_keeps_what_it_needs_to_come_back(
    browser: Browser, offered: IdentityProvider
) -> None:
    page = await browser.begin()
    assert f'<a href="{offered.issuer}/authorize?' in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    name, *attributes = page.headers["set-cookie"].split("; ")
    assert name.startswith("cip_sign_in=")
    assert sorted(attributes) == ["HttpOnly", "Max-Age=600", "Path=/", "SameSite=lax"]
    assert SECRET not in page.text


async def test_a_client_without_a_secret_is_proven_by_its_challenge_alone(
    browser: Browser, api: Api, acme: TestTenant, provider: IdentityProvider
) -> None:
    provider.secret = None
    admin = await api.login("acme", "admin")
    assert (await admin.data(SET, form(provider, clientSecret="")))["identityProviderSet"]["userErrors"] == []
    assert await browser.sign_in() == "/"


async def test_a_key_that_the_provider_changed_is_looked_for_and_old_ones_go(
    browser: Browser, offered: IdentityProvider, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(server.discovery, "_monotonic", lambda: now[0])
    assert await browser.sign_in() == "/"
    offered.keys = [make_rsa_key("second")]
    now[0] += 1
    # A moment after the last look nobody makes us look again.
    assert await browser.sign_in() == refused("invalid")
    now[0] += 30
    assert await browser.sign_in() == "/"
    assert offered.asked.count("keys") == 2
    stolen = make_key("first")
    offered.sign = lambda claims: signed(stolen, claims)
    assert await browser.sign_in() == refused("invalid")


def _claims(**changed: Any) -> Callable[[Claims], Claims]:
    return lambda claims: {name: value for name, value in {**claims, **changed}.items() if value is not None}


WRONG: Final[dict[str, Callable[[Claims], Claims]]] = {
    "another nonce": _claims(nonce="another"),
    "no nonce": _claims(nonce=None),
    "another issuer": _claims(iss="https://evil.example"),
    "no issuer": _claims(iss=None),
    "another audience": _claims(aud="another-client"),
    "several audiences, and issued to another": _claims(aud=["our-client", "another"], azp="another"),
    "several audiences, and issued to nobody": _claims(aud=["our-client", "another"]),
    "no audience": _claims(aud=None),
    "expired": lambda claims: {**claims, "exp": claims["iat"] - 61},
    "without an end": _claims(exp=None),
    "without a beginning": _claims(iat=None),
    "from the future": lambda claims: {**claims, "nbf": claims["iat"] + 120},
    "no subject": _claims(sub=None),
    "an empty subject": _claims(sub=""),
    "a subject that is no text": _claims(sub=["42"]),
    "an access token that is not its own": _claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
}


async def test_a_token_that_is_not_of_this_sign_in_lets_nobody_in(
    browser: Browser,
    offered: IdentityProvider,
    database: Database,
    acme: TestTenant,
) -> None:
    for name, change in WRONG.items():
        offered.change = change
        assert await browser.sign_in() == refused("invalid"), name
        assert await browser.whoami() == "UNAUTHENTICATED", name
    assert await _sign_ins(database, acme) == [("denied", "anonymous", "sign-in-invalid")] * len(WRONG)
    offered.change = dict
    assert await browser.sign_in() == "/"


FORGED: Final[dict[str, Callable[[Claims], str]]] = {
    "unsigned": unsigned,
    "by the client's secret": by_secret,
    "by a key of the same name": lambda claims: signed(make_key("first"), claims),
    "by a key of another name": lambda claims: signed(make_key("other"), claims),
    "no token": lambda claims: "a.b",
    "an empty token": lambda claims: "",
    "no JSON": lambda claims: "eyJhbGciOiJFUzI1NiJ9.bm8.bm8",
}


async def test_a_forged_token_lets_nobody_in(browser: Browser, offered: IdentityProvider) -> None:
    for name, sign in FORGED.items():
        offered.sign = sign
        assert await browser.sign_in() == refused("invalid"), name
        assert await browser.whoami() == "UNAUTHENTICATED", name


async def test_an_answer_counts_in_the_browser_that_asked_with_its_state_and_once(
    browser: Browser, offered: IdentityProvider, server: Server
) -> None:
    answer = await browser.visit()
    transport = httpx.ASGITransport(Starlette(routes=server.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        other = Browser(http)
        assert await other.back(answer) == refused("stale")
        await other.begin()
        assert await other.back(answer) == refused("stale")
        assert await other.whoami() == "UNAUTHENTICATED"
    kept = browser.http.cookies.get("cip_sign_in")
    assert kept is not None
    assert await browser.back(answer) == "/"
    assert browser.http.cookies.get("cip_sign_in") is None
    assert await browser.back(answer) == refused("stale")
    browser.http.cookies.set("cip_sign_in", kept)
    # The provider gives a token for a code once.
    assert await browser.back(answer) == refused("invalid")


async def test_a_forged_cookie_begins_nothing(browser: Browser, offered: IdentityProvider) -> None:
    for spoilt in ("", "x", "00", "zz", "00" * 200):
        answer = await browser.visit()
        browser.http.cookies.clear()
        browser.http.cookies.set("cip_sign_in", spoilt)
        assert await browser.back(answer) == refused("stale"), spoilt
    assert "token" not in offered.asked


async def test_an_answer_without_state_or_code_or_of_another_issuer_is_refused(
    browser: Browser, offered: IdentityProvider
) -> None:
    changes: tuple[tuple[Callable[[str], str], str], ...] = (
        (lambda text: text.split("&state")[0], "stale"),
        (lambda text: text.replace("code=", "cod="), "invalid"),
        (lambda text: text + "&iss=https%3A%2F%2Fevil.example", "invalid"),
        (lambda text: text.replace("code=", "code=x"), "invalid"),
    )
    for change, why in changes:
        assert await browser.back(change(await browser.visit())) == refused(why)
    offered.declines = True
    assert await browser.sign_in() == refused("declined")
    assert await browser.whoami() == "UNAUTHENTICATED"


async def test_a_provider_that_names_itself_in_its_answers_must(
    browser: Browser, offered: IdentityProvider, server: Server
) -> None:
    offered.names_itself = True
    await server.discovery.endpoints(offered.issuer, fresh=True)
    assert await browser.sign_in() == "/"
    answer = await browser.visit()
    assert await browser.back(answer.split("&iss=")[0]) == refused("invalid")


async def test_a_provider_that_is_down_is_said_to_be_and_is_not_asked_by_each_visitor(
    browser: Browser, offered: IdentityProvider, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(server.discovery, "_monotonic", lambda: now[0])
    server.discovery._known.clear()
    offered.down = True
    offered.asked.clear()
    for _ in range(3):
        answer = await browser.begin()
        assert (answer.status_code, answer.headers["location"]) == (303, refused("unavailable"))
    assert offered.asked == ["description"]
    offered.down = False
    now[0] += 10
    assert await browser.sign_in() == "/"


async def test_a_tenant_without_a_provider_and_one_that_is_not_are_answered_alike(
    browser: Browser, offered: IdentityProvider, globex: TestTenant
) -> None:
    for tenant in ("globex", "nowhere", "", "acme\0", "ACME"):
        assert (await browser.begin(tenant)).headers["location"] == refused("not-offered")


async def test_only_our_own_page_begins_a_sign_in(browser: Browser, offered: IdentityProvider) -> None:
    for headers in ({}, {"origin": "https://evil.example"}):
        answer = await browser.http.post("/sign-in", data={"tenant": "acme"}, headers=headers)
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)
    answer = await browser.http.post("/sign-in", data={"tenant": "acme", "next": "//evil.example"}, headers=HERE)
    assert answer.status_code == 200


STRANGERS: Final[tuple[Claims, ...]] = (
    {"sub": "7", "email": "bob@globex.example", "email_verified": True},
    {"sub": "7", "email": "bob@evil.acme.example", "email_verified": True},
    {"sub": "7", "email": "bob@acme.example", "email_verified": False},
    {"sub": "7", "email": "bob@acme.example", "email_verified": "true"},
    {"sub": "7", "email": "bob@acme.example"},
    {"sub": "7", "email": "evil@acme.example@globex.example", "email_verified": True},
    {"sub": "7"},
)


async def test_who_has_no_verified_address_of_the_tenants_domains_stays_outside(
    browser: Browser, offered: IdentityProvider, api: Api
) -> None:
    before = await _members(api)
    for person in STRANGERS:
        offered.person = dict(person)
        assert await browser.sign_in() == refused("unknown"), person
    assert await _members(api) == before


async def test_where_people_are_invited_only_the_invited_come_in_with_the_role_they_were_given(
    browser: Browser, api: Api, acme: TestTenant, provider: IdentityProvider
) -> None:
    admin = await api.login("acme", "admin")
    assert (await admin.data(SET, form(provider, newRole=None)))["identityProviderSet"]["userErrors"] == []
    assert await browser.sign_in() == refused("unknown")
    invite = "mutation I($i: MemberInviteInput!) { memberInvite(input: $i) { userErrors { code } } }"
    await admin.data(invite, {"i": {"name": ANN, "displayName": "Ann", "role": "ANALYST"}})
    provider.person["email"] = "Ann@Acme.example"
    assert await browser.sign_in() == "/"
    assert (await _members(api))[ANN] == ("ANALYST", "ACTIVE")
    # The address has gone to somebody else, who is not whom it was given to.
    provider.person["sub"] = "43"
    assert await browser.sign_in() == refused("unknown")


async def test_a_person_of_another_tenant_comes_into_their_own_and_no_other(
    browser: Browser, api: Api, offered: IdentityProvider, acme: TestTenant, globex: TestTenant
) -> None:
    other = await api.login("globex", "admin")
    payload = await other.data(SET, form(offered, emailDomains=["globex.example"], newRole=None))
    assert payload["identityProviderSet"]["userErrors"] == []
    assert await browser.sign_in("acme") == "/"
    # The same person of the same provider is nobody at the other tenant.
    assert await browser.sign_in("globex") == refused("unknown")
    # An answer to a sign-in at the one is none to a sign-in at the other.
    answer = await browser.visit("acme")
    await browser.begin("globex")
    assert await browser.back(answer) == refused("stale")


async def test_no_more_people_come_in_than_the_tenant_allows_itself(
    browser: Browser, api: Api, offered: IdentityProvider
) -> None:
    admin = await api.login("acme", "admin")
    count = len(await _members(api))
    limit = "mutation L($n: Int!) { tenantLimitsUpdate(input: {members: $n}) { userErrors { code } } }"
    await admin.data(limit, {"n": count})
    assert await browser.sign_in() == refused("full")
    await admin.data(limit, {"n": count + 1})
    assert await browser.sign_in() == "/"


async def test_private_addresses_are_not_called_where_they_may_not_be(
    settings: Settings, provider: IdentityProvider, acme: TestTenant, database: Database
) -> None:
    server = Server(settings.model_copy(update={"webhook_private_addresses": False}), patience=60)
    transport = httpx.ASGITransport(Starlette(routes=server.routes()))
    async with server.running(), httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        admin = await Api(http).login("acme", "admin")
        for issuer in (provider.issuer, "https://127.0.0.1", "https://169.254.169.254", "https://[::1]"):
            payload = (await admin.data(SET, form(provider, issuer=issuer)))["identityProviderSet"]
            assert [(error["field"], error["code"]) for error in payload["userErrors"]] == [
                (["issuer"], "BAD_USER_INPUT")
            ], issuer
    assert provider.asked == []

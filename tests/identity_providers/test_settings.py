"""Setting up a provider: who may, what is refused with its reason, and what becomes of the secret."""

from typing import Any, Final

from models.database import Database
from tests.identity_providers.conftest import SET, Browser, form
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.identity_provider import IdentityProvider, providing
from tests.support.world import TestTenant

SHOW: Final = "{ signInSettings { redirectUri provider { issuer hasSecret emailDomains newRole enabled } } }"
DELETE: Final = "mutation { identityProviderDelete { userErrors { code } } }"


async def _set(admin: Api, provider: IdentityProvider, **changed: object) -> list[tuple[list[str] | None, str]]:
    payload = (await admin.data(SET, form(provider, **changed)))["identityProviderSet"]
    return [(error["field"], error["code"]) for error in payload["userErrors"]]


async def _provider(admin: Api) -> Any:
    return (await admin.data(SHOW))["signInSettings"]["provider"]


async def test_an_admin_sees_what_was_set_without_the_secret_and_nobody_else_does(
    api: Api, offered: IdentityProvider, acme: TestTenant, globex: TestTenant, database: Database
) -> None:
    admin = await api.login("acme", "admin")
    assert (await admin.data(SHOW))["signInSettings"] == {
        "redirectUri": "http://testserver/sign-in/callback",
        "provider": {
            "issuer": offered.issuer,
            "hasSecret": True,
            "emailDomains": ["acme.example"],
            "newRole": "VIEWER",
            "enabled": True,
        },
    }
    assert await _provider(await api.login("globex", "admin")) is None
    for persona in ("viewer", "analyst"):
        caller = await api.login("acme", persona)
        assert await caller.error_code(SHOW) == "FORBIDDEN"
        assert await caller.error_code(SET, form(offered)) == "FORBIDDEN"
        assert await caller.error_code(DELETE) == "FORBIDDEN"
    [entry] = [entry for entry in await entries(database, acme) if entry.action == "identity_provider.set"]
    assert (entry.actor, entry.outcome) == ("user:admin", "done")
    assert entry.details == {"issuer": offered.issuer, "enabled": True, "secret": True}


async def test_what_cannot_work_is_refused_where_it_is_wrong(
    api: Api, acme: TestTenant, provider: IdentityProvider
) -> None:
    admin = await api.login("acme", "admin")
    wrong: list[tuple[dict[str, object], list[str]]] = [
        ({"issuer": "id.example"}, ["issuer"]),
        ({"issuer": "ftp://id.example"}, ["issuer"]),
        ({"issuer": f"{provider.issuer}/"}, ["issuer"]),
        ({"issuer": f"{provider.issuer}/elsewhere"}, ["issuer"]),
        ({"issuer": f"{provider.issuer}?a=b"}, ["issuer"]),
        ({"clientId": ""}, ["clientId"]),
        ({"clientId": "ü"}, ["clientId"]),
        ({"clientSecret": "a\nb"}, ["clientSecret"]),
        ({"emailDomains": []}, ["emailDomains"]),
        ({"emailDomains": ["acme.example", "@acme"]}, ["emailDomains", "1"]),
        ({"emailDomains": ["ACME.example"]}, ["emailDomains", "0"]),
        ({"emailDomains": ["example"]}, ["emailDomains", "0"]),
        ({"newRole": "ADMIN"}, ["newRole"]),
    ]
    for changed, field in wrong:
        assert await _set(admin, provider, **changed) == [(field, "BAD_USER_INPUT")], changed
    provider.describes = lambda given: {**given, "token_endpoint": "gopher://x"}
    assert await _set(admin, provider) == [(["issuer"], "BAD_USER_INPUT")]
    provider.describes = lambda given: {**given, "issuer": "https://another.example"}
    assert await _set(admin, provider) == [(["issuer"], "BAD_USER_INPUT")]
    provider.down = True
    assert await _set(admin, provider) == [(["issuer"], "BAD_USER_INPUT")]
    assert await _provider(admin) is None
    provider.down, provider.describes = False, dict
    assert await _set(admin, provider) == []


async def test_a_secret_stays_until_it_is_removed_and_never_goes_to_another_issuer(
    api: Api, offered: IdentityProvider, browser: Browser
) -> None:
    admin = await api.login("acme", "admin")
    assert await _set(admin, offered, clientSecret=None) == []
    assert await browser.sign_in() == "/"
    async with providing() as other:
        assert await _set(admin, other, clientSecret=None) == [(["clientSecret"], "BAD_USER_INPUT")]
        assert (await _provider(admin))["issuer"] == offered.issuer
        assert await _set(admin, other, clientSecret="") == []
    assert (await _provider(admin))["hasSecret"] is False


async def test_a_provider_that_is_off_or_gone_lets_nobody_in_and_ends_no_session(
    api: Api, offered: IdentityProvider, browser: Browser
) -> None:
    admin = await api.login("acme", "admin")
    assert await browser.sign_in() == "/"
    answer = await browser.visit()
    assert await _set(admin, offered, enabled=False) == []
    assert await browser.back(answer) == "/login?error=sign-in-not-offered"
    assert (await browser.begin()).headers["location"] == "/login?error=sign-in-not-offered"
    assert (await admin.data(DELETE))["identityProviderDelete"]["userErrors"] == []
    assert (await admin.data(DELETE))["identityProviderDelete"]["userErrors"] == [{"code": "NOT_FOUND"}]
    assert await browser.whoami() == "ann@acme.example"

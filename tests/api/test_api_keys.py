"""API keys: made by people who may, shown once, limited in what and for how long, and dead when they are revoked."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final

import pytest

from api.accounts.api_key_service import ApiKeys
from api.app import Server
from api.auth import api_keys
from api.auth.permissions import VIEWER, Permission, Role
from models.database import Database
from tests.support.api_keys import make_api_key
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.frames import open_socket
from tests.support.running import running
from tests.support.statements import counted_statements
from tests.support.world import NOW, TestTenant, clock

CREATE: Final = """
mutation Create($input: ApiKeyCreateInput!) {
  apiKeyCreate(input: $input) {
    key apiKey { id public name role scopes createdBy expiresAt revokedAt lastUsedAt }
    userErrors { field code message }
  }
}
"""
REVOKE: Final = """
mutation Revoke($id: ID!) {
  apiKeyRevoke(input: {id: $id}) { apiKey { id revokedAt } userErrors { field code } }
}
"""
KEYS: Final = "{ apiKeys(first: 10) { nodes { public name lastUsedAt revokedAt } totalCount { value } } }"
CUSTOMERS: Final = "{ customers(first: 2) { nodes { name } } }"


@pytest.fixture
async def admin(api: Api, acme: TestTenant) -> Api:
    return await api.login("acme", "admin")


async def _create(admin: Api, **given: Any) -> dict[str, Any]:
    payload: dict[str, Any] = (await admin.data(CREATE, {"input": {"name": "etl", "role": "VIEWER", **given}}))[
        "apiKeyCreate"
    ]
    return payload


async def test_a_key_is_shown_once_and_reads_what_its_role_may(admin: Api, api: Api, database: Database) -> None:
    payload = await _create(admin)
    text, made = payload["key"], payload["apiKey"]
    assert payload["userErrors"] == []
    assert (made["role"], made["scopes"], made["createdBy"]) == (
        "VIEWER",
        sorted(scope.value for scope in VIEWER),
        "user:admin",
    )
    assert (made["expiresAt"], made["revokedAt"]) == ((NOW + timedelta(days=90)).isoformat(), None)
    ref = api_keys.read(text)
    assert ref is not None
    assert (ref.slug, ref.public) == ("acme", made["public"])
    program = Api(api.http, text)
    assert len((await program.data(CUSTOMERS))["customers"]["nodes"]) == 2
    listed = (await admin.data(KEYS))["apiKeys"]
    assert text.rpartition("_")[2] not in str(listed)
    assert [(key["public"], key["lastUsedAt"]) for key in listed["nodes"]] == [(made["public"], NOW.isoformat())]


async def test_a_key_may_do_what_its_scopes_say_and_nothing_else(admin: Api, api: Api, acme: TestTenant) -> None:
    payload = await _create(admin, role="ADMIN", scopes=["customers:read"], expiresInDays=1)
    program = Api(api.http, payload["key"])
    await program.data(CUSTOMERS)
    for query in ("{ events(first: 1) { nodes { name } } }", KEYS, "mutation { metricsRecompute { job { id } } }"):
        assert await program.error_code(query) == "FORBIDDEN"


async def test_a_program_is_no_person(admin: Api, api: Api) -> None:
    program = Api(api.http, (await _create(admin, role="ADMIN"))["key"])
    for query in (
        "{ me { name } }",
        "{ sessions(first: 1) { nodes { id } } }",
        "mutation { logout { userErrors { code } } }",
        "mutation { refreshSession { accessToken } }",
    ):
        [error] = (await program.answer(query))["errors"]
        assert (error["extensions"]["code"], error["message"]) == (
            "FORBIDDEN",
            "This is for people; an API key is a program.",
        )
    assert (await program.data("{ rateLimit { limit } }"))["rateLimit"]["limit"] > 0


async def test_nobody_makes_a_key_that_may_do_more_than_they(admin: Api, api: Api) -> None:
    scopes = ["api_keys:manage", "customers:read"]
    program = Api(api.http, (await _create(admin, role="ADMIN", scopes=scopes))["key"])
    assert (await _create(program, role="ADMIN", scopes=["customers:read"]))["userErrors"] == []
    payload = await _create(program, role="ADMIN")
    assert (payload["key"], payload["userErrors"][0]["code"]) == (None, "FORBIDDEN")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": ["settings:manage"]}, "scopes"),
        ({"expiresInDays": 0}, "expiresInDays"),
        ({"expiresInDays": 366}, "expiresInDays"),
        ({"expiresInDays": -(2**31)}, "expiresInDays"),
    ],
)
async def test_a_key_that_cannot_be_is_refused_with_its_reason(admin: Api, given: dict[str, Any], field: str) -> None:
    payload = await _create(admin, **given)
    assert payload["key"] is None
    assert [error["field"] for error in payload["userErrors"]] == [[field]]


async def test_only_who_manages_keys_may_make_revoke_and_list_them(api: Api, acme: TestTenant) -> None:
    for persona in ("viewer", "analyst"):
        caller = await api.login("acme", persona)
        assert await caller.error_code(KEYS) == "FORBIDDEN"
        assert await caller.error_code(REVOKE, {"id": "x"}) == "FORBIDDEN"
        assert await caller.error_code(CREATE, {"input": {"name": "x", "role": "VIEWER"}}) == "FORBIDDEN"


async def test_a_revoked_key_is_refused_at_once(admin: Api, api: Api, database: Database, acme: TestTenant) -> None:
    payload = await _create(admin)
    program = Api(api.http, payload["key"])
    await program.data(CUSTOMERS)
    revoked = (await admin.data(REVOKE, {"id": payload["apiKey"]["id"]}))["apiKeyRevoke"]
    assert revoked["apiKey"]["revokedAt"] == NOW.isoformat()
    assert await program.error_code(CUSTOMERS) == "UNAUTHENTICATED"
    done = [entry for entry in await entries(database, acme) if entry.action.startswith("api_key.")]
    assert [(entry.action, entry.actor, entry.outcome) for entry in done] == [
        ("api_key.create", "user:admin", "done"),
        ("api_key.revoke", "user:admin", "done"),
    ]


async def test_expired_foreign_and_false_keys_are_refused_alike(
    api: Api, database: Database, acme: TestTenant, globex: TestTenant
) -> None:
    good = (await make_api_key(database, acme)).text
    expired = (await make_api_key(database, acme, now=lambda: NOW - timedelta(days=91))).text
    last = "A" if good[-1] != "A" else "B"
    for text in (
        expired,
        good[:-1] + last,
        good.replace("_acme_", "_globex_"),
        good.replace("_acme_", "_nowhere_"),
        "cip_live_",
        good + "x",
    ):
        assert await Api(api.http, text).error_code(CUSTOMERS) == "UNAUTHENTICATED", text
    assert "errors" not in await Api(api.http, good).answer(CUSTOMERS)


async def test_a_key_sees_its_own_tenant_only(
    api: Api, database: Database, acme: TestTenant, globex: TestTenant
) -> None:
    answers = [
        (await Api(api.http, (await make_api_key(database, tenant)).text).post(CUSTOMERS)).text
        for tenant in (acme, globex)
    ]
    assert [acme.canary in answer for answer in answers] == [True, False]
    assert [globex.canary in answer for answer in answers] == [False, True]


async def test_a_key_is_looked_up_at_most_every_two_seconds(
    api: Api, server: Server, database: Database, acme: TestTenant
) -> None:
    program = Api(api.http, (await make_api_key(database, acme)).text)
    with counted_statements(server.database) as seen:
        for number in range(3):
            await program.data(f"{{ tenant {{ a{number}: name }} }}")
    assert sum("api_key" in statement and "SELECT" in statement for statement in seen) == 1


async def test_each_key_spends_from_its_own_bucket(
    api: Api, server: Server, database: Database, acme: TestTenant
) -> None:
    keys = [await make_api_key(database, acme) for _ in range(2)]
    for key in keys:
        await Api(api.http, key.text).data(CUSTOMERS)
    assert {caller for _, caller in server.limits.limiter._shares} >= {key.record.id for key in keys}


@pytest.fixture
async def url(server: Server, acme: TestTenant) -> AsyncIterator[str]:
    async with running(server) as base_url:
        yield base_url


async def test_the_socket_of_a_revoked_key_is_closed_with_4403_within_seconds(
    url: str, admin: Api, server: Server, database: Database, acme: TestTenant
) -> None:
    scopes = frozenset({Permission.ANALYTICS_VIEW, Permission.CUSTOMERS_READ})
    first, second = [await make_api_key(database, acme, role=Role.ANALYST, scopes=scopes) for _ in range(2)]
    async with open_socket(url) as frames, open_socket(url) as others:
        await frames.init(first.text)
        await others.init(second.text)
        assert "errors" not in await frames.only(CUSTOMERS)
        await ApiKeys(server.database, clock).revoke(acme.id, first.record.id, actor="test")
        async with asyncio.timeout(5):
            assert await frames.close_code() == 4403
        assert "errors" not in await others.only(CUSTOMERS)

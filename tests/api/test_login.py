"""Logging in and out by the mutation, and what ends with a session."""

from datetime import timedelta
from typing import Final

import orjson

from api.accounts.contracts import NewAccount
from api.accounts.service import Accounts, create_account_with_link
from api.app import Server
from api.auth.permissions import Role
from models.database import Database
from tests.support.audit import entries
from tests.support.client import LOGIN, Api
from tests.support.world import PASSWORD, TestTenant, clock

ME: Final = "{ me { name displayName role permissions } }"
REFRESH: Final = "mutation { refreshSession { accessToken user { name } userErrors { code } } }"
LOGOUT: Final = "mutation { logout { userErrors { code } } }"


def _input(tenant: str, username: str, password: str) -> dict[str, dict[str, str]]:
    return {"input": {"tenant": tenant, "username": username, "password": password}}


async def test_a_login_gives_a_token_and_the_user(api: Api, acme: TestTenant) -> None:
    payload = (await api.data(LOGIN, _input("acme", "analyst", PASSWORD)))["login"]
    assert payload["userErrors"] == []
    assert payload["user"]["name"] == "analyst"
    me = (await Api(api.http, payload["accessToken"]).data(ME))["me"]
    assert (me["name"], me["displayName"], me["role"]) == ("analyst", "analyst of acmecanary", "ANALYST")
    assert len(me["permissions"]) == 11
    assert me["permissions"] == sorted(me["permissions"])


async def test_a_wrong_password_user_or_tenant_is_answered_alike(
    api: Api, acme: TestTenant, globex: TestTenant
) -> None:
    tries = [
        ("acme", "viewer", "wrong"),
        ("acme", "viewer", ""),
        ("acme", "nobody", PASSWORD),
        ("acme", "", PASSWORD),
        ("nowhere", "viewer", PASSWORD),
        ("ACME", "viewer", PASSWORD),
        ("acme", "viewer", PASSWORD + "\0"),
        ("acme\0", "viewer", PASSWORD),
        ("acme", "viewer\0", PASSWORD),
        ("acme", "x" * 10_000, "x" * 100_000),
    ]
    answers = {(await api.post(LOGIN, _input(*given))).text for given in tries}
    expected = {
        "data": {
            "login": {
                "accessToken": None,
                "user": None,
                "userErrors": [
                    {
                        "code": "INVALID_CREDENTIALS",
                        "message": "The tenant, user name or password is not right.",
                    }
                ],
            }
        }
    }
    assert [orjson.loads(answer) for answer in answers] == [expected]


async def test_each_login_and_each_refusal_leaves_one_audit_entry(
    api: Api, acme: TestTenant, database: Database
) -> None:
    await api.post(LOGIN, _input("acme", "viewer", "wrong"))
    viewer = await api.login("acme", "viewer")
    await viewer.data(LOGOUT)
    found = [entry for entry in await entries(database, acme) if entry.action.startswith("session.")]
    assert [(entry.action, entry.outcome, entry.actor) for entry in found] == [
        ("session.login", "denied", "anonymous"),
        ("session.login", "done", "user:viewer"),
        ("session.logout", "done", "user:viewer"),
    ]


async def test_an_account_without_a_password_cannot_log_in(api: Api, acme: TestTenant, database: Database) -> None:
    async with database.unit_of_work(acme.id) as session:
        await create_account_with_link(session, acme.id, NewAccount("invited", "Invited", Role.ADMIN), clock())
    for password in ("", PASSWORD):
        payload = (await api.data(LOGIN, _input("acme", "invited", password)))["login"]
        assert payload["userErrors"][0]["code"] == "INVALID_CREDENTIALS"


async def test_a_token_is_renewed_while_its_session_lasts(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    payload = (await viewer.data(REFRESH))["refreshSession"]
    assert payload["userErrors"] == []
    renewed = Api(api.http, payload["accessToken"])
    assert (await renewed.data(ME))["me"]["name"] == "viewer"
    assert await api.error_code(REFRESH) == "UNAUTHENTICATED"


async def test_logging_out_ends_every_token_of_the_session_at_once_and_no_other_session(
    api: Api, acme: TestTenant
) -> None:
    viewer = await api.login("acme", "viewer")
    elsewhere = await api.login("acme", "viewer")
    renewed = Api(api.http, (await viewer.data(REFRESH))["refreshSession"]["accessToken"])
    assert (await viewer.data(LOGOUT))["logout"] == {"userErrors": []}
    for ended in (viewer, renewed):
        assert await ended.error_code(ME) == "UNAUTHENTICATED"
        assert await ended.error_code(REFRESH) == "UNAUTHENTICATED"
        assert await ended.error_code(LOGOUT) == "UNAUTHENTICATED"
    assert (await elsewhere.data(ME))["me"]["name"] == "viewer"


async def test_a_session_ends_after_twelve_hours_whatever_its_token_says(
    server: Server, database: Database, acme: TestTenant
) -> None:
    now = [clock()]
    accounts = Accounts(database, server.passwords, lambda: now[0])
    login = await accounts.login("acme", "viewer", PASSWORD)
    assert login is not None
    used = (acme.id, [login.ref.session_id])
    for _ in range(12):
        assert await accounts.find_users(*used)
        now[0] += timedelta(hours=1)
    now[0] -= timedelta(seconds=1)
    assert await accounts.find_users(*used)
    now[0] += timedelta(seconds=1)
    assert not await accounts.find_users(*used)

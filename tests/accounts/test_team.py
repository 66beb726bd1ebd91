"""The people of a tenant: invited and reset by one-time links, given roles, and their sessions ended."""

from typing import Any

import pytest

from api.accounts.service import Accounts
from api.auth.passwords import Passwords
from api.errors import BadInputError
from models.database import Database
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import PASSWORD, TestTenant, clock

INVITE = """
mutation($input: MemberInviteInput!) {
  memberInvite(input: $input) { setupPath member { id name role state } userErrors { field code } }
}
"""
RESET = "mutation($id: ID!) { memberReset(id: $id) { setupPath member { name } userErrors { code } } }"
ROLE = """
mutation($input: MemberRoleSetInput!) { memberRoleSet(input: $input) { member { role } userErrors { field code } } }
"""
END = "mutation($id: ID!) { sessionEnd(id: $id) { session { name } userErrors { code } } }"
PEOPLE = "{ members(first: 10) { totalCount { value } nodes { id name role state lastLoginAt } } }"
SESSIONS = "{ openSessions(first: 10) { totalCount { value } nodes { id name current } } }"


async def invite(admin: Api, name: str, role: str = "VIEWER") -> dict[str, Any]:
    variables = {"input": {"name": name, "displayName": f"{name} in full", "role": role}}
    payload: dict[str, Any] = (await admin.data(INVITE, variables))["memberInvite"]
    return payload


async def use(database: Database, setup_path: str, password: str) -> None:
    passwords = Passwords()
    try:
        await Accounts(database, passwords, clock).set_password(setup_path.partition("token=")[2], password)
    finally:
        passwords.close()


async def people(admin: Api) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in (await admin.data(PEOPLE))["members"]["nodes"]}


async def test_somebody_invited_logs_in_after_using_the_link_once(
    api: Api, acme: TestTenant, database: Database
) -> None:
    admin = await api.login("acme", "admin")
    made = await invite(admin, "ada", "ANALYST")
    assert (made["member"]["role"], made["member"]["state"], made["userErrors"]) == ("ANALYST", "INVITED", [])
    await use(database, made["setupPath"], "a long enough password")
    await api.login("acme", "ada", "a long enough password")
    ada = (await people(admin))["ada"]
    assert ada["state"] == "ACTIVE"
    assert ada["lastLoginAt"] is not None
    [entry] = [one for one in await entries(database, acme) if one.action == "account.invite"]
    assert (entry.actor, entry.details["role"]) == ("user:admin", "analyst")
    assert "ada" not in str(entry.details)


async def test_an_invitation_needs_a_name_of_its_own(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    for name, code in (
        ("viewer", "CONFLICT"),
        (" ", "BAD_USER_INPUT"),
        ("ada ", "BAD_USER_INPUT"),
        ("a\0", "BAD_USER_INPUT"),
    ):
        assert (await invite(admin, name))["userErrors"] == [{"field": ["name"], "code": code}], name


async def test_a_new_link_makes_the_earlier_one_void_and_the_password_works_until_then(
    api: Api, acme: TestTenant, database: Database
) -> None:
    admin = await api.login("acme", "admin")
    viewer = (await people(admin))["viewer"]["id"]
    first = (await admin.data(RESET, {"id": viewer}))["memberReset"]["setupPath"]
    second = (await admin.data(RESET, {"id": viewer}))["memberReset"]["setupPath"]
    await api.login("acme", "viewer", PASSWORD)
    await use(database, second, "another long password")
    await api.login("acme", "viewer", "another long password")
    with pytest.raises(BadInputError):
        await use(database, first, "a third long password")


async def test_a_role_changes_at_once_for_an_open_session(api: Api, acme: TestTenant) -> None:
    admin, viewer = await api.login("acme", "admin"), await api.login("acme", "viewer")
    assert await viewer.error_code(PEOPLE) == "FORBIDDEN"
    change = {"id": (await people(admin))["viewer"]["id"], "role": "ADMIN"}
    assert (await admin.data(ROLE, {"input": change}))["memberRoleSet"]["member"] == {"role": "ADMIN"}
    assert (await people(viewer))["viewer"]["role"] == "ADMIN"


async def test_the_last_admin_stays_one(api: Api, acme: TestTenant, database: Database) -> None:
    admin = await api.login("acme", "admin")
    await invite(admin, "second", "ADMIN")
    change = {"id": (await people(admin))["admin"]["id"], "role": "VIEWER"}
    refused = (await admin.data(ROLE, {"input": change}))["memberRoleSet"]
    assert refused == {"member": None, "userErrors": [{"field": ["role"], "code": "CONFLICT"}]}
    assert "account.set_role" not in [one.action for one in await entries(database, acme)]


async def test_a_session_ended_by_an_admin_is_over(api: Api, acme: TestTenant) -> None:
    admin, viewer = await api.login("acme", "admin"), await api.login("acme", "viewer")
    listed = (await admin.data(SESSIONS))["openSessions"]
    assert listed["totalCount"] == {"value": 2}
    assert {(one["name"], one["current"]) for one in listed["nodes"]} == {("admin", True), ("viewer", False)}
    [theirs] = [one["id"] for one in listed["nodes"] if one["name"] == "viewer"]
    assert (await admin.data(END, {"id": theirs}))["sessionEnd"]["session"] == {"name": "viewer"}
    assert await viewer.error_code("{ me { name } }") == "UNAUTHENTICATED"
    again = (await admin.data(END, {"id": theirs}))["sessionEnd"]
    assert again == {"session": None, "userErrors": [{"code": "NOT_FOUND"}]}


async def test_people_of_another_tenant_are_unknown(api: Api, acme: TestTenant, globex: TestTenant) -> None:
    theirs = (await people(await api.login("globex", "admin")))["viewer"]["id"]
    admin = await api.login("acme", "admin")
    assert (await admin.data(RESET, {"id": theirs}))["memberReset"]["userErrors"] == [{"code": "NOT_FOUND"}]
    change = {"input": {"id": theirs, "role": "ADMIN"}}
    assert (await admin.data(ROLE, change))["memberRoleSet"]["userErrors"] == [{"field": ["id"], "code": "NOT_FOUND"}]

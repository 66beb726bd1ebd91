"""Named views of the list of customers: one's own to change, and shared ones to see."""

from typing import Any

import pytest

from api.customers import view_service
from models.database import Database
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import TestTenant

VIEW = "view { id name query shared mine owner } userErrors { field code message }"
CREATE = f"mutation($input: SavedViewCreateInput!) {{ done: savedViewCreate(input: $input) {{ {VIEW} }} }}"
UPDATE = f"mutation($input: SavedViewUpdateInput!) {{ done: savedViewUpdate(input: $input) {{ {VIEW} }} }}"
DELETE = (
    "mutation($input: SavedViewDeleteInput!) { done: savedViewDelete(input: $input) { deletedId userErrors { code } } }"
)
LIST = "{ savedViews(first: 10) { totalCount { value } nodes { id name shared mine owner } } }"


async def run(api: Api, mutation: str, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await api.data(mutation, {"input": given}))["done"]
    return found


async def names(api: Api) -> list[tuple[str, bool]]:
    return [(one["name"], one["mine"]) for one in (await api.data(LIST))["savedViews"]["nodes"]]


@pytest.mark.usefixtures("acme")
async def test_a_view_is_its_owners_until_it_is_shared(api: Api) -> None:
    viewer, admin = await api.login("acme", "viewer"), await api.login("acme", "admin")
    made = (await run(viewer, CREATE, name=" French ", query="country=FR&sort=-spent"))["view"]
    assert (made["name"], made["query"], made["shared"], made["mine"]) == (
        "French",
        "country=FR&sort=-spent",
        False,
        True,
    )
    assert await names(viewer) == [("French", True)]
    assert await names(admin) == []
    changed = await run(viewer, UPDATE, id=made["id"], shared=True)
    assert (changed["view"]["shared"], changed["view"]["query"]) == (True, "country=FR&sort=-spent")
    assert await names(admin) == [("French", False)]


@pytest.mark.usefixtures("acme")
async def test_nobody_changes_or_forgets_anothers_view(api: Api) -> None:
    viewer, admin = await api.login("acme", "viewer"), await api.login("acme", "admin")
    made = (await run(viewer, CREATE, name="French", query="country=FR", shared=True))["view"]
    refused = await run(admin, UPDATE, id=made["id"], name="Mine now")
    assert [one["code"] for one in refused["userErrors"]] == ["NOT_FOUND"]
    refused = await run(admin, DELETE, id=made["id"])
    assert (refused["deletedId"], [one["code"] for one in refused["userErrors"]]) == (None, ["NOT_FOUND"])
    assert await names(viewer) == [("French", True)]
    assert (await run(viewer, DELETE, id=made["id"]))["deletedId"] == made["id"]
    assert await names(viewer) == []


@pytest.mark.usefixtures("acme")
async def test_a_name_is_used_once_by_a_person_in_whatever_case(api: Api) -> None:
    viewer, admin = await api.login("acme", "viewer"), await api.login("acme", "admin")
    first = (await run(viewer, CREATE, name="French", query=""))["view"]
    [error] = (await run(viewer, CREATE, name="FRENCH", query=""))["userErrors"]
    assert (error["code"], error["field"]) == ("CONFLICT", ["name"])
    second = (await run(viewer, CREATE, name="German", query="country=DE"))["view"]
    [error] = (await run(viewer, UPDATE, id=second["id"], name="french"))["userErrors"]
    assert error["code"] == "CONFLICT"
    assert (await run(viewer, UPDATE, id=first["id"], name="french"))["view"]["name"] == "french"
    assert (await run(admin, CREATE, name="French", query=""))["userErrors"] == []


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": " ", "query": ""}, ["name"]),
        ({"name": "a\nb", "query": ""}, ["name"]),
        ({"name": "a", "query": "country=FR#x"}, ["query"]),
        ({"name": "a", "query": "q=" + "a" * 4_000}, ["query"]),
    ],
)
async def test_what_is_no_name_and_no_query_is_refused(api: Api, given: dict[str, str], field: list[str]) -> None:
    [error] = (await run(await api.login("acme", "viewer"), CREATE, **given))["userErrors"]
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", field)


@pytest.mark.usefixtures("acme")
async def test_a_person_has_only_so_many(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view_service, "MOST_VIEWS", 1)
    viewer = await api.login("acme", "viewer")
    assert (await run(viewer, CREATE, name="one", query=""))["userErrors"] == []
    assert [one["code"] for one in (await run(viewer, CREATE, name="two", query=""))["userErrors"]] == ["CONFLICT"]


async def test_the_trail_holds_no_name_and_no_query(api: Api, acme: TestTenant, database: Database) -> None:
    viewer = await api.login("acme", "viewer")
    made = (await run(viewer, CREATE, name="Secret view", query="q=miller"))["view"]
    await run(viewer, DELETE, id=made["id"])
    written = [one for one in await entries(database, acme) if one.action.startswith("saved_view.")]
    assert [(one.action, one.actor) for one in written] == [
        ("saved_view.create", "user:viewer"), ("saved_view.delete", "user:viewer")]  # fmt: skip
    assert "miller" not in str([one.details for one in written])
    assert "Secret" not in str([one.details for one in written])

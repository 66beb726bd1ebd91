"""Files come in over HTTP, become imports by GraphQL, and leave again as exports equal to the lists."""

import csv
from io import StringIO
from typing import Any

import httpx
import pytest

from api.app import Server
from api.auth import cookies
from api.graphql.ids import key_of
from models.database import Database
from tests.imports.support import read, work_on
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import PASSWORD, TestTenant

ORDERS = b"""order_id,order_date,customer_id,sku,quantity,price
n1,2026-03-10T10:00:00Z,new,a,2,1.50
n1,2026-03-10T10:00:00Z,new,b,1,0.10
n2,nonsense,new,a,1,1
"""
START = """
mutation Start($input: ImportStartInput!) {
  importStart(input: $input) {
    import { id state kind dryRun job { kind state } }
    userErrors { field code message }
  }
}
"""
IMPORT = """
query One($id: ID!) {
  import(id: $id) { state progress rowsRead created updated skipped failed columns { name samples } }
  importErrors(id: $id, first: 10) { nodes { row column code message cells } totalCount { value } }
}
"""


async def upload(
    user: Api, body: bytes = ORDERS, name: str = "orders.csv", headers: dict[str, str] | None = None
) -> httpx.Response:
    sent = {} if user.token is None else {"authorization": f"Bearer {user.token}"}
    return await user.http.post(
        "/imports/files", params={"name": name}, content=body, headers={**sent, **(headers or {})}
    )


async def get(user: Api, path: str, **params: str) -> httpx.Response:
    return await user.http.get(path, params=params, headers={"authorization": f"Bearer {user.token}"})


async def test_an_upload_answers_what_the_file_seems_to_be(api: Api, database: Database, acme: TestTenant) -> None:
    answer = await upload(await api.login("acme", "admin"))
    found = answer.json()
    assert (answer.status_code, found["kind"], found["preset"]) == (201, "ORDERS", None)
    assert found["columns"] == ["order_id", "order_date", "customer_id", "sku", "quantity", "price"]
    assert found["samples"][0] == ["n1", "2026-03-10T10:00:00Z", "new", "a", "2", "1.50"]
    assert found["mapping"]["fields"]["unit_price"] == {"column": "price"}
    assert found["confidence"]["order_id"] == 1.0
    assert [entry.action for entry in await entries(database, acme)][-1] == "import.upload"


async def test_only_who_may_create_customers_uploads(api: Api, database: Database, acme: TestTenant) -> None:
    assert (await upload(api)).status_code == 401
    for role in ("viewer", "analyst"):
        answer = await upload(await api.login("acme", role))
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "FORBIDDEN")
    assert [entry.outcome for entry in await entries(database, acme)].count("denied") == 2


@pytest.mark.parametrize(
    ("body", "name", "message"),
    [
        (b"", "a.csv", "This file is empty."),
        (b"PK\x03\x04rest", "a.xlsx", "This is a workbook of a spreadsheet."),
        (b"a,a\n1,2\n", "a.csv", "Two columns are called 'a'."),
        (b"a,b\n1,2\n", "", "A file's name has 1 to 200 characters."),
        (b"PAR1nonsense", "a.parquet", "This Parquet file cannot be read."),
    ],
)
async def test_a_file_that_is_no_table_leaves_nothing(
    api: Api, acme: TestTenant, body: bytes, name: str, message: str
) -> None:
    admin = await api.login("acme", "admin")
    answer = await upload(admin, body, name)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)
    assert (await admin.data("{ imports(first: 5) { nodes { id } } }"))["imports"]["nodes"] == []


async def test_another_site_can_neither_upload_nor_download(
    api: Api, server: Server, database: Database, acme: TestTenant
) -> None:
    form = {"tenant": "acme", "username": "admin", "password": PASSWORD, "next": "/"}
    own = {"origin": "http://testserver"}
    logged_in = await api.http.post("/login", data=form, headers=own)
    cookie = {"cookie": f"{cookies.NAME}={logged_in.cookies[cookies.NAME]}"}
    api.http.cookies.clear()
    foreign = {"origin": "http://elsewhere.example", "sec-fetch-site": "cross-site"}
    assert (await upload(api, headers={**cookie, **foreign})).status_code == 401
    assert (await upload(api, headers=cookie)).status_code == 401
    assert (await upload(api, headers={**cookie, **own})).status_code == 201
    path = "/exports/customers.csv"
    assert (await api.http.get(path, headers={**cookie, **foreign})).status_code == 401
    assert (await api.http.get(path, headers=cookie)).status_code == 401
    for said in ({"sec-fetch-site": "same-origin"}, {"referer": "http://testserver/customers"}):
        assert (await api.http.get(path, headers={**cookie, **said})).status_code == 200


async def test_an_import_from_upload_to_error_file(api: Api, database: Database, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    identity = (await upload(admin)).json()["id"]
    started = (await admin.data(START, {"input": {"id": identity, "kind": "ORDERS", "dryRun": False}}))["importStart"]
    assert started["userErrors"] == []
    assert started["import"] == {
        "id": identity,
        "state": "QUEUED",
        "kind": "ORDERS",
        "dryRun": False,
        "job": {"kind": "import.run", "state": "QUEUED"},
    }
    await _work(database, acme, identity)
    found = await admin.data(IMPORT, {"id": identity})
    counted = {name: found["import"][name] for name in ("state", "progress", "rowsRead", "created", "failed")}
    assert counted == {"state": "IMPORTED", "progress": 1.0, "rowsRead": 3, "created": 2, "failed": 1}
    assert found["importErrors"] == {
        "nodes": [
            {
                "row": 4,
                "column": "order_date",
                "code": "NOT_A_TIME",
                "message": "This is not a time in the form that was chosen.",
                "cells": ["n2", "nonsense", "new", "a", "1", "1"],
            }
        ],
        "totalCount": {"value": 1},
    }
    file = await get(admin, f"/imports/{identity}/errors.csv")
    assert list(csv.reader(StringIO(file.text))) == [
        ["error_row", "error_column", "error_code", "error_message", *ORDERS.decode().splitlines()[0].split(",")],
        ["4", "order_date", "NOT_A_TIME", "This is not a time in the form that was chosen.", "n2", "nonsense", "new",
         "a", "1", "1"],
    ]  # fmt: skip


async def test_a_mapping_that_does_not_fit_says_where(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    identity = (await upload(admin)).json()["id"]
    fields = {
        "order_id": {"column": "order_id"}, "placed_at": {"column": "when"}, "sku": {"constant": "x"},
        "unit_price": {"column": "price"},
    }  # fmt: skip
    given = {"id": identity, "kind": "ORDERS", "mapping": {"fields": fields}}
    [error] = (await admin.data(START, {"input": given}))["importStart"]["userErrors"]
    assert error == {
        "field": ["mapping", "fields", "placed_at"],
        "code": "BAD_USER_INPUT",
        "message": "The file has no column 'when'.",
    }


async def _work(database: Database, tenant: TestTenant, identity: str) -> None:
    key = key_of("Import", identity)
    assert key is not None
    await work_on(database, tenant, await read(database, tenant, key), None)


CUSTOMERS = """
query Page($first: Int!, $after: String, $search: String, $orderBy: [CustomerOrder!]) {
  customers(first: $first, after: $after, search: $search, orderBy: $orderBy) {
    pageInfo { hasNextPage endCursor }
    nodes { id externalId name email country firstSeenAt totalSpent { amount currency } orderCount lastOrderAt }
  }
}
"""


async def walk(user: Api, variables: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await user.data(CUSTOMERS, {"first": 2, "after": after, **variables}))["customers"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]

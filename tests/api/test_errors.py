"""What goes wrong inside is not shown, is in the log under its request id, and a database that is away is one error."""

import logging
from typing import Final

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette

from api.app import Server
from api.auth.tokens import SessionRef, issue
from api.customers import repository
from api.settings import Settings
from models.base import new_id
from models.database import Database
from tests.support.client import LOGIN, Api
from tests.support.world import NOW, PASSWORD, TestTenant, clock

CUSTOMERS: Final = "{ customers(first: 1) { nodes { name } } tenant { name } }"
SECRET: Final = "the secret text of an exception"
NOWHERE: Final = "postgresql+asyncpg://cip_web:x@127.0.0.1:1/cip"


async def test_an_unexpected_exception_is_masked_and_logged_under_the_request_id(
    api: Api, acme: TestTenant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise LookupError(SECRET)

    viewer = await api.login("acme", "viewer")
    monkeypatch.setattr(repository.CUSTOMERS, "page", fail)
    with caplog.at_level(logging.ERROR):
        response = await viewer.post(CUSTOMERS)
    assert SECRET not in response.text
    [error] = response.json()["errors"]
    request_id = response.headers["x-request-id"]
    assert error["extensions"] == {
        "code": "INTERNAL_SERVER_ERROR",
        "requestId": request_id,
        "retryable": False,
        "docs": "docs/errors/INTERNAL_SERVER_ERROR.md",
    }
    [record] = [record for record in caplog.records if request_id in record.getMessage()]
    assert record.exc_info is not None
    assert SECRET in str(record.exc_info[1])


async def test_an_error_of_the_database_leaves_no_values_in_the_log(
    database: Database, acme: TestTenant, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with database.unit_of_work(acme.id) as session:
            await session.execute(
                text("SELECT CAST(:given AS integer) / 0, :mail"), {"given": 1, "mail": "a@b.example"}
            )
    assert "a@b.example" not in str(caught.value)


async def test_without_its_database_the_server_answers_one_error_and_no_data(settings: Settings) -> None:
    server = Server(settings.model_copy(update={"database_url": NOWHERE}), now=clock)
    transport = httpx.ASGITransport(Starlette(routes=server.routes()))
    ref = SessionRef(new_id(), new_id())
    token = issue(server.keys.signing, ref, account_id=new_id(), role="viewer", now=NOW)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        for caller, query, variables in (
            (Api(http, token), CUSTOMERS, {}),
            (Api(http), LOGIN, {"input": {"tenant": "acme", "username": "viewer", "password": PASSWORD}}),
        ):
            answer = await caller.answer(query, variables)
            assert answer["data"] is None
            [error] = answer["errors"]
            assert (error["extensions"]["code"], error["extensions"]["retryable"]) == ("UNAVAILABLE", True)
            assert "127.0.0.1" not in str(answer)
        health = await http.get("/health/ready")
        assert (health.status_code, health.json()["database"]) == (503, "unreachable")
        assert (await http.get("/health/live")).status_code == 200
    await server.close()


async def test_a_database_that_goes_away_is_one_error_and_its_return_needs_no_restart(
    api: Api, acme: TestTenant, server: Server
) -> None:
    viewer = await api.login("acme", "viewer")
    engine = server.database.engine
    away = Database.connect(NOWHERE)
    server.database.engine = away.engine
    answer = await viewer.answer(CUSTOMERS)
    server.database.engine = engine
    assert answer["data"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAVAILABLE"]
    assert (await viewer.data(CUSTOMERS))["tenant"] == {"name": "acmecanary Ltd"}
    await away.close()


async def test_each_kind_of_error_has_its_code(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    for query, code in (
        ("{ me { name }", "GRAPHQL_PARSE_FAILED"),
        ("{ me { nothing } }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { me { name } } query B { me { name } }", "OPERATION_RESOLUTION_FAILURE"),
        ('{ metricSeries(metric: "nothing", range: {preset: LAST_HOUR}) { total } }', "BAD_USER_INPUT"),
        ("query ($id: ID!) { customer(id: $id) { name } }", "BAD_USER_INPUT"),
    ):
        answer = await viewer.answer(query)
        assert [error["extensions"]["code"] for error in answer.get("errors", ())] == [code], (query, answer)

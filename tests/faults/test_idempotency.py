"""A mutation with a key whose connection is lost at COMMIT happens once, and repeating it gives the first result."""

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from api.app import Server
from api.idempotency.writing import Attempt
from api.settings import Settings
from models.database import Database
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.proxy import COMMIT, Cut, Proxy, Watch
from tests.support.world import TestTenant, clock

RECOMPUTE: Final = "mutation { metricsRecompute { job { id } userErrors { code } } }"
DONE: Final = "metrics.recompute"
JOBS: Final = "select count(*) from job where kind = 'tenant.recompute_metrics'"
OF_THE_CHANGE: Final = DONE.encode()
"""A value is sent each time; the words of a statement only when a connection sees it first."""


@pytest.fixture
async def admin(faulty_settings: Settings, acme: TestTenant) -> AsyncIterator[Api]:
    """Of a server without a worker, so that the only commits are the client's."""
    server = Server(faulty_settings, now=clock)
    async with server.running():
        transport = httpx.ASGITransport(Starlette(routes=server.routes()))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
            yield await Api(http).login(acme.slug, "admin")


def at_the_change(cut: Cut) -> Watch:
    """The first commit after an audit entry was sent."""
    written = False

    def watch(data: bytes) -> Cut | None:
        nonlocal written
        written = written or OF_THE_CHANGE in data
        if not (written and COMMIT in data):
            return None
        written = False
        return cut

    return watch


async def send(admin: Api, key: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {admin.token}", "idempotency-key": key}
    return await admin.http.post("/graphql", json={"query": RECOMPUTE}, headers=headers)


async def cut_at_commit(admin: Api, proxy: Proxy, cut: Cut, key: str) -> dict[str, Any]:
    """The answer to a request whose change was being committed when the connection was lost."""
    before = len(proxy.cuts)
    proxy.watch = at_the_change(cut)
    found: dict[str, Any] = (await send(admin, key)).json()
    proxy.watch = None
    assert proxy.cuts[before:] == [cut]
    return found


def code_of(answer: dict[str, Any]) -> str:
    [error] = answer["errors"]
    return str(error["extensions"]["code"])


async def happened(database: Database, tenant: TestTenant) -> tuple[int, int]:
    """(jobs, audit entries)."""
    async with database.reading(tenant.id) as snapshot:
        jobs = int(await snapshot.scalar(text(JOBS)))
    return jobs, sum(entry.action == DONE for entry in await entries(database, tenant))


async def test_a_commit_that_is_lost_on_its_way_has_not_happened_and_is_made_good_by_sending_again(
    admin: Api, postgres_proxy: Proxy, database: Database, acme: TestTenant
) -> None:
    assert code_of(await cut_at_commit(admin, postgres_proxy, Cut.BEFORE, "lost")) == "UNAVAILABLE"
    assert await happened(database, acme) == (0, 0)
    answers = [(await send(admin, "lost")).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["data"]["metricsRecompute"]["userErrors"] == []
    assert await happened(database, acme) == (1, 1)


async def test_a_commit_whose_answer_is_lost_still_gets_its_result_and_repeating_it_the_same(
    admin: Api, postgres_proxy: Proxy, database: Database, acme: TestTenant
) -> None:
    first = await cut_at_commit(admin, postgres_proxy, Cut.AFTER, "done")
    assert first["data"]["metricsRecompute"]["userErrors"] == []
    assert [(await send(admin, "done")).json() for _ in range(2)] == [first] * 2
    assert await happened(database, acme) == (1, 1)


async def test_while_nobody_can_say_what_happened_the_request_is_unavailable_and_happens_once(
    admin: Api, postgres_proxy: Proxy, database: Database, acme: TestTenant
) -> None:
    """The database is lost with the commit, and comes back before the request is sent again."""
    watch, lost = at_the_change(Cut.AFTER), False

    def last(data: bytes) -> Cut | None:
        nonlocal lost
        if lost:
            return Cut.BEFORE
        cut = watch(data)
        if cut is not None:
            lost = True
            postgres_proxy.stop_listening()
        return cut

    postgres_proxy.watch = last
    assert code_of((await send(admin, "doubtful")).json()) == "UNAVAILABLE"
    postgres_proxy.watch = None
    await postgres_proxy.accept()
    assert code_of((await send(admin, "doubtful")).json()) == "OUTCOME_UNKNOWN"
    assert await happened(database, acme) == (1, 1)


async def forget(self: Attempt, session: object, tenant_id: object) -> None:
    """The key is written nowhere."""


async def test_control_without_the_key_it_happens_twice(
    admin: Api, postgres_proxy: Proxy, database: Database, acme: TestTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Attempt, "note", forget)
    assert code_of(await cut_at_commit(admin, postgres_proxy, Cut.AFTER, "done")) == "UNAVAILABLE"
    again = (await send(admin, "done")).json()
    assert again["data"]["metricsRecompute"]["userErrors"] == []
    assert await happened(database, acme) == (2, 2)

"""P38: no secret and no address of a person in a log line, an error or a scrape, whatever goes wrong."""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from sqlalchemy import text

from api.app import Server
from api.auth.tokens import SessionRef, issue
from api.consumers import delivery
from api.streams.delivery import Delivery
from api.streams.topics import Topic
from models.base import new_id
from models.database import Database
from tests.support.client import LOGIN, Api
from tests.support.frames import open_socket
from tests.support.log_lines import Lines, kept_lines
from tests.support.running import running
from tests.support.world import NOW, TestTenant

MAIL: Final = "canary.person@example.org"
SECRET: Final = "canary-password-9f3"
KEY: Final = "canarykey7d21c4"
CANARIES: Final = (MAIL, SECRET, KEY)


@pytest.fixture
def lines() -> Iterator[Lines]:
    with kept_lines() as kept:
        yield kept


def event(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "messageId": f"m-{name}",
        "name": name,
        "customer": {"externalId": KEY, "name": MAIL, "email": MAIL},
    } | fields


SPREAD: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    (LOGIN, {"input": {"tenant": "acme", "username": MAIL, "password": SECRET}}),
    ("query($s: String) { customers(first: 5, search: $s) { nodes { name email } } }", {"s": MAIL}),
    ("query($a: String) { customers(first: 5, after: $a) { nodes { name } } }", {"a": KEY}),
    ("query($n: Int!) { customers(first: $n) { nodes { name } } }", {"n": MAIL}),
    ("query($i: ID!) { node(id: $i) { id } }", {"i": KEY}),
    ("query($m: String!) { metricSeries(metric: $m, range: {preset: LAST_HOUR}) { total } }", {"m": MAIL}),
    ("mutation($t: String!) { nothing(token: $t) }", {"t": KEY}),
    ("{ me { name ", {}),
)
EVENTS: Final = (
    event("page_viewed", properties={"password": SECRET, "mail": MAIL}),
    event("order_completed", properties={"orderId": KEY, "lines": [{"sku": MAIL, "quantity": SECRET}]}),
    event("message_sent", properties={"conversationId": KEY, "messageId": "1", "author": MAIL, "body": MAIL}),
    event("", properties={"x": MAIL}),
    event("page_viewed", occurredAt="1970-01-01T00:00:00Z", messageId=MAIL),
)
INGEST: Final = "mutation($e: [EventInput!]!) { eventsIngest(input: {events: $e}) { verdicts { status code } } }"


async def test_nothing_personal_gets_into_a_log_line_an_error_or_a_scrape(
    api: Api,
    server: Server,
    database: Database,
    acme: TestTenant,
    lines: Lines,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    admin = await api.login("acme", "admin")
    shown: list[str] = []
    for caller in (api, admin):
        for query, variables in SPREAD:
            shown.append(_beyond(variables, str((await caller.answer(query, variables)).get("errors"))))
    shown.append(str((await admin.answer(INGEST, {"e": list(EVENTS)})).get("errors")))
    await _fail(admin, database, acme, shown, monkeypatch)
    await _fail_in_the_background(server, database, acme)
    async with running(server) as url, open_socket(url) as frames:
        await frames.init(admin.token)
        shown.append(str(await frames.first("query($i: ID!) { node(id: $i) { nothing } }", {"i": KEY})))
        answer = await api.http.get(f"{url}/setup", params={"token": KEY}, headers={"user-agent": MAIL})
        assert answer.status_code == 405
    forged = issue(server.keys.signing, SessionRef(acme.id, new_id()), account_id=new_id(), role=SECRET, now=NOW)
    shown.append((await Api(api.http, forged).post("{ me { name } }")).text)
    shown.append((await Api(api.http, KEY).post("{ me { name } }", {"x": MAIL})).text)
    shown.append((await api.http.get("/metrics")).text)
    assert lines.rendered != []
    assert any("LookupError" in line for line in lines.rendered)
    assert any("IntegrityError" in line for line in lines.rendered)
    leaks = [line for line in [*lines.rendered, *shown] if any(canary in line for canary in CANARIES)]
    assert leaks == []


def _beyond(sent: dict[str, Any], errors: str) -> str:
    """The errors without what their own asker sent: the text of an error may quote a bad argument to him."""
    for canary in CANARIES:
        if canary in str(sent):
            errors = errors.replace(canary, "")
    return errors


async def _fail(
    admin: Api, database: Database, acme: TestTenant, shown: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Faults of ours whose texts hold what they met: one of Python, one of the database, with the row in its detail."""

    async def fail(*_: object) -> None:
        raise LookupError(f"no {MAIL} with {SECRET}")

    async def clash(*_: object) -> None:
        async with database.unit_of_work(acme.id) as session:
            twice = text(
                "INSERT INTO customer SELECT * FROM jsonb_populate_record(NULL::customer, (SELECT to_jsonb(c.*) || "
                "jsonb_build_object('id', CAST(:id AS text), 'email', CAST(:mail AS text)) FROM customer c LIMIT 1))"
            )
            await session.execute(twice, {"id": str(new_id()), "mail": MAIL})

    for failing in (fail, clash):
        monkeypatch.setattr("api.customers.repository.CUSTOMERS.page", failing)
        shown.append(str(await admin.answer("{ customers(first: 1) { nodes { name } } }")))
    monkeypatch.undo()


async def _fail_in_the_background(server: Server, database: Database, acme: TestTenant) -> None:
    async def fail(*_: object) -> None:
        raise KeyError(MAIL)

    broken = Delivery(database, {Topic.CUSTOMER_METRICS: fail})
    assert not await broken.deliver(Topic.CUSTOMER_METRICS, acme.id, new_id(), {"changes": [MAIL]})
    whole = delivery(database, server.hub, lambda: NOW)
    assert not await whole.deliver(Topic.CUSTOMER_METRICS, acme.id, new_id(), {"changes": [[MAIL, SECRET, KEY]]})

"""The routes of Segment's and PostHog's clients.

The recorded bodies are what their Python clients sent (Segment's 2.4.0, PostHog's 7.91.1), with the key taken out.
"""

import gzip
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from api.app import Server
from api.events.payloads import from_json
from api.http.batch import BODY_LIMIT
from api.limits.bucket import Limit
from api.settings import Settings
from models.database import Database
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.source_keys import make_source_key
from tests.support.world import NOW, TestTenant

RECORDED: Final = Path(__file__).with_name("recorded")
TRACK: Final = {"type": "track", "messageId": "t1", "userId": "u-1", "event": "clicked", "timestamp": NOW.isoformat()}
Row = tuple[str, str | None, dict[str, Any]]


@pytest.fixture
async def key(database: Database, acme: TestTenant) -> str:
    return (await make_source_key(database, acme)).text


def recorded(name: str, key: str) -> dict[str, Any]:
    """At the tests' clock: the clients' own was in the future."""
    body: dict[str, Any] = orjson.loads((RECORDED / f"{name}.json").read_bytes())
    for item in body["batch"]:
        item["timestamp"] = NOW.isoformat()
    return body | {field: key for field in ("writeKey", "api_key") if field in body}


async def stored(database: Database, tenant: TestTenant, source: str = "shop") -> list[Row]:
    """(name, the customer's own id, properties) of each event of the source."""
    statement = text(
        """SELECT event.name, external_id, properties FROM event LEFT JOIN customer ON customer.id = customer_id
           WHERE source = :source ORDER BY event.id"""
    )
    async with database.unit_of_work(tenant.id) as session:
        return [(row[0], row[1], row[2]) for row in await session.execute(statement, {"source": source})]


async def post(api: Api, key: str, *items: object, path: str = "/v1/batch") -> list[dict[str, Any]]:
    response = await api.http.post(path, json={"batch": items}, auth=(key, ""))
    assert (response.status_code, response.json()["success"]) == (200, True)
    found: list[dict[str, Any]] = response.json()["verdicts"]
    return found


@pytest.mark.parametrize("compressed", [False, True])
async def test_what_segments_client_sends(
    api: Api, acme: TestTenant, database: Database, key: str, compressed: bool
) -> None:
    body = orjson.dumps(recorded("segment", key))
    headers = {"content-encoding": "gzip"} if compressed else {}
    content = gzip.compress(body) if compressed else body
    response = await api.http.post("/v1/batch", content=content, headers=headers, auth=(key, ""))
    answer = response.json()
    assert (response.status_code, answer["success"]) == (200, True)
    assert [verdict["status"] for verdict in answer["verdicts"]] == ["ACCEPTED"] * 7
    assert await stored(database, acme) == [
        ("customer_identified", "u-1", {"traits": {"email": "ann@example.org", "name": "Ann", "plan": "pro"}}),
        ("Report Exported", "u-1", {"pages": 3}),
        ("page_viewed", "u-1", {"url": "https://example.org/start", "name": "Start", "category": "docs"}),
        ("screen_viewed", "u-1", {"name": "Start", "category": "docs"}),
        ("customer_grouped", "u-1", {"groupId": "g-1", "traits": {"name": "Group"}}),
        ("customer_aliased", "u-1", {"previousId": "old"}),
        ("Visited", None, {"anonymousId": "anon-1"}),
    ]
    assert await traits(database, acme, "u-1") == ("Ann", "ann@example.org", None)


@pytest.mark.parametrize("path", ["/batch/", "/batch"])
async def test_what_posthogs_client_sends(api: Api, acme: TestTenant, database: Database, key: str, path: str) -> None:
    response = await api.http.post(path, json=recorded("posthog", key))
    answer = response.json()
    assert (response.status_code, answer["status"]) == (200, "Ok")
    assert [verdict["status"] for verdict in answer["verdicts"]] == ["ACCEPTED"] * 6
    rows = await stored(database, acme)
    assert [(name, customer) for name, customer, _ in rows] == [
        ("report_exported", "u-1"),
        ("page_viewed", "u-1"),
        ("customer_identified", "u-1"),
        ("customer_grouped", None),
        ("customer_aliased", "u-1"),
        ("anonymous thing", None),
    ]
    assert rows[0][2]["pages"] == 3
    assert rows[4][2] == {"alias": "u-1", "previousId": "old", "$is_server": True}
    assert await traits(database, acme, "u-1") == ("Ann", "ann@example.org", None)


async def traits(database: Database, tenant: TestTenant, external_id: str) -> tuple[object, ...]:
    statement = text("SELECT name, email, country FROM customer WHERE external_id = :key")
    async with database.unit_of_work(tenant.id) as session:
        return tuple((await session.execute(statement, {"key": external_id})).one())


async def test_a_batch_that_is_sent_again_is_all_duplicates(
    api: Api, acme: TestTenant, database: Database, key: str
) -> None:
    for status in ("ACCEPTED", "DUPLICATE"):
        assert [verdict["status"] for verdict in await post(api, key, TRACK)] == [status]
    assert len(await stored(database, acme)) == 1


@pytest.mark.parametrize("path", ["/v1/track", "/v1/t"])
async def test_one_event_by_itself(api: Api, acme: TestTenant, database: Database, key: str, path: str) -> None:
    item = {name: value for name, value in TRACK.items() if name != "type"}
    response = await api.http.post(path, json={**item, "writeKey": key})
    assert response.json() == {
        "success": True,
        "verdicts": [{"index": 0, "messageId": "t1", "status": "ACCEPTED"}],
    }
    assert await stored(database, acme) == [("clicked", "u-1", {})]


async def test_good_events_are_kept_beside_bad_ones_and_paths_are_in_the_clients_words(
    api: Api, acme: TestTenant, database: Database, key: str
) -> None:
    late = (NOW + timedelta(days=2)).isoformat()
    bad: dict[str, tuple[object, tuple[str, list[str]]]] = {
        "no object": (3, ("INVALID", ["type"])),
        "an unknown call": ({**TRACK, "messageId": "b0", "type": "sing"}, ("INVALID", ["type"])),
        "no call": ({"messageId": "1"}, ("INVALID", ["type"])),
        "no id": ({**TRACK, "messageId": None}, ("INVALID", ["messageId"])),
        "no name": ({**TRACK, "messageId": "b1", "event": None}, ("INVALID", ["event"])),
        "an empty name": ({**TRACK, "messageId": "b2", "event": " "}, ("INVALID", ["event"])),
        "no time": ({**TRACK, "messageId": "b3", "timestamp": "soon"}, ("INVALID", ["timestamp"])),
        "no zone": ({**TRACK, "messageId": "b4", "timestamp": "2026-03-18T12:00:00"}, ("NO_TIME_ZONE", ["timestamp"])),
        "the future": ({**TRACK, "messageId": "b5", "timestamp": late}, ("IN_THE_FUTURE", ["timestamp"])),
        "a user's list": ({**TRACK, "messageId": "b6", "userId": ["u"]}, ("INVALID", ["userId"])),
        "a list of properties": ({**TRACK, "messageId": "b7", "properties": []}, ("INVALID", ["properties"])),
        "a name that is a number": (
            {"type": "identify", "messageId": "b8", "userId": "u", "traits": {"name": 7}},
            ("INVALID", ["traits", "name"]),
        ),
        "an order without lines": (
            {**TRACK, "messageId": "b9", "event": "order_completed", "properties": {"orderId": "o"}},
            ("INVALID_PROPERTIES", ["properties", "lines"]),
        ),
    }
    verdicts = await post(api, key, TRACK, *(item for item, _ in bad.values()), {**TRACK, "messageId": "t2"})
    assert [verdict["status"] for verdict in verdicts] == ["ACCEPTED", *["REJECTED"] * len(bad), "ACCEPTED"]
    found = [(verdict["code"], verdict["path"]) for verdict in verdicts[1:-1]]
    assert dict(zip(bad, found, strict=True)) == {name: expected for name, (_, expected) in bad.items()}
    assert len(await stored(database, acme)) == 2
    async with database.unit_of_work(acme.id) as session:
        rows = (await session.execute(text("SELECT origin, reference FROM dead_letter ORDER BY id"))).all()
    assert len(rows) == len(bad)
    assert {row[0] for row in rows} == {"shop"}
    references = [row[1] for row in rows]
    assert [reference for reference in references if reference.startswith("b")] == [f"b{n}" for n in range(10)]


async def test_more_than_500_events_are_taken_in_as_several_batches(
    api: Api, acme: TestTenant, database: Database, key: str
) -> None:
    items = [{**TRACK, "messageId": f"m{number}"} for number in range(750)]
    verdicts = await post(api, key, *items)
    assert [verdict["index"] for verdict in verdicts] == list(range(750))
    counts = [entry.details for entry in await entries(database, acme) if entry.actor.startswith("source-key:")]
    assert counts == [{"ACCEPTED": 500}, {"ACCEPTED": 250}]
    many = await api.http.post("/v1/batch", json={"batch": [{}] * 5_001}, auth=(key, ""))
    assert (many.status_code, many.json()["code"]) == (413, "TOO_MANY_EVENTS")


BOMB: Final = gzip.compress(b" " * (BODY_LIMIT + 1))
MALFORMED: Final[dict[str, tuple[bytes, Mapping[str, str], int, str, str]]] = {
    "no JSON": (b'{"batch": [\n}', {}, 400, "MALFORMED", "The body is not JSON at line 2, column 1."),
    "nothing": (b"", {}, 400, "MALFORMED", "The body is not JSON at line 1, column 1."),
    "a list": (b"[]", {}, 400, "MALFORMED", "The body must be a JSON object."),
    "no batch": (b"{}", {}, 400, "MALFORMED", "batch must be a list of events."),
    "bottomless nesting": (b"[" * 100_000, {}, 400, "MALFORMED", "The body is not JSON at line 1, column 1026."),
    "no gzip": (
        b'{"batch": []}', {"content-encoding": "gzip"}, 400, "MALFORMED",
        "The body is not gzip, although its header says so.",
    ),
    "half a gzip": (
        BOMB[:200], {"content-encoding": "gzip"}, 400, "MALFORMED",
        "The body is cut short, or has something behind its end.",
    ),
    "two gzips": (
        gzip.compress(b"{}") * 2, {"content-encoding": "gzip"}, 400, "MALFORMED",
        "The body is cut short, or has something behind its end.",
    ),
    "another compression": (
        b"{}", {"content-encoding": "br"}, 400, "MALFORMED", "The body must be plain or compressed by gzip.",
    ),
    "a large body": (b" " * (BODY_LIMIT + 1), {}, 413, "BODY_TOO_LARGE", "A body has at most 6 MB, unpacked too."),
    "a bomb": (
        BOMB, {"content-encoding": "gzip"}, 413, "BODY_TOO_LARGE", "A body has at most 6 MB, unpacked too.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MALFORMED)
async def test_a_malformed_body_is_answered_with_where_it_is_wrong(api: Api, key: str, case: str) -> None:
    content, headers, status, code, message = MALFORMED[case]
    response = await api.http.post("/v1/batch", content=content, headers=headers, auth=(key, ""))
    answer = response.json()
    assert (response.status_code, answer["code"], answer["message"]) == (status, code, message)
    assert answer["success"] is False


async def test_without_a_valid_key_nothing_is_taken_in(api: Api, acme: TestTenant, database: Database) -> None:
    body = {"batch": [TRACK]}
    tries: list[dict[str, Any]] = [
        {"json": body},
        {"json": body, "auth": ("no key", "")},
        {"json": body, "headers": {"authorization": "Basic ***"}},
        {"json": body, "headers": {"authorization": "Bearer x"}},
        {"json": {**body, "writeKey": 3}},
        {"json": {**body, "writeKey": "cip_src_acme_abcdefgh_" + "x" * 32}},
    ]
    for given in tries:
        response = await api.http.post("/v1/batch", **given)
        assert (response.status_code, response.json()["code"]) == (401, "UNAUTHENTICATED"), given
    user = await api.login("acme", "admin")
    response = await api.http.post("/v1/batch", json=body, headers={"authorization": f"Bearer {user.token}"})
    assert response.status_code == 401
    assert await stored(database, acme) == []


async def test_a_browser_on_any_page_may_post_with_a_key(api: Api, key: str) -> None:
    asked = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    preflight = await api.http.request("OPTIONS", "/v1/t", headers=asked)
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (204, "*")
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in preflight.headers
    response = await api.http.post("/v1/t", content=orjson.dumps({**TRACK, "writeKey": key}), headers=asked)
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, "*")
    elsewhere = await api.http.request("OPTIONS", "/graphql", headers=asked)
    assert "access-control-allow-origin" not in elsewhere.headers


async def test_without_the_database_clients_are_told_to_come_back(settings: Settings, key: str) -> None:
    away = settings.model_copy(update={"database_url": "postgresql+asyncpg://cip_web@127.0.0.1:1/none"})
    server = Server(away)
    transport = httpx.ASGITransport(Starlette(routes=server.routes()))
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as http:
        response = await http.post("/v1/batch", json={"batch": [TRACK]}, auth=(key, ""))
    await server.database.close()
    server.passwords.close()
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")
    assert response.json()["code"] == "UNAVAILABLE"


def test_an_event_in_json_says_what_is_wrong_with_it() -> None:
    good = {"messageId": "1", "name": "n", "source": "s"}
    wrong: list[tuple[dict[str, object], tuple[str, ...]]] = [
        ({**good, "messageId": 1}, ("messageId",)),
        ({"messageId": "1", "name": "n"}, ("source",)),
        ({**good, "customer": []}, ("customer",)),
        ({**good, "customer": {}}, ("customer", "externalId")),
        ({**good, "customer": {"externalId": "c", "email": 1}}, ("customer", "email")),
        ({**good, "occurredAt": 12}, ("occurredAt",)),
        ({**good, "properties": "x"}, ("properties",)),
    ]
    for given, path in wrong:
        assert getattr(from_json(given), "path", None) == path


async def test_an_event_of_posthog_that_is_no_object_is_rejected(api: Api, acme: TestTenant, key: str) -> None:
    batch = [7, {"event": "x", "distinct_id": "u"}, {"event": "x", "distinct_id": 5, "uuid": "1"}]
    answer = (await api.http.post("/batch/", json={"api_key": key, "batch": batch})).json()
    found = [(verdict["status"], verdict.get("path")) for verdict in answer["verdicts"]]
    assert found == [("REJECTED", []), ("REJECTED", ["uuid"]), ("ACCEPTED", None)]


async def test_a_key_that_sends_too_much_is_told_when_to_come_back_and_others_are_not_slowed(
    api: Api, server: Server, database: Database, acme: TestTenant, key: str
) -> None:
    server.limits.limiter._caller = Limit(capacity=5, rate=0.5)
    events = [{**TRACK, "messageId": f"t{number}"} for number in range(30)]
    first, second = [await api.http.post("/v1/batch", json={"batch": events}, auth=(key, "")) for _ in range(2)]
    assert (first.status_code, second.status_code) == (200, 429)
    assert (second.json()["code"], int(second.headers["retry-after"]) >= 1) == ("THROTTLED", True)
    other = (await make_source_key(database, acme, "another")).text
    assert (await api.http.post("/v1/batch", json={"batch": events}, auth=(other, ""))).status_code == 200

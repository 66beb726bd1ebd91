"""Rejected events are kept until somebody replays or discards them, or their client sends them again in good form."""

from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text

from api.dead_letters.service import DeadLetters
from api.errors import BadInputError
from api.events.contracts import CustomerRef, IncomingEvent, VerdictStatus
from api.events.service import Ingest
from api.graphql.ids import global_id
from api.metrics.contracts import Change, MetricsChanged
from api.streams import outbox
from api.streams.topics import Topic
from models.base import new_id
from models.database import Database
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, clock

LIST: Final = """
query($kind: DeadLetterKind, $state: DeadLetterState) {
  deadLetters(kind: $kind, state: $state, first: 50) {
    totalCount { value }
    nodes { id kind state origin reference code path message payload attempts createdAt settledAt }
  }
}
"""
REPLAY: Final = """
mutation($ids: [ID!]!) {
  deadLetterReplay(input: {ids: $ids}) { results { id outcome code path } userErrors { field code } }
}
"""
DISCARD: Final = """
mutation($ids: [ID!]!) { deadLetterDiscard(input: {ids: $ids}) { discarded userErrors { field code } } }
"""
TALK: Final = {"conversationId": "t-1", "messageId": "1", "author": "agent", "body": "hello"}
SAID: Final = IncomingEvent("said", "message_sent", customer=CustomerRef("c-1", "Ann"), properties=TALK)
OPENED: Final = IncomingEvent("opened", "conversation_opened", properties={"conversationId": "t-1", "channel": "chat"})


async def ingest(database: Database, tenant: TestTenant, *events: IncomingEvent) -> list[VerdictStatus]:
    verdicts = await Ingest(database, lambda _: None, clock).ingest(tenant.id, events, actor="test")
    return [verdict.status for verdict in verdicts]


async def letters(api: Api, **filters: str) -> list[dict[str, Any]]:
    found = (await api.data(LIST, filters))["deadLetters"]
    assert found["totalCount"]["value"] == len(found["nodes"])
    nodes: list[dict[str, Any]] = found["nodes"]
    return nodes


async def test_a_rejected_event_is_kept_as_a_replay_would_send_it(
    api: Api, acme: TestTenant, database: Database
) -> None:
    admin = await api.login("acme", "admin")
    assert await ingest(database, acme, SAID) == [VerdictStatus.REJECTED]
    [kept] = await letters(admin)
    assert kept == {
        "id": kept["id"],
        "kind": "EVENT",
        "state": "WAITING",
        "origin": "api",
        "reference": "said",
        "code": "UNKNOWN_CONVERSATION",
        "path": ["properties", "conversationId"],
        "message": "This conversation was never opened.",
        "payload": {
            "messageId": "said",
            "name": "message_sent",
            "source": "api",
            "occurredAt": NOW.isoformat(),
            "customer": {"externalId": "c-1", "name": "Ann", "email": None, "country": None},
            "properties": TALK,
        },
        "attempts": 1,
        "createdAt": NOW.isoformat(),
        "settledAt": None,
    }


async def test_a_replay_takes_in_what_has_become_acceptable(api: Api, acme: TestTenant, database: Database) -> None:
    admin = await api.login("acme", "admin")
    await ingest(database, acme, SAID)
    [kept] = await letters(admin)
    again = (await admin.data(REPLAY, {"ids": [kept["id"]]}))["deadLetterReplay"]
    path = ["properties", "conversationId"]
    assert again["results"] == [{"id": kept["id"], "outcome": "REJECTED", "code": "UNKNOWN_CONVERSATION", "path": path}]
    [still] = await letters(admin, state="WAITING")
    assert (still["id"], still["attempts"]) == (kept["id"], 2)
    await ingest(database, acme, OPENED)
    taken = (await admin.data(REPLAY, {"ids": [kept["id"]]}))["deadLetterReplay"]
    assert taken == {
        "results": [{"id": kept["id"], "outcome": "ACCEPTED", "code": None, "path": None}],
        "userErrors": [],
    }
    [settled] = await letters(admin, kind="EVENT", state="REPLAYED")
    assert settled["settledAt"] == NOW.isoformat()
    async with database.unit_of_work(acme.id) as session:
        moment = (await session.execute(text("SELECT occurred_at FROM event WHERE message_id = 'said'"))).scalar_one()
    assert moment == NOW
    closed = (await admin.data(REPLAY, {"ids": [kept["id"]]}))["deadLetterReplay"]
    assert closed == {"results": [], "userErrors": [{"field": ["ids", "0"], "code": "CONFLICT"}]}
    audit = [entry.details for entry in await entries(database, acme) if entry.action == "dead_letters.replay"]
    assert audit == [{"REJECTED": 1}, {"ACCEPTED": 1}, {}]
    assert [entry.action for entry in await entries(database, acme)].count("events.ingest") == 3


async def test_sent_again_by_its_client_it_replaces_the_one_that_waits_or_settles_it(
    api: Api, acme: TestTenant, database: Database
) -> None:
    admin = await api.login("acme", "admin")
    for _ in range(3):
        await ingest(database, acme, SAID)
    [kept] = await letters(admin)
    assert kept["attempts"] == 3
    assert await ingest(database, acme, OPENED, SAID) == [VerdictStatus.ACCEPTED] * 2
    [settled] = await letters(admin)
    assert (settled["id"], settled["state"]) == (kept["id"], "REPLAYED")
    await ingest(database, acme, IncomingEvent("said", ""))
    assert [letter["state"] for letter in await letters(admin)] == ["WAITING", "REPLAYED"]


async def test_what_another_event_of_the_batch_brought_in_is_not_kept(
    api: Api, acme: TestTenant, database: Database
) -> None:
    admin = await api.login("acme", "admin")
    good, bad = IncomingEvent("same", "x"), IncomingEvent("same", "")
    assert await ingest(database, acme, bad, good) == [VerdictStatus.REJECTED, VerdictStatus.ACCEPTED]
    assert await letters(admin) == []


async def test_what_the_database_cannot_hold_is_kept_as_text_and_cannot_be_replayed(
    api: Api, acme: TestTenant, database: Database
) -> None:
    admin = await api.login("acme", "admin")
    nested: object = 1
    for _ in range(300):
        nested = [nested]
    events = [
        IncomingEvent("nul", "x", properties={"a": "\0"}),
        IncomingEvent("big", "x", properties={"a": 2**70}),
        IncomingEvent("deep", "x", properties={"a": nested}),
        IncomingEvent("huge", "x", properties={"a": "x" * 700_000}),
        IncomingEvent("a\0b", "x"),
        IncomingEvent("", "\0"),
        IncomingEvent("y" * 300, "x", source="\0" * 300),
    ]
    assert set(await ingest(database, acme, *events)) == {VerdictStatus.REJECTED}
    for _ in range(2):  # those without an id are told apart by their content
        await ingest(database, acme, IncomingEvent(" ", "x"), IncomingEvent(" ", "y"))
    found = {letter["reference"]: letter for letter in await letters(admin)}
    assert len(found) == len(events) + 2
    assert [len(found[name]["payload"]["text"]) > 20 for name in ("nul", "big", "deep", "huge")] == [True] * 4
    assert sum(name.startswith("sha256:") for name in found) == 5
    ids = [letter["id"] for letter in found.values()]
    results = (await admin.data(REPLAY, {"ids": ids}))["deadLetterReplay"]["results"]
    assert {result["outcome"] for result in results} == {"REJECTED"}
    assert len(await letters(admin, state="WAITING")) == len(found)


async def test_a_message_is_sent_again_under_its_own_id(api: Api, acme: TestTenant, database: Database) -> None:
    admin = await api.login("acme", "admin")
    payload = MetricsChanged((Change("events", NOW, 1),))
    async with database.unit_of_work(acme.id) as session:
        message_id = await outbox.insert_message(session, acme.id, payload, NOW)
        [waiting] = [found for found in await outbox.list_waiting(session, acme.id) if found.id == message_id]
        await outbox.bury(session, acme.id, [waiting], NOW)
    [kept] = await letters(admin, kind="MESSAGE")
    replayed = (await admin.data(REPLAY, {"ids": [kept["id"]]}))["deadLetterReplay"]
    assert replayed["results"] == [{"id": kept["id"], "outcome": "REQUEUED", "code": None, "path": None}]
    async with database.unit_of_work(acme.id) as session:
        [again] = [found for found in await outbox.list_waiting(session, acme.id) if found.id == message_id]
    assert (again.topic, again.payload, again.attempts) == (Topic.CUSTOMER_METRICS, payload.to_json(), 0)
    assert [letter["state"] for letter in await letters(admin)] == ["REPLAYED"]


async def test_a_message_that_had_its_effect_after_all_leaves_the_outbox_again(
    acme: TestTenant, database: Database
) -> None:
    payload = MetricsChanged((Change("events", NOW, 1),))
    message_id = new_id()

    async def claim() -> bool:
        async with database.unit_of_work(acme.id) as session:
            return await outbox.claim(session, acme.id, "metrics", message_id, NOW)

    assert await claim()
    async with database.unit_of_work(acme.id) as session:
        await outbox.insert_again(session, acme.id, message_id, payload.TOPIC, payload.to_json(), NOW)
    assert not await claim()
    async with database.unit_of_work(acme.id) as session:
        assert await outbox.list_waiting(session, acme.id) == []


async def test_discarding(api: Api, acme: TestTenant, database: Database) -> None:
    admin = await api.login("acme", "admin")
    await ingest(database, acme, SAID)
    [kept] = await letters(admin)
    unknown = str(global_id("DeadLetter", new_id()))
    done = (await admin.data(DISCARD, {"ids": [kept["id"], unknown]}))["deadLetterDiscard"]
    assert done == {"discarded": [kept["id"]], "userErrors": [{"field": ["ids", "1"], "code": "NOT_FOUND"}]}
    assert [letter["state"] for letter in await letters(admin)] == ["DISCARDED"]
    [entry] = [entry for entry in await entries(database, acme) if entry.action == "dead_letters.discard"]
    assert entry.details == {"DISCARDED": 1}


async def test_another_tenants_are_none(api: Api, acme: TestTenant, globex: TestTenant, database: Database) -> None:
    await ingest(database, globex, SAID)
    [foreign] = await letters(await api.login("globex", "admin"))
    mine = await api.login("acme", "admin")
    for document, field in ((REPLAY, "deadLetterReplay"), (DISCARD, "deadLetterDiscard")):
        payload = (await mine.data(document, {"ids": [foreign["id"]]}))[field]
        assert payload["userErrors"] == [{"field": ["ids", "0"], "code": "NOT_FOUND"}]
    assert await letters(await api.login("globex", "admin")) == [foreign]


@pytest.mark.parametrize("count", [0, 101])
async def test_1_to_100_at_a_time(acme: TestTenant, database: Database, count: int) -> None:
    service = DeadLetters(database, Ingest(database, lambda _: None, clock), clock)
    with pytest.raises(BadInputError, match=f"not {count}"):
        await service.replay(acme.id, [new_id() for _ in range(count)], actor="test")


async def test_they_are_forgotten_after_90_days_and_settled_ones_after_7(
    api: Api, acme: TestTenant, database: Database
) -> None:
    admin = await api.login("acme", "admin")
    await ingest(database, acme, SAID, IncomingEvent("settled", ""))
    ids = {letter["reference"]: letter["id"] for letter in await letters(admin)}
    await admin.data(DISCARD, {"ids": [ids["settled"]]})

    async def left(at: datetime) -> set[str]:
        async with database.unit_of_work(acme.id) as session:
            await outbox.forget_dead_letters(session, acme.id, at)
        return {letter["reference"] for letter in await letters(admin)}

    assert await left(NOW + timedelta(days=7)) == {"said", "settled"}
    assert await left(NOW + timedelta(days=7, seconds=1)) == {"said"}
    assert await left(NOW + timedelta(days=90)) == {"said"}
    assert await left(NOW + timedelta(days=90, seconds=1)) == set()


async def test_pages_follow_each_other(api: Api, acme: TestTenant, database: Database) -> None:
    admin = await api.login("acme", "admin")
    await ingest(database, acme, *(IncomingEvent(f"m{number}", "") for number in range(5)))
    page = """query($after: String) { deadLetters(state: WAITING, first: 2, after: $after) {
        pageInfo { hasNextPage endCursor } nodes { reference } } }"""
    seen, after = [], None
    while True:
        found = (await admin.data(page, {"after": after}))["deadLetters"]
        seen += [node["reference"] for node in found["nodes"]]
        after = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert sorted(seen) == [f"m{number}" for number in range(5)]

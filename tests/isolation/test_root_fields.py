"""No root field shows anything of another tenant, whoever calls it and whatever id it is given."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Final
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from sqlalchemy import text

from api.app import Server
from api.graphql.ids import global_id
from api.schema import NODES, make_schema
from models.database import Database
from tests.isolation.conftest import TwoWorlds
from tests.isolation.crawl import Crawler, FieldName, output_fields, root_fields
from tests.isolation.root_fields import ROOT_FIELDS, RootField, with_ids
from tests.support.client import Api
from tests.support.frames import open_socket
from tests.support.objects import OUTSIDE_NODE, every_key, object_ids, other_ids
from tests.support.running import running
from tests.support.world import TestTenant

PERSONAS: Final = ("anonymous", "viewer", "analyst", "admin")
REQUEST_ID: Final = re.compile(r'"requestId":"[0-9a-f]{32}"')
DENIALS: Final = text("SELECT count(*) FROM audit_entry WHERE action = 'graphql' AND outcome = 'denied'")
NODE: Final = "query Node($id: ID!) { node(id: $id) { __typename id } }"
CUSTOMER: Final = "query Customer($id: ID!) { customer(id: $id) { id name } }"
DOORS: Final = {"node": NODE, "customer": CUSTOMER}

schema = make_schema()._schema


@pytest.fixture
async def url(server: Server) -> AsyncIterator[str]:
    async with running(server) as base_url:
        yield base_url


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        yield client


def test_every_root_field_is_listed() -> None:
    assert set(ROOT_FIELDS) == root_fields(schema)


def test_the_crawl_asks_for_every_field_of_every_type() -> None:
    crawler = Crawler(schema)
    for root, field in ROOT_FIELDS:
        list(crawler.documents(root, field))
    assert output_fields(schema) - crawler.seen == set()


@pytest.mark.parametrize("persona", PERSONAS)
async def test_a_persona_gets_what_it_may_and_nothing_of_the_other_tenant(
    persona: str, url: str, http: httpx.AsyncClient, database: Database, two_worlds: TwoWorlds
) -> None:
    acme, globex = two_worlds
    ids = {**await object_ids(database, acme), **await other_ids(database, acme)}
    foreign = _signs_of(globex, await every_key(database, globex))
    api = Api(http)
    if persona != "anonymous":
        api = await api.login("acme", persona)
        ids["User"] = await _own_id(api)
    shown: dict[FieldName, bool] = {}
    for (root, field), listed, type_name, document in _crawled():
        variables = with_ids(listed.variables, {**ids, "Node": ids.get(type_name, "")})
        before = await _denials(database, acme)
        if root == "Subscription":
            answer = await _subscribe(url, api.token, document, variables)
        else:
            answer = (await api.post(document, variables)).text
        assert [sign for sign in foreign if sign in answer] == [], (field, answer)
        denied = persona != "anonymous" and persona not in listed.allowed
        assert await _denials(database, acme) == before + denied, field
        if persona in listed.allowed:
            assert "errors" not in orjson.loads(answer), (field, answer)
            shown[root, field] = shown.get((root, field), False) or acme.canary in answer
        else:
            assert _codes(answer) == ["FORBIDDEN" if denied else "UNAUTHENTICATED"], field
            assert acme.canary not in answer, (field, answer)
    assert {name for name, shows in shown.items() if shows is not ROOT_FIELDS[name].shows_own_texts} == set()


async def test_ids_of_another_tenant_answer_like_ids_that_never_were(
    api: Api, database: Database, two_worlds: TwoWorlds
) -> None:
    acme, globex = two_worlds
    own, foreign = await object_ids(database, acme), await object_ids(database, globex)
    for persona in PERSONAS[1:]:
        caller = await api.login("acme", persona)
        for type_name, foreign_id in foreign.items():
            unknown_id = str(global_id(type_name, uuid4()))
            for door, document in DOORS.items():
                given = _masked(await caller.post(document, {"id": foreign_id}))
                missing = _masked(await caller.post(document, {"id": unknown_id}))
                assert given == missing == f'{{"data":{{"{door}":null}}}}', (persona, type_name)
        found = (await caller.data(CUSTOMER, {"id": own["Customer"]}))["customer"]
        assert found["id"] == own["Customer"]


async def test_a_cursor_of_another_tenant_answers_like_a_false_one(api: Api, two_worlds: TwoWorlds) -> None:
    page = "query Page($after: String) { customers(first: 1, after: $after) { pageInfo { endCursor } nodes { name } } }"
    mine, theirs = await api.login("acme", "viewer"), await api.login("globex", "viewer")
    cursor = (await theirs.data(page))["customers"]["pageInfo"]["endCursor"]
    foreign = _masked(await mine.post(page, {"after": cursor}))
    false = _masked(await mine.post(page, {"after": "A" * len(cursor)}))
    assert foreign == false
    assert _codes(foreign) == ["BAD_USER_INPUT"]


async def test_what_one_tenant_writes_changes_nothing_of_the_other(
    api: Api, database: Database, two_worlds: TwoWorlds
) -> None:
    _, globex = two_worlds
    theirs = await api.login("globex", "admin")
    theirs_ids = {**await object_ids(database, globex), **await other_ids(database, globex)}
    theirs_ids["User"] = await _own_id(theirs)
    readings = list(_readings(theirs_ids))
    before = [(await theirs.post(*document)).text for document in readings]
    mine = await api.login("acme", "admin")
    document = Crawler(schema).document("Mutation", "eventsIngest")
    who = {"externalId": f"{globex.canary}-c0", "name": "renamed", "email": "taken@acme.example"}
    events = [
        {"messageId": "visit-0", "name": "page_viewed", "source": "foreign", "customer": who},
        {
            "messageId": "reply",
            "name": "message_sent",
            "customer": who,
            "properties": {
                "conversationId": f"{globex.canary}-talk-0",
                "messageId": "3",
                "author": "agent",
                "body": "reply",
            },
        },
    ]
    verdicts = (await mine.data(document, {"input": {"events": events}}))["eventsIngest"]["verdicts"]
    assert [(verdict["status"], verdict["code"]) for verdict in verdicts] == [
        ("ACCEPTED", None),
        ("REJECTED", "UNKNOWN_CONVERSATION"),
    ]
    after = [(await theirs.post(*document)).text for document in readings]
    assert after == before
    assert not any('"errors"' in answer for answer in before)
    assert sum(globex.canary in answer for answer in before) > len(before) // 2


def _readings(ids: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    return [
        (document, with_ids(listed.variables, {**ids, "Node": ids.get(type_name, "")}))
        for (root, _), listed, type_name, document in _crawled()
        if root == "Query" and listed.shows_own_texts
    ]


def _crawled() -> Iterator[tuple[FieldName, RootField, str, str]]:
    """Each root field with each type that it can give, and the document that asks for all of it."""
    for name, listed in ROOT_FIELDS.items():
        for type_name, document in Crawler(schema).documents(*name):
            yield name, listed, type_name, document


async def _own_id(caller: Api) -> str:
    """Nobody can read another's account."""
    return str((await caller.data("{ me { id } }"))["me"]["id"])


def _signs_of(tenant: TestTenant, keys: set[str]) -> set[str]:
    """Whatever would give the tenant away: its word, its slug, its ids plain and as the API writes them."""
    encoded = {str(global_id(type_name, UUID(key))) for type_name in (*NODES, *OUTSIDE_NODE) for key in keys}
    return {tenant.canary, tenant.slug, *keys, *encoded}


async def _denials(database: Database, tenant: TestTenant) -> int:
    async with database.unit_of_work(tenant.id) as session:
        return int((await session.execute(DENIALS)).scalar_one())


async def _subscribe(url: str, token: str | None, document: str, variables: dict[str, object]) -> str:
    """The first frame's payload; anonymous cannot even open a socket, which is put as the error it stands for."""
    async with open_socket(url) as frames:
        if token is None:
            await frames.send({"type": "connection_init"})
            assert await frames.close_code() == 4403
            return '{"errors":[{"extensions":{"code":"UNAUTHENTICATED"}}]}'
        await frames.init(token)
        frame = await frames.first(document, variables)
    refused = frame["type"] == "error"
    return orjson.dumps({"errors": frame["payload"]} if refused else frame["payload"]).decode()


def _masked(response: httpx.Response) -> str:
    return REQUEST_ID.sub('"requestId":""', response.text)


def _codes(answer: str) -> list[str]:
    return [error["extensions"]["code"] for error in orjson.loads(answer)["errors"]]

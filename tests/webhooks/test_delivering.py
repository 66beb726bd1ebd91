"""From what was taken in to what the receiver gets: selected, signed, once, and again until it is taken."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from starlette.responses import Response

from api.graphql.ids import global_id
from api.webhooks.dispatcher import Dispatcher
from api.webhooks.schedule import PAUSES
from api.webhooks.sending import Sending
from models.database import Database
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, conversation, ingest, order
from tests.webhooks.receiver import Received, Receiver, is_signed
from tests.webhooks.support import BREAKER, REPLAY, Clock, Endpoint, Run, count_jobs, create, log_of, rows_of

HOUR = timedelta(hours=1)


async def buy(database: Database, tenant: TestTenant, number: int, *, customer: int = 0) -> None:
    await ingest(database, tenant, order(tenant, number, customer=customer, amount=250, at=NOW - HOUR))


async def send(sending: Sending, tenant: TestTenant, endpoint: Endpoint) -> None:
    await sending.run(Run(tenant.id, endpoint.key))


async def breaker_of(admin: Api) -> dict[str, Any]:
    [node] = (await admin.data(BREAKER))["webhookEndpoints"]["nodes"]
    found: dict[str, Any] = node
    return found


async def test_a_message_is_the_selection_signed(
    admin: Api, database: Database, acme: TestTenant, receiver: Receiver, sending: Sending
) -> None:
    endpoint = await create(admin, receiver.url)
    await buy(database, acme, 700)
    assert await count_jobs(database, acme) == 1
    await send(sending, acme, endpoint)
    [received] = receiver.take()
    assert is_signed(received, endpoint.secret, NOW.timestamp())
    assert received.headers["content-type"] == "application/json"
    assert received.message == {
        "type": "customer.bought",
        "timestamp": NOW.isoformat(),
        "data": {
            "customer": {"externalId": "acmecanary-c0", "orderCount": 3, "totalSpent": {"amount": 2_250}},
        },
    }
    [logged] = await log_of(admin)
    assert (logged["messageId"], logged["state"], logged["status"], logged["attempts"], logged["fault"]) == (
        received.message_id,
        "DELIVERED",
        204,
        1,
        None,
    )
    assert logged["milliseconds"] >= 0
    assert logged["endpoint"] == {"id": endpoint.id}
    await send(sending, acme, endpoint)
    assert receiver.take() == []


async def test_each_event_names_its_subject(
    admin: Api, database: Database, acme: TestTenant, receiver: Receiver, sending: Sending
) -> None:
    events = ("CUSTOMER_ACTIVE", "CUSTOMER_BOUGHT", "CUSTOMER_JOURNEY_UPDATED", "CONVERSATION_UPDATED")
    by_id = await create(admin, receiver.url, *events, query=None)
    by_slug = await create(admin, receiver.url, "METRIC_CHANGED", query=None)
    await ingest(
        database,
        acme,
        order(acme, 700, customer=1, amount=250, at=NOW - HOUR),
        *conversation(acme, 9, customer=1, at=NOW - HOUR),
    )
    async with database.unit_of_work(acme.id) as session:
        customer = (
            await session.execute(text("SELECT id FROM customer WHERE external_id = 'acmecanary-c1'"))
        ).scalar_one()
        talk = (
            await session.execute(text("SELECT id FROM conversation WHERE external_id = 'acmecanary-talk-9'"))
        ).scalar_one()
    await send(sending, acme, by_id)
    told = {(one.message["type"], one.message["data"]["id"]) for one in receiver.take()}
    who = str(global_id("Customer", customer))
    assert told == {
        ("customer.active", who),
        ("customer.bought", who),
        ("customer.journey_updated", who),
        ("conversation.updated", str(global_id("Conversation", talk))),
    }
    await send(sending, acme, by_slug)
    slugs = {one.message["data"]["metric"] for one in receiver.take()}
    assert slugs == {"events", "orders", "revenue", "conversations"}


async def test_what_waits_untried_is_told_once_with_the_newest_state(
    admin: Api, database: Database, acme: TestTenant, receiver: Receiver, sending: Sending
) -> None:
    endpoint = await create(admin, receiver.url)
    for number in range(700, 705):
        await buy(database, acme, number)
    await buy(database, acme, 705, customer=1)
    assert await count_jobs(database, acme) == 1
    await send(sending, acme, endpoint)
    counts = {one.message["data"]["customer"]["externalId"]: one.message for one in receiver.take()}
    assert {name: one["data"]["customer"]["orderCount"] for name, one in counts.items()} == {
        "acmecanary-c0": 7,
        "acmecanary-c1": 3,
    }


async def test_a_refused_message_comes_again_by_the_schedule_under_one_id_and_is_then_a_dead_letter(
    api: Api, database: Database, acme: TestTenant, receiver: Receiver, sending: Sending, at: Clock
) -> None:
    endpoint = await create(await api.login("acme", "admin"), receiver.url)
    await buy(database, acme, 700)
    receiver.status = 500
    await send(sending, acme, endpoint)
    for pause in PAUSES:
        at.forward(pause - timedelta(milliseconds=1))
        await send(sending, acme, endpoint)
        assert len(receiver.received) == len({one.headers["webhook-timestamp"] for one in receiver.received})
        at.forward(timedelta(milliseconds=1))
        [row] = await rows_of(database, acme)
        assert (row.state, row.fault, row.status) == ("waiting", "HTTP_500", 500)
        await send(sending, acme, endpoint)
    received = receiver.take()
    assert len(received) == 8
    assert len({one.message_id for one in received}) == 1
    assert len({one.headers["webhook-signature"] for one in received}) == 8
    admin = await api.login("acme", "admin")  # meanwhile the token has run out
    [dead] = await log_of(admin, "DEAD")
    assert (dead["attempts"], dead["fault"], dead["nextTryAt"]) == (8, "HTTP_500", None)
    await send(sending, acme, endpoint)
    assert receiver.take() == []

    receiver.status = 200
    payload = (await admin.data(REPLAY, {"ids": [dead["id"]]}))["webhookDeliveryReplay"]
    assert payload == {"replayed": [dead["id"]], "userErrors": []}
    at.forward(HOUR)  # until the breaker is half open
    await send(sending, acme, endpoint)
    [again] = receiver.take()
    assert again.message_id == received[0].message_id
    [row] = await rows_of(database, acme)
    assert (row.state, row.attempts, row.replays) == ("delivered", 1, 1)


async def test_five_failures_open_the_breaker_and_one_probe_closes_it(
    admin: Api, database: Database, acme: TestTenant, receiver: Receiver, sending: Sending, at: Clock
) -> None:
    endpoint = await create(admin, receiver.url, "METRIC_CHANGED", "METRIC_CHANGED", query=None)
    receiver.status = 503
    await buy(database, acme, 700)
    await send(sending, acme, endpoint)
    assert len(receiver.take()) == 3  # events, orders, revenue
    at.forward(timedelta(seconds=5))
    await send(sending, acme, endpoint)
    assert len(receiver.take()) == 3
    found = await breaker_of(admin)
    until = (at.at + timedelta(minutes=1)).isoformat()
    assert found["breaker"] == {"state": "OPEN", "failures": 6, "openUntil": until}

    await Dispatcher(database, at).dispatch(acme.id)
    at.forward(timedelta(seconds=59))
    await buy(database, acme, 701)
    await send(sending, acme, endpoint)
    assert receiver.take() == []

    at.forward(timedelta(seconds=1))
    assert (await breaker_of(admin))["breaker"]["state"] == "HALF_OPEN"
    await send(sending, acme, endpoint)
    assert len(receiver.take()) == 1  # the probe
    assert (await breaker_of(admin))["breaker"]["openUntil"] == (at.at + timedelta(minutes=2)).isoformat()

    receiver.status = 200
    at.forward(timedelta(minutes=2))
    await send(sending, acme, endpoint)
    assert (await breaker_of(admin))["breaker"] == {"state": "CLOSED", "failures": 0, "openUntil": None}
    at.forward(timedelta(minutes=5))
    await send(sending, acme, endpoint)
    assert {row.state for row in await rows_of(database, acme)} == {"delivered"}


async def test_a_receiver_that_is_gone_is_not_called_again(
    admin: Api, database: Database, acme: TestTenant, receiver: Receiver, sending: Sending, at: Clock
) -> None:
    endpoint = await create(admin, receiver.url)
    receiver.status = 410
    await buy(database, acme, 700)
    await send(sending, acme, endpoint)
    [dead] = await log_of(admin)
    assert (dead["state"], dead["fault"], dead["attempts"]) == ("DEAD", "HTTP_410", 1)
    found = await breaker_of(admin)
    assert (found["enabled"], found["disabledBecause"]) == (False, "HTTP_410")
    last = (await entries(database, acme))[-1]
    assert (last.actor, last.action) == ("service:webhooks", "webhook_endpoint.disable")
    await buy(database, acme, 701)
    assert len(await rows_of(database, acme)) == 1
    receiver.take()
    at.forward(HOUR)
    await send(sending, acme, endpoint)
    assert receiver.take() == []


async def test_a_redirect_is_a_failure_and_leads_nowhere(
    admin: Api, database: Database, acme: TestTenant, receiver: Receiver, sending: Sending
) -> None:
    async def elsewhere(_: Received) -> Response:
        return Response(status_code=302, headers={"location": receiver.url})

    endpoint = await create(admin, receiver.url)
    receiver.behave = elsewhere
    await buy(database, acme, 700)
    await send(sending, acme, endpoint)
    assert len(receiver.take()) == 1
    [logged] = await log_of(admin)
    assert (logged["state"], logged["fault"]) == ("WAITING", "HTTP_302")


async def test_after_a_rotation_both_secrets_sign_for_a_day(
    admin: Api, database: Database, acme: TestTenant, receiver: Receiver, sending: Sending, at: Clock
) -> None:
    endpoint = await create(admin, receiver.url)
    rotate = """mutation Rotate($id: ID!) {
      webhookEndpointRotateSecret(input: {id: $id}) { secret userErrors { code } endpoint { previousSecretUntil } }
    }"""
    payload = (await admin.data(rotate, {"id": endpoint.id}))["webhookEndpointRotateSecret"]
    assert payload["endpoint"]["previousSecretUntil"] == (NOW + timedelta(days=1)).isoformat()
    assert payload["secret"] != endpoint.secret
    for number, both in ((700, True), (701, False)):
        await buy(database, acme, number)
        await send(sending, acme, endpoint)
        [received] = receiver.take()
        assert is_signed(received, payload["secret"], at.at.timestamp())
        assert is_signed(received, endpoint.secret, at.at.timestamp()) is both
        at.forward(timedelta(days=1))


async def test_what_the_owner_may_not_read_any_more_does_not_leave(
    admin: Api, database: Database, acme: TestTenant, receiver: Receiver, sending: Sending
) -> None:
    endpoint = await create(admin, receiver.url)
    async with database.unit_of_work(acme.id) as session:
        await session.execute(text("UPDATE webhook_endpoint SET owner_id = :gone"), {"gone": uuid4()})
    await buy(database, acme, 700)
    await send(sending, acme, endpoint)
    assert receiver.take() == []
    [logged] = await log_of(admin)
    assert (logged["state"], logged["fault"], logged["status"]) == ("WAITING", "FORBIDDEN", None)
    assert (await breaker_of(admin))["breaker"]["failures"] == 0
    denial = (await entries(database, acme))[-1]
    assert (denial.actor, denial.outcome) == ("service:webhooks", "denied")


async def test_a_secret_of_another_key_sends_nothing_unsigned(
    admin: Api, database: Database, acme: TestTenant, receiver: Receiver, sending: Sending
) -> None:
    endpoint = await create(admin, receiver.url)
    await buy(database, acme, 700)
    await send(replace(sending, key=bytes(32)), acme, endpoint)
    assert receiver.take() == []
    assert [one["fault"] for one in await log_of(admin)] == ["SECRET_UNREADABLE"]


async def test_the_dispatcher_asks_for_one_job_when_something_is_due(
    admin: Api, database: Database, acme: TestTenant, receiver: Receiver, sending: Sending, at: Clock
) -> None:
    endpoint = await create(admin, receiver.url)
    receiver.status = 500
    await buy(database, acme, 700)
    async with database.unit_of_work(acme.id) as session:
        await session.execute(text("UPDATE job SET state = 'succeeded', finished_at = :now"), {"now": at.at})
    dispatcher = Dispatcher(database, at)
    await send(sending, acme, endpoint)
    await dispatcher.dispatch(acme.id)
    assert await count_jobs(database, acme) == 0
    at.forward(timedelta(seconds=5))
    for _ in range(2):
        await dispatcher.dispatch(acme.id)
        assert await count_jobs(database, acme) == 1


async def test_old_deliveries_are_given_up_and_then_forgotten(
    admin: Api, database: Database, acme: TestTenant, receiver: Receiver, sending: Sending, at: Clock
) -> None:
    delivered = await create(admin, receiver.url)
    await buy(database, acme, 700)
    await send(sending, acme, delivered)
    await create(admin, receiver.url, "CUSTOMER_ACTIVE")
    await buy(database, acme, 701)
    at.forward(timedelta(days=3, hours=1))
    await Dispatcher(database, at).dispatch(acme.id)
    states = {(row.event, row.state, row.fault) for row in await rows_of(database, acme)}
    assert states == {
        ("customer.bought", "delivered", None),
        ("customer.bought", "dead", "EXPIRED"),
        ("customer.active", "dead", "EXPIRED"),
    }
    at.forward(timedelta(days=5))
    await Dispatcher(database, at).dispatch(acme.id)
    assert {row.state for row in await rows_of(database, acme)} == {"dead"}
    at.forward(timedelta(days=26))
    await Dispatcher(database, at).dispatch(acme.id)
    assert await rows_of(database, acme) == []


async def test_nothing_of_a_customer_is_in_the_logs_or_in_what_is_kept(
    admin: Api,
    database: Database,
    acme: TestTenant,
    receiver: Receiver,
    sending: Sending,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    endpoint = await create(admin, receiver.url, query="query($id: ID!) { customer(id: $id) { name email } }")
    receiver.status = 500
    await buy(database, acme, 700)
    caplog.clear()
    await send(sending, acme, endpoint)
    [received] = receiver.take()
    assert "c0@acmecanary.example" in received.body.decode()
    ours = [record for record in caplog.records if record.name.startswith(("api", "httpx", "httpcore"))]
    assert not any("acmecanary" in record.getMessage() for record in ours)
    async with database.unit_of_work(acme.id) as session:
        kept = (await session.execute(text("SELECT string_agg(d::text, ' ') FROM webhook_delivery d"))).scalar_one()
    assert "acmecanary" not in kept

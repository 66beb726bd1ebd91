"""A tenant sets its own stages: past events are walked again, and nothing of the old journey is left."""

from typing import Any

import pytest

from api.app import Server
from api.consumers import delivery
from api.graphql.ids import parse_global_id
from api.jobs.timings import Timings
from api.jobs.turn import Turns
from api.journeys.rebuild import KIND, Rebuild
from api.streams.outbox import insert_message
from api.streams.topics import CustomersMoved
from api.worker import tells
from models.database import Database
from tests.journeys.support import customer_ids, moved, trials, walk
from tests.journeys.test_spells import spells
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, clock, ingest, make_tenant

UPDATE = """
mutation Update($input: JourneyStagesUpdateInput!) {
  journeyStagesUpdate(input: $input) {
    definition { stages { key name position isExit } rules { eventName stage moves } rebuilding }
    job { id kind state createdBy }
    userErrors { field code message }
  }
}
"""
DEFINITION = "{ journeyDefinition { stages { key } rules { eventName property equals moves stage } rebuilding } }"
STAGES = [{"key": "trying", "name": "Trying"}, {"key": "paying", "name": "Paying"}, {"key": "gone", "name": "Gone"}]
RULES = [
    {"eventName": "trial_started", "stage": "trying"},
    {"eventName": "order_completed", "stage": "paying", "moves": "ANY"},
    {"eventName": "subscription_cancelled", "stage": "gone", "moves": "ANY"},
]
GIVEN = {"stages": [*STAGES[:2], {**STAGES[2], "isExit": True}], "rules": RULES}


@pytest.fixture
async def own(database: Database) -> TestTenant:
    return await make_tenant(database, "own", "owncanary")


async def update(api: Api, given: dict[str, Any]) -> dict[str, Any]:
    admin = await api.login("own", "admin")
    found: dict[str, Any] = (await admin.data(UPDATE, {"input": given}))["journeyStagesUpdate"]
    return found


async def rebuild(server: Server, tenant: TestTenant, job: str) -> None:
    work = Rebuild(server.database, server.hub, clock)
    turns = Turns(server.database, {KIND: work.run}, clock, Timings(), tells(server.cache.invalidation))
    await turns.take(tenant.id, parse_global_id(job)[1])


async def test_past_events_are_walked_by_the_new_rules(
    api: Api, server: Server, database: Database, own: TestTenant
) -> None:
    await trials(database, own, people=4)
    payload = await update(api, GIVEN)
    assert payload["userErrors"] == []
    assert [stage["key"] for stage in payload["definition"]["stages"]] == ["trying", "paying", "gone"]
    assert (payload["job"]["kind"], payload["job"]["state"]) == (KIND, "QUEUED")
    assert await spells(database, own) == []
    viewer = await api.login("own", "viewer")
    assert (await viewer.data(DEFINITION))["journeyDefinition"]["rebuilding"] is True
    await rebuild(server, own, payload["job"]["id"])
    assert sorted(await spells(database, own), key=str) == [
        ("gone", None), ("paying", None), ("paying", None),
        ("trying", "gone"), ("trying", "paying"), ("trying", "paying"), ("trying", None),
    ]  # fmt: skip
    assert (await viewer.data(DEFINITION))["journeyDefinition"]["rebuilding"] is False
    [entry] = [entry for entry in await entries(database, own) if entry.action == "journey.stages_update"]
    assert (entry.details["stages"], entry.details["rules"]) == (["trying", "paying", "gone"], 3)


async def test_what_comes_in_before_the_job_has_run_is_there_afterwards(
    api: Api, server: Server, database: Database, own: TestTenant
) -> None:
    await walk(database, own, (1, [("trial_started", 9)]))
    payload = await update(api, GIVEN)
    await ingest(database, own, moved(own, 1, "order_completed", 2))
    await rebuild(server, own, payload["job"]["id"])
    assert await spells(database, own) == [("trying", "paying"), ("paying", None)]


async def test_a_message_of_before_the_change_is_walked_by_the_new_rules(
    api: Api, server: Server, database: Database, own: TestTenant
) -> None:
    await walk(database, own, (1, [("trial_started", 9), ("order_completed", 3)]))
    payload = await update(api, GIVEN)
    await rebuild(server, own, payload["job"]["id"])
    before = await spells(database, own)
    async with database.unit_of_work(own.id) as session:
        [customer] = await customer_ids(session)
        await insert_message(session, own.id, CustomersMoved(((customer, NOW, NOW),)), NOW)
    await delivery(database, server.hub, clock).drain(own.id)
    assert await spells(database, own) == before


@pytest.mark.parametrize(
    ("change", "field", "reason"),
    [
        ({"stages": STAGES[:1]}, ["stages"], "at least 2 stages"),
        ({"stages": [{"key": "No Key", "name": "x"}, *STAGES]}, ["stages", "0", "key"], "is not 1 to 40"),
        ({"stages": [*STAGES, STAGES[0]]}, ["stages", "3", "key"], "two stages 'trying'"),
        ({"stages": [*STAGES[:2], {"key": "gone", "name": " "}]}, ["stages", "2", "name"], "1 to 100"),
        ({"stages": [*STAGES, {"key": "idle", "name": "Idle"}]}, ["stages", "3"], "No rule leads to"),
        ({"rules": []}, ["rules"], "1 to 200 rules"),
        ({"rules": [*RULES, {"eventName": "x", "stage": "no"}]}, ["rules", "3", "stage"], "no stage 'no'"),
        ({"rules": [*RULES, {"eventName": "x", "stage": "gone", "equals": "1"}]}, ["rules", "3", "property"], "both"),
    ],
)
async def test_what_makes_no_journey_is_refused_and_changes_nothing(
    api: Api, database: Database, own: TestTenant, change: dict[str, Any], field: list[str], reason: str
) -> None:
    await walk(database, own, (1, [("trial_started", 9)]))
    payload = await update(api, {**GIVEN, **change})
    [error] = payload["userErrors"]
    assert (error["field"], error["code"]) == (field, "BAD_USER_INPUT")
    assert reason in error["message"]
    assert (payload["definition"], payload["job"]) == (None, None)
    assert await spells(database, own) == [("consideration", None)]

"""A journey that is only tried: where an even draw of customers would stand, with nothing changed."""

from typing import Any

import pytest

from api.journeys import preview
from models.database import Database
from tests.journeys.support import trials
from tests.journeys.test_stages_update import DEFINITION
from tests.support.client import Api
from tests.support.world import TestTenant, make_tenant

PREVIEW = """
query Try($definition: JourneyStagesUpdateInput!) {
  journeyPreview(definition: $definition) {
    sampled customers nowhere nowhereNow stages { stage { key position isExit } customers now }
  }
}
"""
RULES = [
    {"eventName": "trial_started", "stage": "trying"},
    {"eventName": "order_completed", "stage": "purchase", "moves": "ANY"},
    {"eventName": "subscription_cancelled", "stage": "gone", "moves": "ANY"},
]
STAGES = [
    {"key": "trying", "name": "Trying"},
    {"key": "purchase", "name": "Paying"},
    {"key": "gone", "name": "Gone", "isExit": True},
]
GIVEN = {"stages": STAGES, "rules": RULES}


@pytest.fixture
async def own(database: Database) -> TestTenant:
    tenant = await make_tenant(database, "own", "owncanary")
    await trials(database, tenant, people=4)
    return tenant


async def tried(api: Api, given: dict[str, Any]) -> dict[str, Any]:
    admin = await api.login("own", "admin")
    found: dict[str, Any] = (await admin.data(PREVIEW, {"definition": given}))["journeyPreview"]
    return found


@pytest.mark.usefixtures("own")
async def test_it_says_where_customers_would_stand_and_changes_nothing(api: Api) -> None:
    admin = await api.login("own", "admin")
    before = await admin.data(DEFINITION)
    found = await tried(api, GIVEN)
    assert found["sampled"] == int(found["customers"]) == 4
    standing = [(one["stage"]["key"], one["customers"], one["now"]) for one in found["stages"]]
    # Of the two that tried, by the present rules one considers and one is lost: neither stage is among these.
    assert standing == [("trying", 1, None), ("purchase", 2, 2), ("gone", 1, None)]
    assert (found["nowhere"], found["nowhereNow"]) == (0, 0)
    assert await admin.data(DEFINITION) == before


@pytest.mark.usefixtures("own")
async def test_a_journey_is_checked_before_it_is_tried(api: Api) -> None:
    admin = await api.login("own", "admin")
    answer = await admin.answer(PREVIEW, {"definition": {**GIVEN, "rules": RULES[:2]}})
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert error["message"] == "No rule leads to the stage 'gone'."


@pytest.mark.usefixtures("own")
async def test_of_many_customers_only_a_draw_is_walked(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "MOST_CUSTOMERS", 3)
    found = await tried(api, GIVEN)
    assert (found["sampled"], int(found["customers"])) == (3, 4)
    assert sum(one["customers"] for one in found["stages"]) + found["nowhere"] == 3

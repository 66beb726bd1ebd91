"""What admins change of their tenant: its name always, zone and currency before anything was counted in them."""

from typing import Any

from models.database import Database
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import fill, make_tenant

UPDATE = """
mutation($input: TenantUpdateInput!) {
  tenantUpdate(input: $input) { tenant { name timeZone currency } userErrors { field code } }
}
"""


async def update(api: Api, **change: str) -> dict[str, Any]:
    payload: dict[str, Any] = (await api.data(UPDATE, {"input": change}))["tenantUpdate"]
    return payload


async def test_a_tenant_without_events_gets_another_zone_and_currency(api: Api, database: Database) -> None:
    tenant = await make_tenant(database, "fresh", "freshcanary")
    admin = await api.login("fresh", "admin")
    changed = await update(admin, name=" Fresh and Sons ", timeZone="Asia/Tokyo", currency="EUR")
    assert changed["tenant"] == {"name": "Fresh and Sons", "timeZone": "Asia/Tokyo", "currency": "EUR"}
    assert (await admin.data("{ tenant { timeZone } }"))["tenant"] == {"timeZone": "Asia/Tokyo"}
    [entry] = [one for one in await entries(database, tenant) if one.action == "tenant.update"]
    assert entry.details == {"changed": ["timeZone", "currency", "name"]}


async def test_once_events_came_in_the_name_alone_can_change(api: Api, database: Database) -> None:
    tenant = await make_tenant(database, "busy", "busycanary")
    await fill(database, tenant, customers=1)
    admin = await api.login("busy", "admin")
    before = (await admin.data("{ tenant { timeZone currency } }"))["tenant"]
    for change in ({"timeZone": "Asia/Tokyo"}, {"currency": "CHF"}):
        field = next(iter(change))
        assert await update(admin, **change) == {"tenant": None, "userErrors": [{"field": [field], "code": "CONFLICT"}]}
    assert (await update(admin, name="Busy", **before))["tenant"] == {"name": "Busy", **before}


async def test_what_a_tenant_cannot_be_is_refused(api: Api, database: Database) -> None:
    await make_tenant(database, "fresh", "freshcanary")
    admin = await api.login("fresh", "admin")
    for change in ({"name": " "}, {"timeZone": "Mars/Olympus"}, {"currency": "euro"}, {"currency": "JPY"}):
        refused = await update(admin, **change)
        assert refused["userErrors"] == [{"field": [next(iter(change))], "code": "BAD_USER_INPUT"}], change

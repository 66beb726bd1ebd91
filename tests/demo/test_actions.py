"""A demo's replay stands still at night, and its tenants are proposed actions all the same."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from api.actions.defaults import DEFAULT
from api.actions.service import Actions
from api.actions.sources import LIKELIHOODS
from api.demo.actions import set_catalogue
from api.tenants.repository import insert_replay
from models import Replay
from models.database import Database
from tests.support.audit import entries
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, clock, ingest, make_tenant, order

BEST = """
query { nextBestActions(first: 100) { nodes { action { code } } } actionCatalogue { quietFrom quietTo dailyCap } }
"""
MIDNIGHT = NOW.replace(hour=23, minute=59)


async def _demo(database: Database) -> TestTenant:
    tenant = await make_tenant(database, "shop", "shopcanary")
    first = [order(tenant, n, customer=n, amount=1_000, at=NOW - timedelta(days=40)) for n in range(40)]
    again = [order(tenant, 100 + n, customer=n, amount=1_000, at=NOW - timedelta(days=5)) for n in range(10)]
    await ingest(database, tenant, *first, *again)
    async with database.unit_of_work(tenant.id) as session:
        await insert_replay(
            session, Replay(tenant_id=tenant.id, speed=1, position=MIDNIGHT, ends_at=MIDNIGHT, history_loaded=True)
        )
    return tenant


async def _best(api: Api) -> dict[str, Any]:
    return await (await api.login("shop", "viewer")).data(BEST)


async def test_at_the_end_of_its_replay_a_demo_tenant_is_proposed_actions(api: Api, database: Database) -> None:
    tenant = await _demo(database)
    assert (await _best(api))["nextBestActions"]["nodes"] == []
    await set_catalogue(database, tenant.id, clock, "service:seed")
    found = await _best(api)
    assert len(found["nextBestActions"]["nodes"]) > 20
    assert found["actionCatalogue"]["quietFrom"] == found["actionCatalogue"]["quietTo"]


async def test_a_catalogue_that_somebody_has_set_stays_and_the_seed_s_is_set_once(api: Api, database: Database) -> None:
    tenant = await _demo(database)
    for _ in range(2):
        await set_catalogue(database, tenant.id, clock, "service:seed")
    own = replace(DEFAULT, limits=replace(DEFAULT.limits, daily_cap=7))
    await Actions(database, LIKELIHOODS, clock).set_catalogue(tenant.id, own, actor="user:admin")
    await set_catalogue(database, tenant.id, clock, "service:seed")
    assert (await _best(api))["actionCatalogue"]["dailyCap"] == 7
    written = [entry.actor for entry in await entries(database, tenant) if entry.action == "action.catalogue_update"]
    assert written == ["service:seed", "user:admin"]

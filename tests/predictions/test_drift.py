"""Drift is told when customers or scores have moved, and not by chance or from too few."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.app import Server
from api.intelligence.arrays import Floats
from api.intelligence.drift import DriftState, Reference, drift, worst
from api.predictions import drift_repository
from api.predictions.contracts import SCORE_JOB, Drifted, ModelKind
from api.worker import tells
from models.database import Database
from tests.predictions.support import current_model, load, score, shop, train, version_of
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, make_tenant, order

VERSIONS = """
query { modelVersions(first: 5) { nodes { number drift {
  state asOf customers referenceCustomers estimate { name psi noise state } features { name psi state }
  dataNeed { what need have }
} } } }
"""
HEALTH = "query { systemHealth { freshness { models { version drift } } } }"


def normal(size: int, seed: int, shift: float = 0.0) -> Floats:
    return np.random.default_rng(seed).normal(shift, 1.0, size)


def test_the_index_is_the_sum_over_the_tenths() -> None:
    """100 rows, ten a tenth; later 30 of 100 lie in the lowest tenth and none in the highest two."""
    reference = Reference.of(np.arange(1.0, 101.0))
    assert reference.counts == [10] * 10
    later = np.concatenate([np.full(30, 1.0), np.repeat(np.arange(15.0, 85.0, 10.0), 10)])
    was = np.full(10, 10.5 / 105)
    now = np.array([30.5, *[10.5] * 7, 0.5, 0.5]) / 105
    assert drift(reference, later).psi == pytest.approx(((now - was) * np.log(now / was)).sum())


@pytest.mark.parametrize(
    ("shift", "state"), [(0.0, DriftState.STABLE), (0.4, DriftState.MOVED), (1.0, DriftState.DRIFTED)]
)
def test_a_shifted_column_is_told(shift: float, state: DriftState) -> None:
    assert drift(Reference.of(normal(2_000, 1)), normal(2_000, 2, shift)).state is state


def test_chance_alone_is_not_called_drift() -> None:
    """200 rows on either side: a PSI above .1 is common by chance there, and still no drift."""
    found = [drift(Reference.of(normal(200, seed)), normal(200, 1_000 + seed)) for seed in range(200)]
    assert sum(one.psi > 0.1 for one in found) > 20
    assert sum(one.state is not DriftState.STABLE for one in found) < 10


def test_too_few_rows_are_told_whatever_they_look_like() -> None:
    for size in (0, 1, 199):
        assert drift(Reference.of(normal(500, 1)), normal(size, 2, 5.0)).state is DriftState.INSUFFICIENT_DATA
    assert drift(Reference.of(normal(199, 1)), normal(500, 2, 5.0)).state is DriftState.INSUFFICIENT_DATA


def test_categories_that_were_never_seen_count_as_others() -> None:
    stages = np.array(["consideration"] * 300 + ["evaluation"] * 300)
    reference = Reference.of(stages)
    assert drift(reference, stages[::-1]).psi == pytest.approx(0)
    assert drift(reference, np.array(["elsewhere"] * 400)).state is DriftState.DRIFTED


def test_a_constant_column_stands_still_until_it_does_not() -> None:
    reference = Reference.of(np.full(400, 3.0))
    assert drift(reference, np.full(400, 3.0)).psi == 0
    assert drift(reference, np.full(400, 4.0)).state is DriftState.DRIFTED


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
    st.randoms(use_true_random=False),
)
def test_the_index_is_never_negative_and_the_order_of_rows_is_nothing(
    before: list[float], after: list[float], random: Any
) -> None:
    found = drift(Reference.of(np.array(before)), np.array(after))
    random.shuffle(before)
    random.shuffle(after)
    assert found.psi >= 0
    assert drift(Reference.of(np.array(before)), np.array(after)).psi == pytest.approx(found.psi, abs=1e-12)


def test_the_worst_column_speaks_for_all() -> None:
    stable, moved, drifted = DriftState.STABLE, DriftState.MOVED, DriftState.DRIFTED
    assert worst([stable, moved, stable]) is moved
    assert worst([moved, drifted]) is drifted
    assert worst([]) is DriftState.INSUFFICIENT_DATA


async def _drift(api: Api) -> dict[str, Any]:
    [version] = (await api.data(VERSIONS))["modelVersions"]["nodes"]
    found: dict[str, Any] = version["drift"]
    return found


@pytest.mark.parametrize("kind", [ModelKind.CHURN, ModelKind.CLV])
async def test_a_version_drifts_when_its_customers_do(
    api: Api, server: Server, database: Database, kind: ModelKind
) -> None:
    """400 customers as they were trained with; then nobody but 10 of them comes for 60 days, and those pay tenfold."""
    store = await make_tenant(database, "store", "storecanary")
    await load(database, store, shop(store, customers=400))
    version_id = version_of(await train(database, store, kind))
    analyst = await api.login("store", "analyst")
    before = await _drift(analyst)
    assert (before["state"], before["features"], before["estimate"]) == ("INSUFFICIENT_DATA", [], None)
    assert before["dataNeed"] == {
        "what": "passes over all customers by a version that keeps how they were", "need": 1, "have": 0,
    }  # fmt: skip

    await score(database, store, version_id)
    tells(server.cache.invalidation)(store.id, SCORE_JOB)
    same = await _drift(analyst)
    assert (same["state"], same["dataNeed"]) == ("STABLE", None)
    assert same["referenceCustomers"] <= same["customers"] == 400
    assert same["estimate"]["psi"] < 0.05
    models = (await analyst.data(HEALTH))["systemHealth"]["freshness"]["models"]
    assert models == [{"version": 1, "drift": "STABLE"}]

    later = NOW + timedelta(days=60)
    rich = [order(store, 90_000 + one, customer=one, amount=50_000, at=NOW - timedelta(hours=1)) for one in range(10)]
    await load(database, store, rich)
    await score(database, store, version_id, lambda: later)
    tells(server.cache.invalidation)(store.id, SCORE_JOB)
    moved = await _drift(analyst)
    assert (moved["state"], moved["asOf"]) == ("DRIFTED", later.isoformat())
    indices = [one["psi"] for one in moved["features"]]
    assert indices == sorted(indices, reverse=True)
    assert {one["state"] for one in moved["features"] if one["name"] == "days_since_last_purchase"} == {"DRIFTED"}
    assert moved["estimate"]["state"] == "DRIFTED"
    models = (await analyst.data(HEALTH))["systemHealth"]["freshness"]["models"]
    assert models == [{"version": 1, "drift": "DRIFTED"}]


async def test_the_oldest_passes_go(database: Database, acme: TestTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drift_repository, "KEPT", 3)
    async with database.unit_of_work(acme.id) as session:
        version_id = await current_model(session, acme.id, made_by="test")
        for day in range(1, 6):
            found, at = Drifted(day, 9, "STABLE", ()), NOW + timedelta(days=day)
            await drift_repository.upsert_drift(session, acme.id, version_id, found, as_of=at, at=at)
    async with database.reading(acme.id) as snapshot:
        kept = await snapshot.rows(drift_repository.drift.select().order_by(drift_repository.drift.c.as_of))
    assert [row.n for row in kept] == [3, 4, 5]

"""What is foretold, as metrics: means of what stands now, since when it stands, and nothing before."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from api.predictions.contracts import Scored
from api.predictions.repository import upsert_predictions
from models.database import Database
from tests.predictions.support import current_model
from tests.support.client import Api
from tests.support.world import NOW, TestTenant

SERIES = """
query Series($metric: String!, $range: RangeInput!, $bucket: Bucket) {
  metricSeries(metric: $metric, range: $range, bucket: $bucket) {
    total previousTotal currency figure { value n asOf absent } buckets { start value n }
  }
}
"""
WEEK = {"preset": "LAST_7_DAYS"}


async def foretell(database: Database, tenant: TestTenant, kind: str, *estimates: float, days_ago: int = 0) -> None:
    """Of as many customers, the first one three days before the others."""
    async with database.unit_of_work(tenant.id) as session:
        version_id = await current_model(session, tenant.id, made_by="test", kind=kind)
        keys = list((await session.execute(text("SELECT id FROM customer ORDER BY id"))).scalars())
        for place, (key, estimate) in enumerate(zip(keys, estimates, strict=False)):
            at = NOW - timedelta(days=days_ago, hours=0 if place else 3)
            scored = Scored(key, estimate, None, None, 0.0, [], 0, None, None)
            await session.execute(
                text("DELETE FROM prediction WHERE customer_id = :key AND kind = :kind"), {"key": key, "kind": kind}
            )
            await upsert_predictions(session, tenant.id, version_id, kind, 30, at, [scored])


async def series(api: Api, metric: str, **variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await api.data(SERIES, {"metric": metric, "range": WEEK, **variables}))["metricSeries"]
    return found


@pytest.mark.parametrize(
    ("slug", "kind", "estimates", "mean", "currency"),
    [
        ("churn_risk", "CHURN", (0.2, 0.4, 0.9), 0.5, None),
        ("conversion_probability", "CONVERSION", (0.1, 0.2, 0.3), 0.2, None),
        ("clv_prediction", "CLV", (1_000.0, 2_000.0, 6_000.0), 3_000.0, "GBP"),
    ],
)
async def test_the_mean_of_what_is_foretold_with_n_and_since_when(
    api: Api, database: Database, acme: TestTenant, slug: str, kind: str, estimates: tuple[float, ...],
    mean: float, currency: str | None,
) -> None:  # fmt: skip
    await foretell(database, acme, kind, *estimates)
    viewer = await api.login("acme", "viewer")
    found = await series(viewer, slug, bucket="DAY")
    oldest = (NOW - timedelta(hours=3)).isoformat()
    assert found["figure"] == {"value": pytest.approx(mean), "n": 3, "asOf": oldest, "absent": None}
    assert (found["total"], found["previousTotal"], found["currency"]) == (pytest.approx(mean), None, currency)
    assert [point["value"] for point in found["buckets"]] == [None] * 6 + [pytest.approx(mean)]


async def test_what_stands_for_two_days_stands_at_the_end_of_each(
    api: Api, database: Database, acme: TestTenant
) -> None:
    await foretell(database, acme, "CHURN", 0.2, 0.4, days_ago=2)
    viewer = await api.login("acme", "viewer")
    values = [point["value"] for point in (await series(viewer, "churn_risk", bucket="DAY"))["buckets"]]
    assert values == [None] * 4 + [pytest.approx(0.3)] * 3
    past = {"from": (NOW - timedelta(days=9)).isoformat(), "to": (NOW - timedelta(days=5)).isoformat()}
    before = await series(viewer, "churn_risk", range=past)
    assert before["figure"] == {
        "value": None, "n": None, "asOf": None,
        "absent": "No prediction of churn within 30 days was in force at the end of this range.",
    }  # fmt: skip


async def test_another_horizon_is_another_question(api: Api, database: Database, acme: TestTenant) -> None:
    await foretell(database, acme, "CHURN", 0.2, 0.4)
    async with database.unit_of_work(acme.id) as session:
        await session.execute(text("UPDATE prediction SET horizon_days = 90"))
    viewer = await api.login("acme", "viewer")
    assert (await series(viewer, "churn_risk"))["total"] is None

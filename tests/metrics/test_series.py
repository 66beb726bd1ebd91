"""What is read of the metrics equals what the events say, counted by hand."""

from datetime import datetime, timedelta
from typing import Any

from models.database import Database
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, ingest, make_tenant, order

SERIES = """
query Series($metric: String!, $range: RangeInput!, $bucket: Bucket) {
  metricSeries(metric: $metric, range: $range, bucket: $bucket) {
    revision asOf timeZone currency bucket rangeStart rangeEnd previousStart previousEnd total previousTotal
    buckets { start value } previousBuckets { start value }
  }
}
"""
WEEK = {"preset": "LAST_7_DAYS"}


async def read(api: Api, metric: str, range_: dict[str, str], bucket: str | None = None) -> dict[str, Any]:
    data = await api.data(SERIES, {"metric": metric, "range": range_, "bucket": bucket})
    series: dict[str, Any] = data["metricSeries"]
    return series


def non_zero(series: dict[str, Any]) -> dict[str, float]:
    return {point["start"]: point["value"] for point in series["buckets"] if point["value"]}


async def test_each_metric_by_its_definition(api: Api, database: Database) -> None:
    tenant = await make_tenant(database, "exact", "exactcanary")
    day = timedelta(days=1)
    await ingest(
        database,
        tenant,
        order(tenant, 1, customer=1, amount=1_000, at=NOW - day),
        order(tenant, 2, customer=1, amount=250, at=NOW - 2 * day),
        order(tenant, 3, customer=2, amount=400, at=NOW - 2 * day, cancelled=True),
        order(tenant, 4, customer=None, amount=5_000, at=NOW - 2 * day),
        order(tenant, 5, customer=2, amount=70, at=NOW - 8 * day),
        order(tenant, 6, customer=3, amount=80, at=NOW - 7 * day + timedelta(minutes=10)),
    )
    viewer = await api.login("exact", "viewer")
    expected = {
        "revenue": (5_850.0, 70.0),
        "orders": (3.0, 1.0),
        "events": (4.0, 1.0),
        "active_customers": (2.0, 1.0),
        "conversations": (0.0, 0.0),
    }
    for metric, totals in expected.items():
        series = await read(viewer, metric, WEEK)
        assert (series["total"], series["previousTotal"]) == totals, metric
        assert series["currency"] == ("GBP" if metric == "revenue" else None)
        assert len(series["buckets"]) == 168


async def test_a_customer_is_counted_once_in_the_total_and_once_in_each_bucket(api: Api, database: Database) -> None:
    tenant = await make_tenant(database, "once", "oncecanary")
    events = [order(tenant, number, customer=1, amount=10, at=NOW - timedelta(days=number)) for number in range(5)]
    await ingest(database, tenant, *events)
    series = await read(await api.login("once", "viewer"), "active_customers", WEEK, "DAY")
    assert series["total"] == 1.0
    assert [point["value"] for point in series["buckets"]] == [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]


async def test_days_are_the_tenants_days(api: Api, database: Database) -> None:
    tenant = await make_tenant(database, "far", "farcanary", time_zone="Asia/Tokyo", currency="EUR")
    late = datetime.fromisoformat("2026-03-16T23:30:00+00:00")
    await ingest(database, tenant, order(tenant, 1, customer=1, amount=10, at=late))
    viewer = await api.login("far", "viewer")
    for metric in ("orders", "active_customers"):
        series = await read(viewer, metric, WEEK, "DAY")
        assert non_zero(series) == {"2026-03-16T15:00:00+00:00": 1.0}, metric


async def test_the_hour_that_comes_twice_is_two_buckets(api: Api, database: Database) -> None:
    tenant = await make_tenant(database, "twice", "twicecanary", time_zone="Europe/London")
    first, second = (datetime.fromisoformat(f"2025-10-26T0{hour}:10:00+00:00") for hour in (0, 1))
    await ingest(
        database,
        tenant,
        order(tenant, 1, customer=1, amount=10, at=first),
        order(tenant, 2, customer=1, amount=10, at=second),
    )
    range_ = {"from": "2025-10-26T00:00:00+01:00", "to": "2025-10-27T00:00:00+00:00"}
    viewer = await api.login("twice", "viewer")
    for metric in ("orders", "active_customers"):
        series = await read(viewer, metric, range_, "HOUR")
        assert len(series["buckets"]) == 25
        assert non_zero(series) == {"2025-10-26T00:00:00+00:00": 1.0, "2025-10-26T01:00:00+00:00": 1.0}, metric


async def test_what_cannot_be_read_is_refused(api: Api, acme: TestTenant) -> None:
    viewer = await api.login("acme", "viewer")
    for variables in (
        {"metric": "nonsense", "range": WEEK},
        {"metric": "orders", "range": {}},
        {"metric": "orders", "range": {"preset": "LAST_HOUR", "from": "2026-01-01T00:00:00Z"}},
        {"metric": "orders", "range": {"from": "2026-01-01T00:00:00Z"}},
        {"metric": "orders", "range": {"preset": "LAST_90_DAYS"}, "bucket": "MINUTE"},
    ):
        assert await viewer.error_code(SERIES, variables) == "BAD_USER_INPUT", variables

"""What is read of the metrics equals what the events say, counted by hand."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from api.events.contracts import IncomingEvent
from api.metrics.catalogue import METRICS
from api.metrics.engagement import PARTS
from models.database import Database
from tests.support.client import Api
from tests.support.world import NOW, TestTenant, conversation, customer_ref, ingest, make_tenant, order

SERIES = """
query Series($metric: String!, $range: RangeInput!, $bucket: Bucket) {
  metricSeries(metric: $metric, range: $range, bucket: $bucket) {
    revision asOf timeZone currency bucket rangeStart rangeEnd previousStart previousEnd total previousTotal
    figure { value n low high parts { name value } absent } previousFigure { value absent }
    buckets { start value } previousBuckets { start value }
  }
}
"""
WEEK = {"preset": "LAST_7_DAYS"}
SET_WEIGHTS = """
mutation Weigh($input: EngagementWeightsSetInput!) {
  engagementWeightsSet(input: $input) {
    weights { recency frequency sessions conversations } userErrors { code field }
  }
}
"""


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
        "new_customers": (1.0, 1.0),
        "conversions": (1.0, 1.0),
        "response_time": (None, None),
        "satisfaction_score": (None, None),
        "session_duration": (None, None),
        "conversion_rate": (None, None),
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


async def test_what_cannot_be_measured_is_absent_with_its_reason(api: Api, database: Database) -> None:
    await make_tenant(database, "empty", "emptycanary")
    viewer = await api.login("empty", "viewer")
    for slug, metric in METRICS.items():
        series = await read(viewer, slug, WEEK)
        missing = metric.absent is not None
        assert series["total"] == (None if missing else 0.0), slug
        assert series["figure"]["absent"] == metric.absent, slug
        assert {point["value"] for point in series["buckets"]} == {None if missing else 0.0}, slug


async def test_figures_carry_what_they_are_made_of(api: Api, database: Database) -> None:
    tenant = await make_tenant(database, "parts", "partscanary")
    day = timedelta(days=1)
    talks = [conversation(tenant, number, customer=number, at=NOW - day) for number in range(4)]
    slow = talks[0][2]
    talks[0][2] = replace(slow, occurred_at=NOW - day + timedelta(minutes=11))
    tried = [IncomingEvent(f"t{n}", "trial_started", "api", NOW - day, customer_ref(tenant, n)) for n in range(4)]
    bought = order(tenant, 1, customer=1, amount=5, at=NOW - day + timedelta(hours=1))
    await ingest(database, tenant, *[event for talk in talks for event in talk], *tried, bought)
    viewer = await api.login("parts", "viewer")
    waited = (await read(viewer, "response_time", WEEK))["figure"]
    assert (waited["value"], waited["n"]) == (60.0, 4)
    assert [(part["name"], round(part["value"], 6)) for part in waited["parts"]] == [("p95", 519.0)]
    rated = (await read(viewer, "satisfaction_score", WEEK))["figure"]
    assert (rated["value"], rated["n"], rated["low"], rated["parts"]) == (4.0, 4, None, [])
    rate = (await read(viewer, "conversion_rate", WEEK))["figure"]
    assert (rate["value"], rate["n"], rate["absent"]) == (0.25, 4, None)
    assert 0 < rate["low"] < 0.25 < rate["high"] < 1


async def test_engagement_is_ranked_among_the_month_before_and_weighed_by_the_tenant(
    api: Api, database: Database
) -> None:
    tenant = await make_tenant(database, "engaged", "engagedcanary")
    days = [(1, 40), (2, 45), (1, 5), (1, 4), (2, 6)]
    visits = [
        IncomingEvent(f"v{n}", "page_viewed", "api", NOW - timedelta(days=ago), customer_ref(tenant, who))
        for n, (who, ago) in enumerate(days)
    ]
    await ingest(database, tenant, *visits)
    admin = await api.login("engaged", "admin")

    async def figure() -> dict[str, Any]:
        found: dict[str, Any] = (await read(admin, "engagement_score", WEEK))["figure"]
        return {part["name"]: part["value"] for part in found["parts"]} | {"score": found["value"], "n": found["n"]}

    parts = {"recency": 100.0, "frequency": 75.0, "sessions": 75.0, "conversations": 50.0}
    assert await figure() == {**parts, "score": 75.0, "n": 2}
    weights = {"recency": 3.0, "frequency": 0.0, "sessions": 0.0, "conversations": 1.0}
    payload = await admin.data(SET_WEIGHTS, {"input": weights})
    assert payload["engagementWeightsSet"] == {"weights": weights, "userErrors": []}
    assert await figure() == {**parts, "score": 87.5, "n": 2}
    assert (await admin.data("{ engagementWeights { recency frequency sessions conversations } }")) == {
        "engagementWeights": weights
    }


async def test_weights_that_make_no_score_are_refused(api: Api, acme: TestTenant) -> None:
    admin = await api.login("acme", "admin")
    for weights in ({"recency": -1.0}, {"recency": 1001.0}, dict.fromkeys(PARTS, 0.0)):
        payload = (await admin.data(SET_WEIGHTS, {"input": weights}))["engagementWeightsSet"]
        assert payload["weights"] is None
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("BAD_USER_INPUT", ["weights"])]

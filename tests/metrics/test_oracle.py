"""Whatever comes late, twice, corrected or in whatever order: every metric is what a plain recompute gives."""

from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Final
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.consumers import delivery
from api.events.contracts import CustomerRef, IncomingEvent
from api.events.service import Ingest
from api.metrics.buckets import Bucket, RangePreset, Window, last
from api.metrics.catalogue import METRICS, Aggregation
from api.metrics.contracts import Figure, Series
from api.metrics.reading import read
from api.metrics.rolling import anchors
from api.streams import outbox
from api.streams.connection import connect
from api.streams.delivery import Delivery
from api.streams.hub import Hub
from api.streams.topics import Topic
from models.database import Database
from tests.metrics.oracle import Expected, Oracle, Raw
from tests.support.services import redis_url
from tests.support.world import NOW, TestTenant, clock, make_tenant

TELLING: Final = ["message_sent", "message_sent", "conversation_closed", "conversation_closed", "trial_started"]
ZONE: Final = ZoneInfo("Europe/London")
PLAIN: Final = ["page_viewed", "trial_started", "project_created", "seat_invited", "subscription_cancelled", "login"]
RECORDS: Final = ["order_completed", "order_cancelled", "conversation_opened", "message_sent", "conversation_closed"]

anywhere = st.integers(0, 75 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes))
# Few and near each other: sessions that touch, moments that coincide, gaps as long as the one that ends a session.
together = st.integers(0, 8).map(lambda step: NOW - timedelta(days=3, minutes=15 * step))
happenings = st.tuples(
    st.sampled_from([*PLAIN, *RECORDS, *TELLING]),
    st.integers(0, 2) | st.integers(0, 2) | st.none(),
    together | together | anywhere,
    st.integers(0, 1),
    st.none() | st.integers(1, 5),
)
Drawn = tuple[str, int | None, "object", int, int | None]
batches = st.lists(st.lists(happenings, max_size=15), min_size=1, max_size=4)


def event(number: int, name: str, customer: int | None, at: object, key: int, rating: int | None) -> IncomingEvent:
    properties: dict[str, object] = {}
    if name.startswith("order"):
        sign = -1 if name == "order_cancelled" else 1
        lines = [{"sku": "a", "quantity": sign * (key + 1), "unitAmount": 250}]
        properties = {"orderId": f"o{number}", "lines": lines}
    elif name in RECORDS:
        properties = {"conversationId": f"talk{key}", "channel": "chat", "subject": ""}
        properties |= {"messageId": f"m{number}", "author": "agent" if (rating or 0) % 2 else "customer", "body": "x"}
        if rating is not None and name == "conversation_closed":
            properties["rating"] = rating
    traits = None if rating is None else f"name {rating}"
    return IncomingEvent(
        message_id=f"e{number}",
        name=name,
        occurred_at=at,  # type: ignore[arg-type]
        customer=None if customer is None else CustomerRef(f"c{customer}", name=traits),
        properties=properties,
    )


@pytest.fixture
async def hub() -> AsyncIterator[Hub]:
    redis = connect(redis_url())
    yield Hub(redis, redis)
    await redis.aclose()


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batches, st.randoms(use_true_random=False), st.sampled_from([RangePreset.LAST_7_DAYS, RangePreset.LAST_30_DAYS]))
async def test_every_metric_is_what_a_plain_recompute_gives(
    database: Database, hub: Hub, drawn: list[list[Drawn]], order: Random, preset: RangePreset
) -> None:
    tenant = await make_tenant(database, f"t{uuid4().hex}"[:40], "oraclecanary")
    ingest, deliveries = Ingest(database, lambda _: None, clock), delivery(database, hub, clock)
    known = [event(key, "conversation_opened", key, NOW - timedelta(days=9), key, None) for key in range(2)]
    await ingest.ingest(tenant.id, known, actor="test")
    for batch in drawn:
        made = [event(len(known) + at, *one) for at, one in enumerate(batch)]
        known += made
        again = order.sample(known, k=min(2, len(known)))
        await ingest.ingest(tenant.id, [*made, *again], actor="test")
        await _deliver_some(database, deliveries, tenant, order)
    while await _deliver_some(database, deliveries, tenant, order):
        pass
    window = last(preset, Bucket.DAY, NOW, ZONE)
    async with database.reading(tenant.id) as snapshot:
        found = await read(snapshot, METRICS.values(), window)
    _compare(found, window, Oracle(await Raw.read(database, tenant.id), ZONE))


async def _deliver_some(database: Database, deliveries: Delivery, tenant: TestTenant, order: Random) -> int:
    """Some of the waiting messages, in any order, some of them twice. How many were waiting."""
    async with database.unit_of_work(tenant.id) as session:
        waiting = list(await outbox.list_waiting(session, tenant.id))
    chosen = order.sample(waiting, k=order.randint(min(1, len(waiting)), len(waiting)))
    for message in chosen:
        for _ in range(order.randint(1, 2)):
            assert await deliveries.deliver(Topic(message.topic), tenant.id, message.id, message.payload)
    return len(waiting)


def _compare(found: dict[str, Series], window: Window, oracle: Oracle) -> None:
    span = window.end - window.start
    assert set(found) == set(METRICS)
    for slug, expected in oracle.all(window.start, window.reached, length=span).items():
        _equal(f"{slug}: total", found[slug].total, expected)
    for slug, expected in oracle.all(window.previous_start, window.previous_end, length=span).items():
        _equal(f"{slug}: previous total", found[slug].previous_total, expected)
    at = anchors(window)
    for current, starts, last_moment, anchored in (
        (True, window.buckets, window.reached, at.current),
        (False, window.previous_buckets, window.previous_end, at.previous),
    ):
        for position, (start, end) in enumerate(zip(starts, window.ends(starts, last_moment), strict=True)):
            by_hand = oracle.all(start, end, length=span)
            back = anchored[position].end - span
            by_hand["conversion_rate"] = oracle.all(back, end, length=span)["conversion_rate"]
            for slug, series in found.items():
                values = series.values if current else series.previous_values
                _equal(f"{slug}: bucket of {start}", values[position], by_hand[slug])


def _equal(what: str, figure: Figure, expected: Expected) -> None:
    assert figure.value == (None if expected.value is None else pytest.approx(expected.value, rel=1e-9)), what
    if expected.n is not None:
        assert figure.n == expected.n, what
    if expected.parts:
        assert [value for _, value in figure.parts] == pytest.approx(list(expected.parts), rel=1e-9), what
    if figure.low is not None and figure.high is not None and figure.value is not None:
        assert 0 <= figure.low <= figure.value <= figure.high <= 1, what


def test_only_additive_buckets_are_added_up() -> None:
    assert {slug for slug, metric in METRICS.items() if metric.aggregation is Aggregation.ADDITIVE} == {
        "revenue", "orders", "events", "conversations", "new_customers", "conversions",
    }  # fmt: skip

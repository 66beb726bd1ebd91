"""A message that is put back although it had its effect has none again, and does not stay either."""

from api.consumers import delivery
from api.metrics.contracts import Change, MetricsChanged
from api.streams import outbox
from api.streams.connection import connect
from api.streams.hub import Hub
from api.streams.topics import Topic
from models.database import Database
from tests.faults.sums import differences
from tests.support.services import redis_url
from tests.support.world import NOW, TestTenant, clock


async def test_a_message_put_back_after_its_effect_has_none_again_and_leaves(
    database: Database, acme: TestTenant
) -> None:
    redis = connect(redis_url())
    deliveries = delivery(database, Hub(redis, redis), clock)
    payload = MetricsChanged((Change("events", NOW, 0),))
    async with database.unit_of_work(acme.id) as session:
        message = await outbox.insert_message(session, acme.id, payload, NOW)
    await deliveries.drain(acme.id)
    async with database.unit_of_work(acme.id) as session:
        again = payload.to_json()
        await outbox.insert_again(session, acme.id, message, Topic.CUSTOMER_METRICS, again, NOW)
        assert len(await outbox.list_waiting(session, acme.id)) == 1
    assert await deliveries.deliver(Topic.CUSTOMER_METRICS, acme.id, message, again)
    await redis.aclose()
    assert await differences(database, acme) == {}

"""An erased person is nowhere any more: no table, no name in Redis, no log line; and the sums stay as they were."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from api.privacy.contracts import DONE
from api.privacy.person_repository import REACHED
from api.privacy.service import Privacy
from api.settings import Settings
from api.streams.keys import cached_answer, shard_of, stream
from models.database import Database
from tests.isolation.worlds import complete
from tests.privacy.person import WHO, WORD, plant
from tests.privacy.support import work
from tests.support import services
from tests.support.log_lines import kept_lines
from tests.support.world import TestTenant, clock

ACTOR = "user:admin"


@pytest.fixture
async def world(database: Database, acme: TestTenant) -> TestTenant:
    await complete(database, acme)
    return acme


async def dump(database_name: str, signs: set[str]) -> list[str]:
    """A line for each table, of any schema, in whose rows one of the signs stands, plain or as bytes."""
    wanted = sorted(signs | {sign.encode().hex() for sign in signs})
    connection = await asyncpg.connect(services.admin_url(database_name).replace("+asyncpg", ""))
    try:
        tables = await connection.fetch(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        found = []
        for schema, name in tables:
            rows = await connection.fetch(f'SELECT one::text FROM "{schema}"."{name}" AS one')
            texts = [row[0].lower() for row in rows]
            found += [f"{schema}.{name}: {sign}" for sign in wanted if any(sign.lower() in line for line in texts)]
    finally:
        await connection.close()
    return sorted(found)


async def redis_dump() -> dict[str, str]:
    redis = services.redis_client()
    readers: dict[str, Any] = {
        "string": redis.get,
        "hash": redis.hgetall,
        "set": redis.smembers,
        "zset": lambda name: redis.zrange(name, 0, -1),
        "list": lambda name: redis.lrange(name, 0, -1),
        "stream": redis.xrange,
    }
    try:
        return {
            name: str(await readers[str(await redis.type(name))](name)) async for name in redis.scan_iter(count=1000)
        }
    finally:
        await redis.aclose()


@pytest.fixture
async def left_in_redis(settings: Settings, world: TestTenant) -> AsyncIterator[None]:
    """An answer that is kept, and room for an entry of a stream."""
    redis = services.redis_client()
    await redis.set(cached_answer(world.id, b"key"), f"an answer about {WORD}")
    yield
    await redis.aclose()


async def test_a_person_is_nowhere_after_their_erasure(
    database: Database, database_name: str, settings: Settings, world: TestTenant, left_in_redis: None
) -> None:
    customer_id = await plant(database, world)
    signs = {WORD, str(customer_id), customer_id.hex}
    redis = services.redis_client()
    entry = {"tenant": world.id.hex, "id": "1", "payload": f'{{"customers":[["{customer_id.hex}"]]}}'}
    other = {"tenant": world.id.hex, "id": "2", "payload": '{"customers":[["somebody"]]}'}
    for fields in (entry, other):
        await redis.xadd(stream(shard_of(world.id), "customer_metrics"), fields)  # type: ignore[arg-type]
    await redis.aclose()
    privacy = Privacy(database, clock)
    exported = await privacy.ask_export(world.id, customer_id, actor=ACTOR)
    await work(database, settings, world, exported)
    before = await dump(database_name, signs)
    sums = await sums_of(database, world)
    with kept_lines() as lines:
        asked = await privacy.ask_erasure(world.id, customer_id, WHO.external_id, actor=ACTOR)
        done = await work(database, settings, world, asked)
    places = {line.partition(":")[0] for line in before}
    holding = {f"public.{name}" for name, place in REACHED.items() if place.personal}
    assert holding - places == set(), "no word stands there: plant one"
    assert done.state == DONE
    assert await dump(database_name, signs) == []
    assert {name: value for name, value in (await redis_dump()).items() if any(sign in value for sign in signs)} == {}
    assert "somebody" in str(await redis_dump())
    assert [line for line in lines.rendered if any(sign in line for sign in signs)] == []
    assert await sums_of(database, world) == sums
    counts = {line["place"]: line["count"] for line in done.receipt}
    assert set(counts) == {*REACHED, "redis.cache", "redis.streams"}
    assert {name for name, count in counts.items() if not count} == set()
    assert (counts["customer"], counts["event"], counts["message"], counts["redis.streams"]) == (1, 7, 2, 1)


async def sums_of(database: Database, tenant: TestTenant) -> dict[str, Any]:
    """What the tenant's totals are made of."""
    counted = (
        "SELECT (SELECT count(*) FROM event), (SELECT sum(total) FROM sales_order), (SELECT count(*) FROM sales_order),"
        " (SELECT count(*) FROM conversation), (SELECT sum(rating) FROM conversation),"
        " (SELECT count(*) FROM conversation_response), (SELECT sum(value) FROM metric_bucket)"
    )
    async with database.unit_of_work(tenant.id) as session:
        return dict((await session.execute(text(counted))).one()._mapping)

"""A tenant with very many customers, written straight into the tables: seconds where the front door takes minutes."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import text

from api.metrics import recompute_repository
from api.metrics.repository import add_to_buckets, raise_revision
from api.metrics.service import bucket_amounts
from models.database import Database
from tests.support.world import TestTenant

DAYS: Final = 90
"""Every customer ordered once within these; every third has ordered once before, on the same day."""

# Figures follow from the number alone, so that two runs are the same.
PART: Final = """
WITH made AS (
    SELECT n, CAST(:canary AS text) AS canary, 500 + (n * 7) % 50000 AS amount, 1 + (n % 3 = 0)::int AS orders,
           CAST(:now AS timestamptz) - make_interval(mins => (n::bigint * 7919 % :minutes)::int + 5) AS at
    FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n
), bought AS (
    INSERT INTO customer (tenant_id, id, external_id, external_key, name, name_key, country, first_seen_at, total_spent,
                          order_count, last_order_at)
    SELECT CAST(:tenant AS uuid), gen_random_uuid(), canary || '-c' || n, canary || '-c' || n,
           canary || ' customer ' || lpad(n::text, 6, '0'), canary || ' customer ' || lpad(n::text, 6, '0'),
           (array['Wales', 'France', 'Japan', 'Chile'])[1 + n % 4],
           at - interval '1 hour', amount * orders, orders, at
    FROM made RETURNING *
), placed AS (
    INSERT INTO sales_order (tenant_id, id, source, external_id, customer_id, kind, placed_at, total)
    SELECT tenant_id, gen_random_uuid(), 'crowd', external_id || '-' || number, id, 'order',
           last_order_at - make_interval(mins => number - 1), total_spent / order_count
    FROM bought, generate_series(1, order_count) AS number RETURNING *
)
INSERT INTO event (tenant_id, id, source, message_id, name, customer_id, occurred_at, received_at, properties)
SELECT tenant_id, gen_random_uuid(), source, external_id, 'order_completed', customer_id, placed_at, placed_at, '{}'
FROM placed
"""
PART_SIZE: Final = 10_000
"""A statement has 30 seconds, also on a slow machine."""


async def crowd(database: Database, tenant: TestTenant, customers: int, now: datetime) -> None:
    given = {"tenant": tenant.id, "canary": tenant.canary, "minutes": DAYS * 1440, "now": now}
    for first in range(1, customers + 1, PART_SIZE):
        part = {"first": first, "last": min(first + PART_SIZE - 1, customers)}
        async with database.unit_of_work(tenant.id) as session:
            await session.execute(text(PART), {**given, **part})
    async with database.reading(tenant.id) as snapshot:
        counted = [
            change
            for metric in ("events", "orders", "revenue")
            for change in await recompute_repository.list_counted(snapshot, metric)
        ]
    async with database.unit_of_work(tenant.id) as session:
        await raise_revision(session, tenant.id)
        await add_to_buckets(session, tenant.id, bucket_amounts(counted, ZoneInfo("Europe/London")))

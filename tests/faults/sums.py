"""The oracle: what is kept as sums against what the tables say."""

from typing import Final

from sqlalchemy import text

from models.database import Database
from tests.support.waiting import wait_until
from tests.support.world import TestTenant

MINUTES: Final = """
with told(metric, minute, amount) as (
  select 'events', date_trunc('minute', occurred_at), 1 from event
  union all select 'orders', date_trunc('minute', placed_at), 1 from sales_order where kind = 'order'
  union all select 'conversations', date_trunc('minute', opened_at), 1 from conversation
  union all select 'revenue', date_trunc('minute', o.placed_at), l.total
    from order_line l join sales_order o on o.tenant_id = l.tenant_id and o.id = l.order_id
), wanted as (
  select metric, minute, sum(amount) as value from told group by metric, minute
), kept as (
  select metric, start as minute, value from metric_bucket where bucket = 'minute'
    and metric in ('events', 'orders', 'conversations', 'revenue')
)
select metric, minute, coalesce(kept.value, 0) as kept, coalesce(wanted.value, 0) as wanted
from wanted full join kept using (metric, minute) where coalesce(kept.value, 0) <> coalesce(wanted.value, 0)
order by metric, minute
"""

COARSE: Final = """
select metric, bucket, sum(value) as kept from metric_bucket group by metric, bucket
having sum(value) <> (select coalesce(sum(m.value), 0) from metric_bucket m
                      where m.metric = metric_bucket.metric and m.bucket = 'minute')
order by metric, bucket
"""

CUSTOMERS: Final = """
with wanted as (
  select o.customer_id as id, sum(o.total) as total_spent, count(*) filter (where o.kind = 'order') as order_count
  from sales_order o where o.customer_id is not null group by o.customer_id
)
select c.external_id, c.total_spent, coalesce(w.total_spent, 0), c.order_count, coalesce(w.order_count, 0)
from customer c left join wanted w using (id)
where c.total_spent <> coalesce(w.total_spent, 0) or c.order_count <> coalesce(w.order_count, 0) order by 1
"""

ORDERS: Final = """
select o.external_id, o.total, coalesce(sum(l.total), 0) from sales_order o
left join order_line l on l.tenant_id = o.tenant_id and l.order_id = o.id
group by o.tenant_id, o.id having o.total <> coalesce(sum(l.total), 0) order by 1
"""

WAITING: Final = "select topic, attempts, fault from outbox_message order by id"

CHECKS: Final = {
    "minutes": MINUTES,
    "longer buckets": COARSE,
    "customers": CUSTOMERS,
    "orders": ORDERS,
    "outbox": WAITING,
}


async def differences(database: Database, tenant: TestTenant) -> dict[str, list[tuple[object, ...]]]:
    """Nothing when all sums are right and nothing waits; all from one snapshot."""
    found: dict[str, list[tuple[object, ...]]] = {}
    async with database.reading(tenant.id) as snapshot:
        for name, statement in CHECKS.items():
            rows = [tuple(row) for row in await snapshot.rows(text(statement))]
            if rows:
                found[name] = rows
    return found


async def become_right(database: Database, tenant: TestTenant, *, seconds: float = 20.0, hint: str = "") -> None:
    """Waits; a failure shows what differs."""
    found: dict[str, list[tuple[object, ...]]] = {}

    async def right() -> bool:
        nonlocal found
        found = await differences(database, tenant)
        return not found

    try:
        await wait_until(right, seconds=seconds)
    except TimeoutError:
        assert found == {}, f"{hint} {found}"
        raise

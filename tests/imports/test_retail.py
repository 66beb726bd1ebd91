"""The shipped file comes out at its published counts: in the import's own report, and in the tables."""

from sqlalchemy import text

from api.demo.retail import DATA_FILE
from api.imports.contracts import Kind
from api.imports.mapping import to_json
from api.imports.presets import ONLINE_RETAIL
from models.database import Database
from tests.imports.support import counts, run_import
from tests.support.world import make_tenant

REPORT = {
    "rows": 320_705,
    "records": 16_459,
    "rows_without_customer": 88_652,
    "duplicate_rows": 2_483,
    "cancellation_rows": 5_847,
    "adjustment_rows": 3,
    "zero_price_rows": 1_797,
    "negative_price_rows": 2,
    "clean_rows": 226_467,
    "clean_customers": 3_317,
    "clean_orders": 11_413,
    "clean_amount": 523_924_056,
    "clean_amount_without_duplicates": 522_748_019,
    "orders": 13_902,
    "cancellations": 2_554,
    "guest_orders": 2_487,
    "guest_cancellations": 127,
    "orders_without_value": 1_408,
    "order_amount": 628_169_271,
    "cancellation_amount": -52_043_547,
}
TABLES = """
SELECT count(*) FILTER (WHERE kind = 'order'), count(*) FILTER (WHERE kind = 'cancellation'),
       count(*) FILTER (WHERE kind = 'order' AND customer_id IS NULL), count(*) FILTER (WHERE kind = 'cancellation'
       AND customer_id IS NULL), sum(total) FILTER (WHERE kind = 'order'), sum(total) FILTER (WHERE kind <> 'order')
FROM sales_order
"""
CLEAN = """
SELECT count(DISTINCT sales_order.customer_id), count(DISTINCT sales_order.id), sum(order_line.total)
FROM order_line JOIN sales_order ON sales_order.tenant_id = order_line.tenant_id AND order_id = sales_order.id
WHERE kind = 'order' AND sales_order.customer_id IS NOT NULL AND quantity > 0 AND unit_amount > 0
"""


async def test_the_shipped_file_has_its_published_counts(database: Database) -> None:
    tenant = await make_tenant(database, "shop", "shopcanary")
    record = await run_import(database, tenant, DATA_FILE, Kind.ORDERS, to_json(ONLINE_RETAIL.mapping))
    assert (record.state, record.rows_read, record.rows_done) == ("imported", 320_705, 320_705)
    assert record.report == REPORT
    assert counts(record) == {"created": 320_705 - 2_483 - 3, "updated": 0, "skipped": 2_486, "failed": 0}
    async with database.unit_of_work(tenant.id) as session:
        orders = (await session.execute(text(TABLES))).one()
        lines = (await session.execute(text("SELECT count(*) FROM order_line"))).scalar_one()
        clean = (await session.execute(text(CLEAN))).one()
        left = (await session.execute(text("SELECT count(*) FROM import_row"))).scalar_one()
    assert tuple(orders) == (13_902, 2_554, 2_487, 127, 628_169_271, -52_043_547)
    assert lines == 320_705 - 2_483 - 3
    assert tuple(clean) == (3_317, 11_413, 522_748_019)
    assert left == 0

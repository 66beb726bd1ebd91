"""The rule-based baseline: how often customers with as many orders, as long ago, ordered again within 30 days.

It says how likely an order is, not what an action adds to that: its effect is not measured.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Select, Text, Uuid, and_, case, cast, func, literal, null, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from api.actions.contracts import Action, Outcome
from models import Customer, SalesOrder
from models.base import Timestamp, table

customer = table(Customer)
sales_order = table(SalesOrder)

SOURCE: Final = "RULES"
HORIZON: Final = timedelta(days=30)
NEED: Final = 30
ORDER_BANDS: Final = (1, 2, 5)
QUIET_BANDS: Final = (0, 31, 61, 121)
DAY_SECONDS: Final = 86_400


def _bands(orders: Any, last: Any, at: datetime) -> tuple[Any, Any]:
    quiet = cast(func.floor(func.extract("epoch", literal(at) - last) / DAY_SECONDS), Integer)
    return (
        func.width_bucket(cast(orders, Integer), cast(list(ORDER_BANDS), ARRAY(Integer))).label("order_band"),
        func.width_bucket(quiet, cast(list(QUIET_BANDS), ARRAY(Integer))).label("quiet_band"),
    )


class Baseline:
    """Bands of fewer than 30 customers take the rate of all; without 30 in all there is none. Of stages it knows
    nothing."""

    def select(self, tenant_id: UUID, actions: Sequence[Action], now: datetime) -> Select[Any]:
        cutoff = now - HORIZON
        mine = and_(
            sales_order.c.tenant_id == tenant_id,
            sales_order.c.kind == "order",
            sales_order.c.customer_id.is_not(None),
        )
        before = (
            select(
                sales_order.c.customer_id,
                func.count().label("orders"),
                func.max(sales_order.c.placed_at).label("last"),
            )
            .where(mine, sales_order.c.placed_at < cutoff)
            .group_by(sales_order.c.customer_id)
            .subquery("before")
        )
        again = (
            select(sales_order.c.customer_id)
            .where(mine, sales_order.c.placed_at >= cutoff, sales_order.c.placed_at < now)
            .distinct()
            .subquery("again")
        )
        order_band, quiet_band = _bands(before.c.orders, before.c.last, cutoff)
        seen = (
            select(order_band, quiet_band, case((again.c.customer_id.is_not(None), 1.0), else_=0.0).label("ordered"))
            .select_from(before.outerjoin(again, again.c.customer_id == before.c.customer_id))
            .subquery("seen")
        )
        rates = (
            select(
                seen.c.order_band, seen.c.quiet_band, func.count().label("n"), func.avg(seen.c.ordered).label("rate")
            )
            .group_by(seen.c.order_band, seen.c.quiet_band)
            .having(func.count() >= NEED)
            .subquery("rates")
        )
        overall = (
            select(func.count().label("n"), func.avg(seen.c.ordered).label("rate"))
            .having(func.count() >= NEED)
            .subquery("overall")
        )
        here_orders, here_quiet = _bands(customer.c.order_count, customer.c.last_order_at, now)
        codes = [action.code for action in actions if action.outcome is not Outcome.ADVANCE]
        wanted = func.unnest(cast(codes, ARRAY(Text))).table_valued("code", name="wanted").render_derived()
        return (
            select(
                customer.c.id.label("customer_id"),
                wanted.c.code,
                func.coalesce(rates.c.rate, overall.c.rate).label("probability"),
                func.coalesce(rates.c.n, overall.c.n).label("n"),
                literal(SOURCE).label("source"),
                cast(null(), Timestamp).label("as_of"),
                cast(null(), Uuid()).label("version_id"),
            )
            .select_from(
                customer.join(wanted, true())
                .join(overall, true())
                .outerjoin(rates, and_(rates.c.order_band == here_orders, rates.c.quiet_band == here_quiet))
            )
            .where(customer.c.tenant_id == tenant_id, customer.c.last_order_at.is_not(None))
        )

"""SQL of what customers are grouped by: their purchases and what else they did, up to a moment."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import numpy as np
from sqlalchemy import Executable, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.intelligence.arrays import Floats
from models import Conversation, CustomerSession, Event, SalesOrder
from models.base import table
from models.bulk import one_of
from models.database import AnyRow

sales_order = table(SalesOrder)
event = table(Event)
sessions = table(CustomerSession)
conversation = table(Conversation)

Rows = Callable[[Executable], Awaitable[Sequence[AnyRow]]]
"""Runs a statement: of a snapshot, or of a transaction."""
DAY: Final = 86_400.0
FEATURES: Final = (
    "recency",
    "frequency",
    "monetary",
    "average_value",
    "tenure",
    "refund_share",
    "events_30d",
    "sessions_30d",
    "conversations_90d",
)
DEFAULT_FEATURES: Final = ("recency", "frequency", "monetary")
COUNTED: Final = {
    "events_30d": (event, event.c.occurred_at, 30),
    "sessions_30d": (sessions, sessions.c.started_at, 30),
    "conversations_90d": (conversation, conversation.c.opened_at, 90),
}


@dataclass(frozen=True, slots=True)
class Buyers:
    """One row a customer with a purchase, in the order of their ids. Times in days, money in minor units."""

    customer: tuple[UUID, ...]
    recency: Floats
    frequency: Floats
    monetary: Floats
    tenure: Floats
    refund_share: Floats

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def columns(self) -> dict[str, Floats]:
        mine = {name: getattr(self, name) for name in ("recency", "frequency", "monetary", "tenure", "refund_share")}
        return {**mine, "average_value": self.monetary / self.frequency}


def purchases(tenant_id: UUID, until: datetime, only: Sequence[UUID] | None = None) -> Select[Any]:
    """Who bought at least once, with what the fifths are made of. Money that went back is no purchase."""
    is_order = sales_order.c.kind == "order"
    number = func.count().filter(is_order)
    gained = func.sum(sales_order.c.total).filter(sales_order.c.total > 0)
    conditions = [sales_order.c.tenant_id == tenant_id, sales_order.c.placed_at <= until]
    conditions.append(
        sales_order.c.customer_id.is_not(None) if only is None else one_of(sales_order.c.customer_id, only)
    )
    return (
        select(
            sales_order.c.customer_id,
            func.max(sales_order.c.placed_at).filter(is_order),
            number,
            func.sum(sales_order.c.total),
            func.min(sales_order.c.placed_at).filter(is_order),
            gained,
        )
        .where(*conditions)
        .group_by(sales_order.c.customer_id)
        .having(number > 0)
        .order_by(sales_order.c.customer_id)
    )


def buyers_of(rows: Sequence[AnyRow], until: datetime) -> Buyers:
    """From the rows of `purchases`."""
    frequency, monetary, gained = (
        np.array([float(row[place] or 0) for row in rows], dtype=np.float64) for place in (2, 3, 5)
    )
    return Buyers(
        customer=tuple(row[0] for row in rows),
        recency=_days([row[1] for row in rows], until),
        frequency=frequency,
        monetary=monetary,
        tenure=_days([row[4] for row in rows], until),
        refund_share=np.clip(1 - monetary / np.maximum(gained, 1), 0, None),
    )


def rows_of(session: AsyncSession) -> Rows:
    async def rows(statement: Executable) -> Sequence[AnyRow]:
        return (await session.execute(statement)).all()

    return rows


async def read_buyers(rows: Rows, tenant_id: UUID, until: datetime, only: Sequence[UUID] | None = None) -> Buyers:
    return buyers_of(await rows(purchases(tenant_id, until, only)), until)


async def read_features(
    rows: Rows, tenant_id: UUID, names: Sequence[str], until: datetime, only: Sequence[UUID] | None = None
) -> tuple[Buyers, dict[str, Floats]]:
    """The buyers, among `only` or all, and the columns of these names in their order."""
    buyers = await read_buyers(rows, tenant_id, until, only)
    columns = buyers.columns
    for name in names:
        if name in COUNTED:
            columns[name] = await _counted(rows, tenant_id, name, buyers, until, only)
    return buyers, {name: columns[name] for name in names}


async def _counted(
    rows: Rows, tenant_id: UUID, name: str, buyers: Buyers, until: datetime, only: Sequence[UUID] | None
) -> Floats:
    source, at, days = COUNTED[name]
    counted = (
        select(source.c.customer_id, func.count())
        .where(
            and_(source.c.tenant_id == tenant_id, at > until - timedelta(days=days), at <= until),
            source.c.customer_id.is_not(None) if only is None else one_of(source.c.customer_id, only),
        )
        .group_by(source.c.customer_id)
    )
    found: dict[UUID, int] = {row[0]: row[1] for row in await rows(counted)}
    return np.array([float(found.get(key, 0)) for key in buyers.customer], dtype=np.float64)


def _days(moments: Sequence[datetime], until: datetime) -> Floats:
    end = until.timestamp()
    return np.array([(end - moment.timestamp()) / DAY for moment in moments], dtype=np.float64)

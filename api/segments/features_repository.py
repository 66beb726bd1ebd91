"""SQL of what customers are grouped by: their purchases and what else they did, up to a moment."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Executable, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.intelligence.arrays import Floats
from models import Conversation, CustomerSession, Event, SalesOrder
from models.base import table
from models.bulk import one_of
from models.database import AnyRow
from models.packed import EPOCH, Kind, packed, unpacked

sales_order = table(SalesOrder)
event = table(Event)
sessions = table(CustomerSession)
conversation = table(Conversation)

Rows = Callable[[Executable], Awaitable[Sequence[AnyRow]]]
"""Runs a statement: of a snapshot, or of a transaction."""
DAY: Final = 86_400.0
SINCE_1970: Final = round(EPOCH.timestamp() * 1e6)
Keys = NDArray[np.bytes_]
"""Ids of customers as their 16 bytes."""
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


@dataclass(frozen=True)
class Buyers:
    """One row a customer with a purchase, in the order of their ids. Times in days, money in minor units."""

    keys: Keys
    recency: Floats
    frequency: Floats
    monetary: Floats
    tenure: Floats
    refund_share: Floats

    def __len__(self) -> int:
        return len(self.recency)

    @cached_property
    def customer(self) -> tuple[UUID, ...]:
        """Made when they are asked for: the fifths of a hundred thousand need none."""
        return tuple(UUID(bytes=key.ljust(16, b"\0")) for key in self.keys.tolist())

    @property
    def columns(self) -> dict[str, Floats]:
        mine = {name: getattr(self, name) for name in ("recency", "frequency", "monetary", "tenure", "refund_share")}
        return {**mine, "average_value": self.monetary / self.frequency}


PURCHASES: Final = {
    "customer_id": Kind.KEY,
    "last_at": Kind.MOMENT,
    "number": Kind.NUMBER,
    "total": Kind.NUMBER,
    "first_at": Kind.MOMENT,
    "gained": Kind.NUMBER,
}


def purchases(tenant_id: UUID, until: datetime, only: Sequence[UUID] | None = None) -> Select[Any]:
    """Who bought at least once, with what the fifths are made of. Money that went back is no purchase."""
    is_order = sales_order.c.kind == "order"
    number = func.count().filter(is_order)
    gained = func.sum(sales_order.c.total).filter(sales_order.c.total > 0)
    conditions = [sales_order.c.tenant_id == tenant_id, sales_order.c.placed_at <= until]
    conditions.append(
        sales_order.c.customer_id.is_not(None) if only is None else one_of(sales_order.c.customer_id, only)
    )
    each = (
        select(
            sales_order.c.customer_id,
            func.max(sales_order.c.placed_at).filter(is_order).label("last_at"),
            number.label("number"),
            func.sum(sales_order.c.total).label("total"),
            func.min(sales_order.c.placed_at).filter(is_order).label("first_at"),
            func.coalesce(gained, 0).label("gained"),
        )
        .where(*conditions)
        .group_by(sales_order.c.customer_id)
        .having(number > 0)
        .subquery("each")
    )
    return select(packed(PURCHASES, each))


def buyers_of(rows: Sequence[AnyRow], until: datetime) -> Buyers:
    """From the row of `purchases`."""
    found = unpacked(PURCHASES, rows[0][0])
    found = found[np.argsort(found["customer_id"])]
    frequency, monetary, gained = (found[name].astype(np.float64) for name in ("number", "total", "gained"))
    return Buyers(
        keys=found["customer_id"],
        recency=_days(found["last_at"], until),
        frequency=frequency,
        monetary=monetary,
        tenure=_days(found["first_at"], until),
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


def _days(moments: NDArray[np.int64], until: datetime) -> Floats:
    seconds = (moments.astype(np.int64) + SINCE_1970) / 1e6
    return (until.timestamp() - seconds) / DAY

"""SQL of predictions, and of the customers whose predictions wait to be made again."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, and_, cast, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.predictions.contracts import Band, PredictionRecord, Scored, State, Summary
from models import Customer, CustomerConsent, ModelState, Prediction, StaleCustomer
from models.base import table
from models.bulk import insert_of
from models.database import Snapshot
from models.filters import Filter, filters_of
from models.keyset import SortKey
from models.listing import RowList
from models.relations import columns_of

prediction = table(Prediction)
customer = table(Customer)
stale = table(StaleCustomer)
consent = table(CustomerConsent)
state = table(ModelState)

SCORES: Final = "scores"
COLUMNS: Final = (
    "customer_id", "estimate", "low", "high", "base", "reasons", "bucket", "historic", "purchases",
)  # fmt: skip
_ESTIMATE: Final = Filter(prediction.c.estimate)
_by_estimate = partial(SortKey, column=prediction.c.estimate, identity=prediction.c.customer_id)
PREDICTIONS: Final = RowList(
    PredictionRecord,
    prediction,
    (
        _by_estimate("estimate", descending=True),
        _by_estimate("probability"),
        _by_estimate("value"),
        SortKey("historic", prediction.c.historic, prediction.c.customer_id, nullable=True),
        SortKey("purchases", prediction.c.purchases, prediction.c.customer_id, nullable=True),
    ),
    {
        **filters_of("kind", "horizon_days", source=prediction.c),
        "probability": _ESTIMATE,
        "value": _ESTIMATE,
        "customer": Filter(prediction.c.customer_id),
    },
    attributes={"probability": "estimate", "value": "estimate"},
    identity="customer_id",
)


def refuses(tenant_id: UUID, customer_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether the customer's last word on profiling is no."""
    return exists().where(
        consent.c.tenant_id == tenant_id,
        consent.c.customer_id == customer_id,
        consent.c.purpose == "profiling",
        consent.c.granted.is_(False),
    )


async def load_refusals(snapshot: Snapshot, customers: Sequence[UUID]) -> list[bool]:
    found = await snapshot.rows(
        select(customer.c.id).where(
            customer.c.tenant_id == snapshot.tenant_id,
            customer.c.id.in_(customers),
            refuses(snapshot.tenant_id, customer.c.id),
        )
    )
    refusing = {row[0] for row in found}
    return [key in refusing for key in customers]


async def upsert_predictions(
    session: AsyncSession,
    tenant_id: UUID,
    version_id: UUID,
    kind: str,
    horizon_days: int,
    as_of: datetime,
    scored: Sequence[Scored],
) -> None:
    """An older answer of the same version does not replace a newer one. Customers removed meanwhile are left out, and
    so are those who do not want to be profiled."""
    if not scored:
        return
    wanted = [one.customer_id for one in scored]
    kept = select(customer.c.id).where(
        customer.c.tenant_id == tenant_id, customer.c.id.in_(wanted), ~refuses(tenant_id, customer.c.id)
    )
    known = set((await session.execute(kept.with_for_update(read=True, key_share=True))).scalars())
    rows = [tuple(getattr(one, name) for name in COLUMNS) for one in scored if one.customer_id in known]
    if not rows:
        return
    same = {
        "tenant_id": tenant_id,
        "kind": kind,
        "horizon_days": horizon_days,
        "version_id": version_id,
        "as_of": as_of,
    }
    statement = insert_of(prediction, COLUMNS, rows, same=same)
    new = statement.excluded
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "customer_id", "kind", "horizon_days"],
            set_={name: new[name] for name in (*COLUMNS[1:], "version_id", "as_of")},
            where=or_(prediction.c.version_id != new.version_id, prediction.c.as_of <= new.as_of),
        )
    )


async def delete_others(
    session: AsyncSession, tenant_id: UUID, kind: str, horizon_days: int, version_id: UUID, as_of: datetime
) -> int:
    """What a full pass did not renew: of other versions, or of customers who are no longer spoken of."""
    found = await session.execute(
        delete(prediction)
        .where(
            prediction.c.tenant_id == tenant_id,
            prediction.c.kind == kind,
            prediction.c.horizon_days == horizon_days,
            or_(prediction.c.version_id != version_id, prediction.c.as_of < as_of),
        )
        .returning(prediction.c.customer_id)
    )
    return len(found.all())


async def delete_of_customers(
    session: AsyncSession, tenant_id: UUID, kind: str, horizon_days: int, customers: Sequence[UUID]
) -> None:
    await session.execute(
        delete(prediction).where(
            prediction.c.tenant_id == tenant_id,
            prediction.c.kind == kind,
            prediction.c.horizon_days == horizon_days,
            prediction.c.customer_id.in_(customers),
        )
    )


async def take_stale(session: AsyncSession, tenant_id: UUID, size: int) -> list[UUID]:
    """Removes and gives those who have waited longest, past whom another worker has taken."""
    waiting = (
        select(stale.c.customer_id)
        .where(stale.c.tenant_id == tenant_id, stale.c.purpose == SCORES)
        .order_by(stale.c.since, stale.c.customer_id)
        .limit(size)
        .with_for_update(skip_locked=True)
        .cte("waiting")
    )
    found = await session.execute(
        delete(stale)
        .where(
            stale.c.tenant_id == tenant_id,
            stale.c.purpose == SCORES,
            stale.c.customer_id.in_(select(waiting.c.customer_id)),
        )
        .returning(stale.c.customer_id)
    )
    return list(found.scalars())


async def has_stale(session: AsyncSession, tenant_id: UUID) -> bool:
    """Whether somebody waits whom a current model could speak of."""
    speaks = exists().where(state.c.tenant_id == tenant_id, state.c.state == State.CURRENT.value)
    waits = exists().where(stale.c.tenant_id == tenant_id, stale.c.purpose == SCORES)
    return bool((await session.execute(select(and_(speaks, waits)))).scalar_one())


async def load_predictions(snapshot: Snapshot, customers: Sequence[UUID]) -> list[list[PredictionRecord]]:
    """Everything that is said of each customer."""
    statement = (
        select(*columns_of(PredictionRecord, prediction))
        .where(prediction.c.tenant_id == snapshot.tenant_id, prediction.c.customer_id.in_(customers))
        .order_by(prediction.c.kind, prediction.c.horizon_days)
    )
    found: dict[UUID, list[PredictionRecord]] = {key: [] for key in customers}
    for row in await snapshot.rows(statement):
        found[row.customer_id].append(PredictionRecord(*row))
    return [found[key] for key in customers]


async def load_summaries(snapshot: Snapshot, keys: Sequence[tuple[str, int]]) -> list[Summary]:
    """By (kind, horizon)."""
    statement = (
        select(
            prediction.c.kind,
            prediction.c.horizon_days,
            func.count(),
            func.avg(prediction.c.estimate),
            func.sum(prediction.c.estimate),
            func.sum(prediction.c.historic),
            func.sum(prediction.c.purchases),
            func.min(prediction.c.as_of),
        )
        .where(prediction.c.tenant_id == snapshot.tenant_id, prediction.c.kind.in_({kind for kind, _ in keys}))
        .group_by(prediction.c.kind, prediction.c.horizon_days)
    )
    found = {
        (kind, horizon): Summary(n, mean, total, None if historic is None else int(historic), purchases, oldest)
        for kind, horizon, n, mean, total, historic, purchases, oldest in await snapshot.rows(statement)
    }
    return [found.get(key, Summary(0, None, None, None, None, None)) for key in keys]


async def list_bands(snapshot: Snapshot, kind: str, horizon_days: int, edges: Sequence[float]) -> list[Band]:
    """How many customers have an estimate between each two of the ascending edges; the last one is included."""
    counted = [
        func.count().filter(
            prediction.c.estimate >= low,
            (prediction.c.estimate < high) if number < len(edges) - 2 else (prediction.c.estimate <= high),
        )
        for number, (low, high) in enumerate(pairwise(edges))
    ]
    row = await snapshot.first(
        select(*[cast(one, Integer) for one in counted]).where(
            prediction.c.tenant_id == snapshot.tenant_id,
            prediction.c.kind == kind,
            prediction.c.horizon_days == horizon_days,
        )
    )
    assert row is not None
    return [Band(low, high, n) for (low, high), n in zip(pairwise(edges), row, strict=True)]

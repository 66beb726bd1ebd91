"""What models learn from, as arrays: customers are codes in the order of their ids."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from api.intelligence.churn.activity import Activity, Contracts, Marks, Stages
from api.intelligence.clv.forecast import Sales
from api.predictions import history_repository as repository
from api.predictions.contracts import ModelKind
from api.predictions.history_repository import Known
from models.database import AnyRow, Snapshot

CONTRACTS: Final = "contracts"
Row = AnyRow | tuple[Any, ...]
"""(customer, day, since which day it is known, ...)"""


@dataclass(frozen=True, slots=True)
class History:
    """`rows` are what it was made of, in an order of their own, for the hash and the card."""

    customers: Sequence[UUID]
    sales: Sales
    contracts: Contracts | None
    stages: Stages | None
    rows: Sequence[NDArray[Any]]
    guest_orders: int

    def until(self, day: float) -> "Extent":
        """What was known by the end of the day, described."""
        digest = sha256()
        first, last, count, people = np.inf, -np.inf, 0, set()
        for part in self.rows:
            known = part[part[:, 2] <= day]
            digest.update(np.ascontiguousarray(known[:, 1:]).tobytes())
            digest.update("".join(self.customers[int(code)].hex for code in known[:, 0]).encode())
            count += len(known)
            if len(known):
                first, last = min(first, known[:, 1].min()), max(last, known[:, 1].max())
                people |= set(known[:, 0].astype(int).tolist())
        none = not count
        return Extent(
            count, len(people), None if none else float(first), None if none else float(last), digest.hexdigest()
        )


@dataclass(frozen=True, slots=True)
class Extent:
    rows: int
    customers: int
    first_day: float | None
    last_day: float | None
    hash: str


def local_day(moment: datetime, zone: ZoneInfo) -> float:
    """Days since 1970 by the calendar of the zone."""
    local = moment.astimezone(zone)
    return float((local.date() - repository.EPOCH).days)


async def load_history(snapshot: Snapshot, kind: ModelKind, known: Known, method: str | None = None) -> History:
    """`method` is that of the model to score by. Without one, for training, churn goes by the way of the tenant's
    business: contracts where customers sign them, else purchases."""
    if method is None and kind is ModelKind.CHURN:
        method = CONTRACTS if await repository.is_contractual(snapshot) else None
    signed = method == CONTRACTS
    active = signed or kind is ModelKind.CONVERSION
    parts: list[Sequence[Row]] = [
        await (repository.load_activity(snapshot, known) if active else repository.load_orders(snapshot, known))
    ]
    names: list[str] = []
    if signed:
        parts.append(await repository.load_contracts(snapshot, known))
    elif kind is ModelKind.CONVERSION:
        names = await repository.list_stages(snapshot)
        position = {name: place for place, name in enumerate(names)}
        parts.append(_numbered(await repository.load_entries(snapshot, known), position))
    guests = 0 if active else await repository.count_guest_orders(snapshot, known)
    return _history(parts, names, guests, signed=signed, staged=kind is ModelKind.CONVERSION)


def _history(
    parts: Sequence[Sequence[Row]], names: Sequence[str], guests: int, *, signed: bool, staged: bool
) -> History:
    customers = sorted({row[0] for part in parts for row in part})
    code = {key: place for place, key in enumerate(customers)}
    rows = [_table(part, code) for part in parts]
    size = len(customers)
    first = rows[0]
    if not (signed or staged):
        sales = Sales(first[:, 0].astype(np.int64), first[:, 1], first[:, 2], first[:, 3])
        return History(customers, sales, None, None, rows, guests)
    activity = Activity(size, _marks(first), first[:, 3].astype(np.int64), first[:, 4])
    nothing = Sales(*(np.empty(0) for _ in range(4)))
    second = rows[1]
    if staged:
        second = second[np.argsort(second[:, 4], kind="stable")]
        stages = Stages(activity, _marks(second), second[:, 3].astype(np.int64), names)
        return History(customers, nothing, None, stages, rows, guests)
    paid = first[first[:, 3] == 1]
    starts = np.vstack([second[second[:, 3] == 0][:, :3], paid[:, :3]])
    contracts = Contracts(activity, _marks(starts), _marks(second[second[:, 3] == 1]))
    return History(customers, nothing, contracts, None, rows, guests)


def _numbered(entries: Sequence[AnyRow], position: dict[str, int]) -> list[Row]:
    """Each customer's entries with their number, which puts those of one day in their order."""
    counts: dict[UUID, int] = defaultdict(int)
    found: list[Row] = []
    for customer, day, known, name in entries:
        counts[customer] += 1
        found.append((customer, day, known, position.get(name, repository.EXIT), counts[customer]))
    return found


def _table(part: Sequence[Row], code: dict[UUID, int]) -> NDArray[np.float64]:
    """Sorted by all columns from the first, so that the same rows give the same table."""
    width = len(part[0]) if part else 5
    table = np.array([(code[row[0]], *row[1:]) for row in part], dtype=np.float64).reshape(-1, width)
    return table[np.lexsort(table.T[::-1])]


def _marks(rows: NDArray[np.float64]) -> Marks:
    return Marks(rows[:, 0].astype(np.int64), rows[:, 1], np.maximum(rows[:, 1], rows[:, 2]))

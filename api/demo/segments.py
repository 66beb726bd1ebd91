"""What a demo tenant's people have made of its customers: a version of each method, and a rule or two."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from api.segments.contracts import METHODS, RunRequest
from api.segments.repository import next_number
from api.segments.service import Segments
from models.database import Database

RULES: Final[Mapping[str, dict[str, Any]]] = {
    "Bought in the last 30 days": {"recency": "order", "withinDays": 30},
    "Spent over 1,000 and quiet for 60 days": {
        "all": [
            {"metric": "revenue", "atLeast": 100_000},
            {"recency": "order", "olderThanDays": 60},
        ]
    },
}


async def ask_for_segments(database: Database, tenant_id: UUID, now: Callable[[], datetime], actor: str) -> None:
    """Nothing for a tenant that has some: the worker makes them once it runs, so that the start does not wait."""
    async with database.unit_of_work(tenant_id) as session:
        numbers = [await next_number(session, tenant_id, method) for method in METHODS]
    if any(number > 1 for number in numbers):
        return
    segments = Segments(database, now)
    for name, definition in RULES.items():
        await segments.create(tenant_id, name, "dynamic", definition, actor=actor)
    for method in METHODS:
        await segments.run(tenant_id, RunRequest(method), actor=actor)

"""Every operation of the pages, as a browser's visit asks them, with the time each took."""

import re
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text

from api.graphql.ids import global_id
from models.database import Database
from tests.support.client import Api
from tests.support.world import TestTenant

OPERATIONS: Final = Path(__file__).parents[2] / "ui" / "operations"
ABOUT_ONE_THING: Final = (
    *("ImportMapping", "ImportOne", "JourneyPreview"),
    *("ModelCard", "SegmentActions", "SegmentExplain", "SegmentJob", "SegmentMembers"),
)
"""They need a file, a draft, a model or a segment; the pages they belong to are among the others."""
ROUNDS: Final = 3


def operations() -> dict[str, str]:
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(OPERATIONS.glob("*.graphql"))}
    asked = {name: query for name, query in texts.items() if re.search(r"^\s*query\b", query, re.MULTILINE)}
    return {name: query for name, query in asked.items() if name not in ABOUT_ONE_THING}


async def known_variables(database: Database, tenant: TestTenant) -> dict[str, Any]:
    """By name or by type: an operation with another required variable must bring it here."""
    async with database.reading(tenant.id) as snapshot:
        customer = await snapshot.scalar(text("select id from customer order by id limit 1"))
    known = str(global_id("Customer", customer))
    return {
        "range": {"preset": "LAST_7_DAYS"},
        "ever": {"preset": "LAST_90_DAYS"},
        "id": known,
        "customer": known,
        "first": 10,
        "stage": "purchase",
        "horizon": 30,
        "days": 30,
        "Boolean!": False,
        "Bucket!": "HOUR",
        "PredictionKind!": "CHURN",
        "SegmentKind!": "RFM",
        "SegmentMethod!": "RFM",
    }


def variables_for(query: str, known: dict[str, Any]) -> dict[str, Any]:
    declared = re.findall(r"\$(\w+): ([^,$)\n]+)", query[: query.index("{")])
    keys = {name: name if name in known else kind.strip() for name, kind in declared}
    missing = [name for name, key in keys.items() if key.endswith("!") and key not in known]
    assert missing == [], f"no value for {missing} in tests/faults/pages.py"
    return {name: known[key] for name, key in keys.items() if key in known}


@dataclass
class Visit:
    """Seconds by operation."""

    seconds: dict[str, list[float]] = field(default_factory=dict)

    def medians(self) -> dict[str, float]:
        return {name: statistics.median(taken) for name, taken in self.seconds.items()}


async def visit(user: Api, known: dict[str, Any]) -> Visit:
    """Each must have an answer without errors."""
    result = Visit()
    for _ in range(ROUNDS):
        for name, query in operations().items():
            begun = time.perf_counter()
            await user.data(query, variables_for(query, known))
            result.seconds.setdefault(name, []).append(time.perf_counter() - begun)
    return result

"""Makes the trace that the cache is measured with: `python -m tests.benchmarks.cache_trace` writes cache_trace.json.

A hundred people, half of them of each tenant, are there all the time. Each makes the visits that `cache_record`
recorded with Chromium, one after the other, and is somewhere in one when the trace begins: which operations a visit
has, and at which second, is as the pages sent them. Which page, range, search and customer it is follows Zipf's law.
The first thousand operations are the trace. Symbols such as <customer:3> are filled in later.
"""

import json
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final

SEED: Final = 20_260_318
OPERATIONS: Final = 1_000
PEOPLE: Final = 100
CUSTOMERS: Final = 200
OPENED: Final = 25
"""Customers are opened from the first page of the list."""
EXPONENT: Final = 1.2
VISIT_SECONDS: Final = 90.0
VISITS: Final = Path(__file__).with_name("cache_visits.json")
TRACE: Final = Path(__file__).with_suffix(".json")
PAGES: Final = ("realtime", "customers", "live", "segments", "predictive", "journeys", "health")
"""The most visited first."""
RANGES: Final = ("LAST_24_HOURS", "LAST_30_DAYS", "LAST_HOUR", "LAST_90_DAYS")
"""Those that people change to."""
SEARCHES: Final = 5

Operation = dict[str, Any]


def zipf(random: Random, many: int) -> int:
    return random.choices(range(many), [1 / (rank + 1) ** EXPONENT for rank in range(many)])[0]


def visit(random: Random, visits: dict[str, list[Operation]], person: int, begin: float) -> list[Operation]:
    """One person's, with what it is about drawn once."""
    symbols = {
        "<customer>": f"<customer:{zipf(random, OPENED)}>",
        "<search>": f"<search:{zipf(random, SEARCHES)}>",
        "<range>": {"preset": RANGES[zipf(random, len(RANGES))]},
    }
    return [
        {
            "at": round(begin + one["at"], 2),
            "person": person,
            "document": one["document"],
            "variables": {
                name: symbols.get(value, value) if isinstance(value, str) else value
                for name, value in one["variables"].items()
            },
        }
        for one in visits[PAGES[zipf(random, len(PAGES))]]
    ]


def make_trace(visits: dict[str, list[Operation]]) -> list[Operation]:
    random = Random(SEED)  # noqa: S311
    begins = [-random.uniform(0, VISIT_SECONDS) for _ in range(PEOPLE)]
    made: list[Operation] = []
    for turn in count():
        for person, begin in enumerate(begins):
            made += [one for one in visit(random, visits, person, begin + turn * VISIT_SECONDS) if one["at"] >= 0]
        made.sort(key=lambda one: one["at"])
        # Nobody's next visit begins before this second.
        if len(made) >= OPERATIONS and made[OPERATIONS - 1]["at"] < min(begins) + (turn + 1) * VISIT_SECONDS:
            return made[:OPERATIONS]
    raise AssertionError


if __name__ == "__main__":
    trace = make_trace(json.loads(VISITS.read_text()))
    TRACE.write_text("[\n" + ",\n".join(json.dumps(entry, separators=(", ", ": ")) for entry in trace) + "\n]\n")

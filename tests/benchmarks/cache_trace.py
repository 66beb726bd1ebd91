"""Makes the trace that the cache is measured with: `python -m tests.benchmarks.cache_trace` writes cache_trace.json.

A thousand operations of a hundred people, half of them of each tenant, with the product's own documents. How often
each document comes follows from what the pages do: on the real-time page the newest events are asked for every two
seconds while something happens, the page itself on opening and every fifteen seconds or so, the frame every thirty.
Which range, search, customer and person it is follows Zipf's law. Symbols such as <customer:3> are filled in later.
"""

import json
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
TRACE: Final = Path(__file__).with_suffix(".json")
WEIGHTS: Final = {
    "NewestEvents": 52,
    "RealtimePage": 20,
    "Customers": 8,
    "CustomerPage": 8,
    "Shell": 8,
    "EverReceived": 4,
}
RANGES: Final = ("LAST_7_DAYS", "LAST_24_HOURS", "LAST_30_DAYS", "LAST_HOUR", "LAST_90_DAYS")
ORDERS: Final = (("NAME", "ASC"), ("TOTAL_SPENT", "DESC"), ("LAST_ORDER_AT", "DESC"), ("ORDER_COUNT", "DESC"))
SEARCHES: Final = (None, "<search:0>", "<search:1>", "<search:2>", "<search:3>")

SEARCHING: Final = 0.25


def zipf(random: Random, many: int) -> int:
    return random.choices(range(many), [1 / (rank + 1) ** EXPONENT for rank in range(many)])[0]


def variables(random: Random, document: str) -> dict[str, Any]:
    if document == "RealtimePage":
        return {"range": {"preset": RANGES[zipf(random, len(RANGES))]}}
    if document == "EverReceived":
        return {"range": {"preset": "LAST_90_DAYS"}}
    if document == "Customers":
        field, direction = ORDERS[zipf(random, len(ORDERS))]
        search = SEARCHES[zipf(random, len(SEARCHES))] if random.random() < SEARCHING else None
        return {"first": 25, "after": None, "search": search, "orderBy": [{"field": field, "direction": direction}]}
    if document == "CustomerPage":
        cursors = {"ordersAfter": None, "eventsAfter": None, "conversationsAfter": None}
        return {"id": f"<customer:{zipf(random, OPENED)}>", "first": 20, **cursors}
    return {}


def make_trace() -> list[dict[str, Any]]:
    random = Random(SEED)  # noqa: S311
    people = list(range(PEOPLE))
    random.shuffle(people)
    documents = random.choices(list(WEIGHTS), list(WEIGHTS.values()), k=OPERATIONS)
    return [
        {
            "person": people[zipf(random, PEOPLE)],
            "document": document,
            "variables": variables(random, document),
        }
        for document in documents
    ]


if __name__ == "__main__":
    TRACE.write_text("[\n" + ",\n".join(json.dumps(entry, separators=(", ", ": ")) for entry in make_trace()) + "\n]\n")

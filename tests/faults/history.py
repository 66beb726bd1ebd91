"""What clients did and were told, to be compared with what is there in the end."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import text

from models.database import Database
from tests.faults.sums import differences
from tests.support.world import NOW, TestTenant

INVALID_EVERY: Final = 11
AUDITED: Final = """
select coalesce(sum((details->>'ACCEPTED')::int), 0) from audit_entry where action = 'events.ingest'
"""
Event = dict[str, Any]


def event(number: int) -> Event:
    """The same one for the same number: orders, cancellations, visits, conversations, and some that are refused."""
    at = NOW - timedelta(minutes=number % 3_000)
    kind = ("order_completed", "order_completed", "order_cancelled", "page_viewed", "conversation_opened")[number % 5]
    made: Event = {"messageId": message_id(number), "name": kind, "occurredAt": at.isoformat(), "properties": {}}
    if number % 7:
        made["customer"] = {"externalId": f"h{number % 6}"}
    if kind.startswith("order"):
        quantity = -1 if kind == "order_cancelled" else 1 + number % 3
        line = {"sku": "a", "quantity": quantity, "unitAmount": 100 + number % 50}
        made["properties"] = {"orderId": message_id(number), "lines": [line] * (1 + number % 2)}
    elif kind == "conversation_opened":
        made["properties"] = {"conversationId": message_id(number), "channel": "chat"}
    if is_invalid(number):
        made["occurredAt"] = "1969-01-01T00:00:00Z"
    return made


def message_id(number: int) -> str:
    return f"history-{number}"


def is_invalid(number: int) -> bool:
    return number % INVALID_EVERY == 0


@dataclass
class History:
    """`unknown` are those whose answer was lost: they may be there or not."""

    attempted: set[str] = field(default_factory=set)
    verdicts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    unknown: set[str] = field(default_factory=set)
    codes: Counter[str] = field(default_factory=Counter)

    def record(self, numbers: list[int], answer: dict[str, Any]) -> None:
        ids = [message_id(number) for number in numbers]
        self.attempted.update(ids)
        if errors := answer.get("errors"):
            self.codes.update(error["extensions"]["code"] for error in errors)
            self.unknown.update(ids)
            return
        for verdict in answer["data"]["eventsIngest"]["verdicts"]:
            self.verdicts[verdict["messageId"]][verdict["status"]] += 1

    async def faults(self, database: Database, tenant: TestTenant) -> dict[str, object]:
        """Nothing when the history and what is there agree."""
        async with database.reading(tenant.id) as snapshot:
            rows = await snapshot.rows(text("select message_id from event where message_id like 'history-%'"))
            kept = [str(identity) for (identity,) in rows]
            told = (
                "select coalesce(sum((details->>'ACCEPTED')::int), 0) from audit_entry where action = 'events.ingest'"
            )
            audited = int(await snapshot.scalar(text(told)))
            events = int(await snapshot.scalar(text("select count(*) from event")))
        there = set(kept)
        acknowledged = {key for key, seen in self.verdicts.items() if seen["ACCEPTED"] or seen["DUPLICATE"]}
        refused = {key for key, seen in self.verdicts.items() if seen["REJECTED"]}
        found: dict[str, object] = {
            "acknowledged and not there": acknowledged - there,
            "refused and there": refused & there,
            "there and never sent": there - self.attempted,
            "there and neither acknowledged nor in doubt": there - acknowledged - self.unknown,
            "twice there": [key for key, count in Counter(kept).items() if count > 1],
            "accepted twice": [key for key, seen in self.verdicts.items() if seen["ACCEPTED"] > 1],
            "events without an audit entry": events - audited,
            "other errors than UNAVAILABLE": {code for code in self.codes if code != "UNAVAILABLE"},
            "sums": await differences(database, tenant),
        }
        return {name: fault for name, fault in found.items() if fault}

    def summary(self) -> str:
        total: Counter[str] = Counter()
        for seen in self.verdicts.values():
            total.update(seen)
        counted = ", ".join(f"{count} {status}" for status, count in sorted(total.items()))
        return f"{len(self.attempted)} events: {counted}; {self.codes.total()} batches in doubt"

"""Ingest in batches of 500, against a bare INSERT … SELECT of the same rows: `python -m tests.benchmarks.ingest`.

Both run in this process, on the same embedded PostgreSQL (without fsync, as in the tests), one after the other in every
round. The bare statement copies rows that are in the database already, so nothing of it is spent on reading or sending.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson
from pydantic import SecretStr
from starlette.applications import Starlette

from api.app import Server
from api.events.contracts import CustomerRef, IncomingEvent, VerdictStatus
from api.events.service import Ingest
from api.settings import Environment, Settings
from models.base import new_id
from models.database import Database
from models.urls import asyncpg_url
from tests.support import services
from tests.support.source_keys import make_source_key
from tests.support.world import NOW, clock, make_tenant

BATCH: Final = 500
CUSTOMERS: Final = 2_000
GENERATIONS: Final = (("customer",), ("event", "sales_order", "conversation"), ("order_line", "message"))
"""The tables that ingest writes business rows to: each points to those of the generations before."""
LINES: Final = [{"sku": f"sku-{number}", "quantity": 1 + number, "unitAmount": 995} for number in range(3)]


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds by the clock, and seconds of CPU of this process and of its connections to the database."""

    wall: float
    python: float
    postgres: float

    @property
    def cpu(self) -> float:
        return self.python + self.postgres


def plain(number: int) -> IncomingEvent:
    return IncomingEvent(
        message_id=f"m-{number}",
        name="page_viewed",
        occurred_at=NOW - timedelta(days=1) + timedelta(seconds=number % 80_000),
        customer=CustomerRef(f"c-{number * 7919 % CUSTOMERS}"),
        properties={
            "url": f"https://shop.example/p/{number % 977}",
            "referrer": "search",
            "seconds": number % 60,
        },
    )


def mixed(number: int) -> IncomingEvent:
    """Of ten events six are visits, two orders of three lines; one opens a conversation and one speaks in it."""
    event = plain(number)
    kind = number % 10
    name, properties = event.name, dict(event.properties)
    if kind in (3, 7):
        name, properties = "order_completed", {"orderId": f"o-{number}", "lines": LINES}
    elif kind == 8:
        name, properties = "conversation_opened", {"conversationId": f"t-{number}", "channel": "chat", "subject": "?"}
    elif kind == 9:
        words = {"messageId": "1", "author": "customer", "body": "Where is my order?"}
        name, properties = "message_sent", {"conversationId": f"t-{number - 1}", **words}
    return IncomingEvent(event.message_id, name, "api", event.occurred_at, event.customer, properties)


def batches(make: Callable[[int], IncomingEvent], first: int, count: int) -> Iterator[list[IncomingEvent]]:
    for begin in range(first, first + count * BATCH, BATCH):
        yield [make(number) for number in range(begin, begin + BATCH)]


async def measured(connection: asyncpg.Connection, work: Callable[[], Awaitable[None]]) -> Run:
    pids = [row["pid"] for row in await connection.fetch("SELECT pid FROM pg_stat_activity WHERE pid IS NOT NULL")]
    postgres, python, begun = sum(map(_cpu, pids)), time.process_time(), time.perf_counter()
    await work()
    wall, spent = time.perf_counter() - begun, time.process_time() - python
    return Run(wall, spent, sum(map(_cpu, pids)) - postgres)


def _cpu(pid: int) -> float:
    """Of one process, in seconds; its clock ticks 100 times a second."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


async def copy_rows(connection: asyncpg.Connection, source: UUID, target: UUID, count: int) -> Run:
    """The rows of one tenant again for another, in as many transactions as there were batches."""
    tables = [table for generation in GENERATIONS for table in generation]
    part = f"row_number() OVER () * {count} / (count(*) OVER () + 1)"
    for table in tables:
        await connection.execute(f"DROP TABLE IF EXISTS bare_{table}")
        await connection.execute(
            f"CREATE TEMP TABLE bare_{table} AS SELECT {part} AS part, own.* FROM {table} AS own WHERE tenant_id = $1",
            source,
        )
        await connection.execute(f"UPDATE bare_{table} SET tenant_id = $1", target)
        await connection.execute(f"CREATE INDEX ON bare_{table} (part)")
        await connection.execute(f"ANALYZE bare_{table}")
    columns = {table: await _columns(connection, table) for table in tables}

    async def work() -> None:
        for generation in GENERATIONS:
            for turn in range(count):
                async with connection.transaction():
                    for table in generation:
                        names = columns[table]
                        await connection.execute(
                            f"INSERT INTO {table} ({names}) SELECT {names} FROM bare_{table} WHERE part = $1", turn
                        )

    return await measured(connection, work)


async def _columns(connection: asyncpg.Connection, table: str) -> str:
    rows = await connection.fetch(
        "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped", table
    )
    return ", ".join(row["attname"] for row in rows)


class Benchmark:
    def __init__(self, name: str, count: int) -> None:
        self.name = name
        self.count = count
        self.database = Database.connect(services.application_url(name), pool_size=2)

    async def ingest(self, make: Callable[[int], IncomingEvent]) -> tuple[Run, Run]:
        """Of ingest, and of the bare copy of what it wrote."""
        connection = await asyncpg.connect(asyncpg_url(services.admin_url(self.name)))
        try:
            tenant = await make_tenant(self.database, f"t-{uuid4().hex[:12]}", "bench")
            bare = await make_tenant(self.database, f"t-{uuid4().hex[:12]}", "bench")
            ingest = Ingest(self.database, lambda _: None, clock)
            given = list(batches(make, 0, self.count))

            async def work() -> None:
                for batch in given:
                    verdicts = await ingest.ingest(tenant.id, batch, actor="benchmark")
                    assert all(verdict.status is VerdictStatus.ACCEPTED for verdict in verdicts)

            return await measured(connection, work), await copy_rows(connection, tenant.id, bare.id, self.count)
        finally:
            await connection.close()

    async def http(self) -> Run:
        """By POST /v1/batch, with the client in this process too."""
        settings = Settings(
            database_url=services.application_url(self.name),
            redis_url=services.redis_url(),
            jwt_secret_key=SecretStr(new_id().hex * 2),
            environment=Environment.TEST,
        )
        connection = await asyncpg.connect(asyncpg_url(services.admin_url(self.name)))
        tenant = await make_tenant(self.database, f"t-{uuid4().hex[:12]}", "bench")
        key = (await make_source_key(self.database, tenant)).text
        bodies = [
            orjson.dumps({"batch": [_as_segment(event) for event in part]}) for part in batches(plain, 0, self.count)
        ]
        server = Server(settings, now=clock)
        async with server.running():
            transport = httpx.ASGITransport(Starlette(routes=server.routes()))
            async with httpx.AsyncClient(transport=transport, base_url="http://bench") as client:

                async def work() -> None:
                    for body in bodies:
                        response = await client.post("/v1/batch", content=body, auth=(key, ""))
                        assert response.status_code == httpx.codes.OK, response.text

                run = await measured(connection, work)
        await connection.close()
        return run


def _as_segment(event: IncomingEvent) -> dict[str, object]:
    assert event.occurred_at is not None
    assert event.customer is not None
    return {
        "type": "track",
        "messageId": event.message_id,
        "event": event.name,
        "userId": event.customer.external_id,
        "timestamp": event.occurred_at.isoformat(),
        "properties": event.properties,
        "context": {"library": {"name": "bench", "version": "1"}},
    }


async def main(rounds: int, count: int) -> None:
    name = f"cip_bench_{uuid4().hex}"
    await services.clone_template(name)
    bench = Benchmark(name, count)
    try:
        await bench.ingest(plain)  # warms the caches of statements and of plans
        for title, make in (("plain", plain), ("mixed", mixed)):
            runs = [await bench.ingest(make) for _ in range(rounds)]
            _show(title, count, [own for own, _ in runs])
            _show(f"{title}, bare", count, [bare for _, bare in runs])
            ratios = [own.wall / bare.wall for own, bare in runs]
            work = [own.cpu / bare.cpu for own, bare in runs]
            say(
                f"{title:>14}: {statistics.median(ratios):.1f} times the time of the bare INSERT … SELECT, "
                f"{statistics.median(work):.1f} times its CPU"
            )
        _show("http", count, [await bench.http() for _ in range(rounds)])
    finally:
        await bench.database.close()
        await services.drop(name)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _show(title: str, count: int, runs: list[Run]) -> None:
    events = count * BATCH
    rates = sorted(events / run.wall for run in runs)
    python, postgres = (statistics.median(part) for part in zip(*((r.python, r.postgres) for r in runs), strict=True))
    say(
        f"{title:>14}: {statistics.median(rates):,.0f} events/s (of {len(runs)}: {rates[0]:,.0f} to {rates[-1]:,.0f}); "
        f"per batch {python / count * 1000:.1f} ms CPU here, {postgres / count * 1000:.1f} ms in PostgreSQL"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=40)
    chosen = parser.parse_args()
    embedded = services.TestServices()
    embedded.start()
    try:
        asyncio.run(main(chosen.rounds, chosen.batches))
    finally:
        embedded.stop()

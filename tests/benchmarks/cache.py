"""How much the cache saves: `python -m tests.benchmarks.cache`.

Replays the recorded trace by a hundred people at once against a real server process while batches come in, and prints
the hit rate of each layer and the latencies: at the times that were recorded, by which the cache is judged, and faster.
Then it compares the server's CPU for each operation, with a hit in memory, a hit in Redis, a miss, and no cache, to
that for a static route with the same bytes.
"""

# ruff: noqa: T201

import asyncio
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import UUID

import orjson
from pydantic import SecretStr
from sqlalchemy import text

from api.accounts.contracts import NewAccount
from api.accounts.repository import insert_account, insert_session
from api.auth import tokens
from api.auth.keys import Keys
from api.auth.permissions import Role
from api.auth.tokens import SessionRef
from api.graphql.ids import global_id
from api.settings import Environment, Settings
from api.worker import real_now
from models import UserSession
from models.base import new_id
from models.database import Database
from tests.benchmarks.cache_trace import CUSTOMERS, PEOPLE, TRACE
from tests.benchmarks.http import Connection, connected
from tests.support import services
from tests.support.world import TestTenant, fill, make_tenant
from ui.client import operation_text

DATABASE: Final = "cip_benchmark"
SECRET: Final = "the benchmark's own secret, as long as a real one"
BATCHES_A_SECOND: Final = float(os.environ.get("BATCHES_A_SECOND", "1"))
EVENTS_A_BATCH: Final = 20
CONCURRENT: Final = 16
"""For each tenant: what the demo's replayer sends."""
SLICES: Final = 15
HITS: Final = ("l1", "joined", "l2")
"""Where nothing was executed for the one who asked."""
PASSES: Final = int(os.environ.get("PASSES", "3"))
"""At the recorded times, after one that is not judged."""
HASTE: Final = 4.0
IDLE_SECONDS: Final = 3.0
"""The server closes connections that were idle for five."""
AT_ONCE: Final = float("inf")
HIT_RATE: Final = 0.85
HIT_SECONDS: Final = 0.1
"""What is asked of the recorded times: the hit rate, and the latency of 95 of 100 hits."""
INGEST: Final = "mutation($input: EventsIngestInput!) { eventsIngest(input: $input) { verdicts { status } } }"


def role_of(person: int) -> Role:
    """Of ten people of a tenant one is an admin and two are analysts."""
    return {0: Role.ADMIN, 1: Role.ANALYST, 2: Role.ANALYST}.get(person // 2 % 10, Role.VIEWER)


async def make_people(database: Database, tenants: list[TestTenant]) -> list[str]:
    """An access token for each; odd ones belong to the second tenant."""
    keys, now = Keys.derive(SECRET), datetime.now(UTC)
    found = []
    for person in range(PEOPLE):
        tenant = tenants[person % 2]
        async with database.unit_of_work(tenant.id) as session:
            new = NewAccount(f"person-{person}", f"Person {person}", role_of(person))
            account_id = await insert_account(session, tenant.id, new, now)
            ref = SessionRef(tenant.id, new_id())
            row = UserSession(
                tenant_id=tenant.id,
                id=ref.session_id,
                account_id=account_id,
                created_at=now,
                expires_at=now + timedelta(hours=12),
            )
            await insert_session(session, row)
        found.append(tokens.issue(keys.signing, ref, account_id=account_id, role=new.role.value, now=now))
    return found


async def customer_ids(database: Database, tenant: TestTenant) -> list[str]:
    async with database.unit_of_work(tenant.id) as session:
        rows = (await session.execute(text("SELECT id FROM customer ORDER BY id"))).scalars()
        return [str(global_id("Customer", UUID(str(row)))) for row in rows]


def filled_in(value: Any, tenant: TestTenant, customers: list[str]) -> Any:
    if isinstance(value, dict):
        return {key: filled_in(part, tenant, customers) for key, part in value.items()}
    if isinstance(value, str) and value.startswith("<"):
        kind, _, number = value.strip("<>").partition(":")
        return customers[int(number)] if kind == "customer" else f"{tenant.canary} customer {int(number):02}"
    return value


def request(document: str, variables: dict[str, Any]) -> bytes:
    return orjson.dumps({"operationName": document, "query": operation_text(document), "variables": variables})


@contextmanager
def started(mode: str, settings: Settings, static_bytes: int = 0) -> "Iterator[subprocess.Popen[bytes]]":
    plain = settings.model_dump(mode="json") | {"jwt_secret_key": SECRET}
    command = [sys.executable, "-m", "tests.benchmarks.cache_server", mode, json.dumps(plain), str(static_bytes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def serving(mode: str, settings: Settings, static_bytes: int = 0) -> Iterator[tuple[int, int]]:
    """The port and the process id of a server."""
    with started(mode, settings, static_bytes) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid


def cpu_seconds(pid: int) -> float:
    """Of all its threads, to the nanosecond; the ticks of /proc/PID/stat are too coarse for a slice."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9


@asynccontextmanager
async def writing(port: int, tokens_of_admins: list[str], written: list[int]) -> AsyncIterator[None]:
    """Batches for both tenants, by their own connections, until the block ends."""

    async def write(token: str) -> None:
        async with connected(port) as connection:
            while True:
                began = time.monotonic()
                now = datetime.now(UTC).isoformat()
                events = [
                    {"messageId": str(new_id()), "name": "page_viewed", "occurredAt": now, "source": "benchmark"}
                    for _ in range(EVENTS_A_BATCH)
                ]
                body = orjson.dumps({"query": INGEST, "variables": {"input": {"events": events}}})
                reply = await connection.post("/graphql", body, token)
                assert b'"ACCEPTED"' in reply.body, reply.body
                written.append(1)
                await asyncio.sleep(max(0.0, 1 / BATCHES_A_SECOND - (time.monotonic() - began)))

    tasks = [asyncio.create_task(write(token)) for token in tokens_of_admins]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Sent:
    """`at` is its second in the trace."""

    at: float
    person: int
    document: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    document: str
    layer: str
    seconds: float

    @property
    def hit(self) -> bool:
        return self.layer in HITS


class Person:
    """With as many connections as operations that are under way at once."""

    def __init__(self, port: int, token: str, stack: AsyncExitStack) -> None:
        self._port = port
        self._token = token
        self._stack = stack
        self._free: list[tuple[float, Connection]] = []

    async def ask(self, one: Sent) -> Answered:
        self._free = [free for free in self._free if time.monotonic() - free[0] < IDLE_SECONDS]
        connection = self._free.pop()[1] if self._free else await self._stack.enter_async_context(connected(self._port))
        began = time.perf_counter()
        reply = await connection.post("/graphql", one.body, self._token)
        seconds = time.perf_counter() - began
        self._free.append((time.monotonic(), connection))
        layer = "error" if b'"errors"' in reply.body else reply.headers["x-cache"]
        return Answered(one.document, layer, seconds)


async def one_pass(port: int, trace: list[Sent], people: list[str], speed: float) -> list[Answered]:
    """Each operation at its time, whatever became of those before it; or, at once, each after the one before it."""
    async with AsyncExitStack() as stack:
        persons = [Person(port, token, stack) for token in people]
        if speed == AT_ONCE:
            waiting, found = iter(trace), []

            async def hurry(person: Person) -> None:
                for one in waiting:
                    found.append(await person.ask(one))

            await asyncio.gather(*(hurry(person) for person in persons))
            return found
        began = time.monotonic() - trace[0].at / speed

        async def at_its_time(one: Sent) -> Answered:
            await asyncio.sleep(began + one.at / speed - time.monotonic())
            return await persons[one.person].ask(one)

        return await asyncio.gather(*(at_its_time(one) for one in trace))


async def replay(settings: Settings, trace: list[Sent], people: list[str], speeds: Sequence[float]) -> None:
    """A pass for each speed. Batches come in all along: one after a quiet while ends every older answer at once, and
    each pass would begin with that."""
    written: list[int] = []
    judged: list[Answered] = []
    async with AsyncExitStack() as stack:
        stack.enter_context(started("worker", settings))
        port, pid = stack.enter_context(serving("full", settings))
        await stack.enter_async_context(writing(port, people[0:2], written))
        for number, speed in enumerate(speeds, 1):
            batches, began, cpu = len(written), time.monotonic(), cpu_seconds(pid)
            found = await one_pass(port, trace, people, speed)
            took, spent = time.monotonic() - began, cpu_seconds(pid) - cpu
            how = {1.0: "at the times that were recorded", AT_ONCE: "as fast as they can"}.get(
                speed, f"{speed:g} times as fast as recorded"
            )
            judged += found if speed == 1.0 and number > 1 else []
            print(f"\nPass {number}: {len(trace)} operations of {PEOPLE} people {how}, in {took:.2f} s")
            print(f"  {len(written) - batches} batches of {EVENTS_A_BATCH} events meanwhile; server CPU {spent:.2f} s")
            show(found)
    judge(judged)


def judge(found: list[Answered]) -> None:
    rate = sum(one.hit for one in found) / len(found)
    hits = sorted(one.seconds for one in found if one.hit)
    p95 = hits[int(len(hits) * 0.95)]
    print(
        f"\nAt the recorded times, {len(found)} operations: hit rate {rate:.1%} (asked: above {HIT_RATE:.0%}), ", end=""
    )
    print(f"95 of 100 hits within {p95 * 1000:.0f} ms (asked: {HIT_SECONDS * 1000:.0f} ms)")


def show(found: list[Answered]) -> None:
    layers = Counter(one.layer for one in found)
    joined = [one.seconds for one in found if one.layer == "joined"]
    cached = [one.seconds for one in found if one.hit and one.layer != "joined"]
    print(f"  hit rate {sum(one.hit for one in found) / len(found):.1%}  ({dict(layers)})")
    print(f"  latency of hits: {percentiles(cached + joined)}")
    print(f"    of those that were there: {percentiles(cached)}")
    if joined:
        print(f"    of those that joined another's reading: {percentiles(joined)}")
    print(f"  latency of all: {percentiles([one.seconds for one in found])}")
    for document in sorted({one.document for one in found}):
        own = [one for one in found if one.document == document]
        rate = sum(one.hit for one in own) / len(own)
        print(f"    {document:18} {len(own):4}  hits {rate:6.1%}  {percentiles([one.seconds for one in own])}")


def percentiles(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p50, p95, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1000 for part in (0.5, 0.95, 0.99))
    return f"p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms"


async def compared(
    settings: Settings, mode: str, bodies: list[bytes], token: str, size: int, *, expect: str, many: int
) -> list[float]:
    """Microseconds of the server's CPU: pairs of the static route's and the operation's, in turns, so that whatever
    else the machine does meets both."""
    layers: Counter[str] = Counter()

    async def repeat(connection: Connection, path: str, body: bytes, times: int) -> None:
        for _ in range(times):
            reply = await connection.post(path, body, token)
            layers[reply.headers.get("x-cache", "static")] += 1

    with serving(mode, settings, size) as (port, pid):
        async with AsyncExitStack() as stack:
            connections = [await stack.enter_async_context(connected(port)) for _ in bodies]

            async def cost(path: str, times: int) -> float:
                pairs = zip(connections, bodies, strict=True)
                before = cpu_seconds(pid)
                await asyncio.gather(*(repeat(connection, path, body, times) for connection, body in pairs))
                return (cpu_seconds(pid) - before) / (times * len(bodies)) * 1e6

            found: list[float] = []
            while len(found) < 2 * SLICES:
                static = await cost("/static", 20)
                await cost("/graphql", 1)
                before = layers.copy()
                own = await cost("/graphql", many)
                counted = layers - before
                if counted[expect] == counted.total():  # otherwise an answer came to its end meanwhile
                    found += [static, own]
    return found


async def compare(settings: Settings, token: str) -> None:
    """One page of customers, a page size for each connection so that nobody waits for another's reading."""
    order = [{"field": "NAME", "direction": "ASC"}]
    bodies = [request("Customers", {"first": 20 + number, "orderBy": order}) for number in range(CONCURRENT)]
    with serving("none", settings) as (port, _):
        async with connected(port) as connection:
            size = len((await connection.post("/graphql", bodies[CONCURRENT // 2], token)).body)
    print(f"\nServer CPU for an operation (Customers, answers of about {size} bytes, {CONCURRENT} connections)")
    medians = {}
    for mode, expect, many in (("full", "l1", 20), ("l2", "l2", 20), ("miss", "miss", 2), ("none", "bypass", 2)):
        found = await compared(settings, mode, bodies, token, size, expect=expect, many=many)
        static, own = found[::2], found[1::2]
        ratio = median(mine / theirs for mine, theirs in zip(own, static, strict=True))
        medians[expect] = median(own)
        print(
            f"  {expect:7} {median(own):8.0f} µs, static {median(static):5.0f} µs: {ratio:7.2f} x (median of {SLICES})"
        )
    print(f"  a miss costs {medians['miss'] / medians['bypass']:.3f} x an operation past the cache")


async def measure() -> None:
    await services.clone_template(DATABASE)
    settings = Settings(
        database_url=services.application_url(DATABASE),
        redis_url=services.redis_url(),
        jwt_secret_key=SecretStr(SECRET),
        environment=Environment.TEST,
    )
    database = Database.connect(settings.database_url)
    tenants = [await make_tenant(database, slug, f"{slug}canary") for slug in ("acme", "globex")]
    for tenant in tenants:
        await fill(database, tenant, customers=CUSTOMERS, now=real_now)
    people = await make_people(database, tenants)
    ids = [await customer_ids(database, tenant) for tenant in tenants]
    await database.close()
    trace = []
    for entry in json.loads(TRACE.read_text()):
        who, document = entry["person"], entry["document"]
        variables = filled_in(entry["variables"], tenants[who % 2], ids[who % 2])
        trace.append(Sent(entry["at"], who, document, request(document, variables)))
    # The first finds a server that has just been started, and is not judged.
    await replay(settings, trace, people, [1.0, *[1.0] * PASSES, HASTE, AT_ONCE])
    await compare(settings, people[10])


if __name__ == "__main__":
    own = services.TestServices()
    own.start()
    try:
        asyncio.run(measure())
    finally:
        own.stop()

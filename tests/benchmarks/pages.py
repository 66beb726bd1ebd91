"""How soon a page is there, and what it costs the server, while a hundred subscribers get a message a second.

`python -m tests.benchmarks.pages [CUSTOMERS]`: a tenant of 100,000 customers, the product in a process of its own, and
Chromium. A load is over when nothing of the page is a skeleton any more.
"""

# ruff: noqa: T201
import asyncio
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
from playwright.sync_api import Page, sync_playwright
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from models.database import Database
from tests.e2e.conftest import FLAGS, log_in
from tests.e2e.product import ApiUser, Product, real_now
from tests.support import services
from tests.support.crowd import crowd
from tests.support.frames import PROTOCOL
from tests.support.world import make_tenant

PAGES: Final = ("/", "/live-metrics", "/segments", "/journeys", "/predictive", "/customers", "/system-health")
LOADS: Final = 5
SOCKETS: Final = 5
A_SOCKET: Final = 20
"""A hundred subscribers, within what one user may have open."""
IDLE_SECONDS: Final = 10
FOLLOW: Final = 'subscription { metricUpdates(metrics: ["orders"], range: {preset: LAST_7_DAYS}) { __typename } }'
TICKS: Final = os.sysconf("SC_CLK_TCK")


def cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def operations(url: str) -> float:
    """GraphQL queries over HTTP so far."""
    lines = httpx.get(f"{url}/metrics").text.splitlines()
    named = (line for line in lines if line.startswith('cip_graphql_operation_seconds_count{kind="query"'))
    return sum(float(line.rpartition(" ")[2]) for line in named)


# From the click or the request to a page without skeletons, in milliseconds.
SETTLED: Final = """
([path, begun]) => new Promise((done) => {
  const check = () => {
    const there = location.pathname === path && document.querySelector("#main h1")
      && document.querySelector("#user-box").textContent && !document.querySelector("#main .skeletons");
    if (there) done(performance.now() - begun); else requestAnimationFrame(check);
  };
  check();
})
"""


FOLLOWED: Final = """
(path) => {
  document.querySelector(`.rail a[href="${path}"]`).click();
  return performance.now();
}
"""


def load(page: Page, path: str) -> float:
    page.goto(path, wait_until="commit")
    page.wait_for_selector("#main h1", state="attached")
    return float(page.evaluate(SETTLED, [path, 0]))


def change(page: Page, path: str) -> float:
    """By the rail, from a page that is there."""
    begun = page.evaluate(
        "(path) => { document.querySelector(`.rail a[href='${path}']`).click(); return performance.now(); }", path
    )
    return float(page.evaluate(SETTLED, [path, begun]))


@contextmanager
def messages(user: ApiUser) -> Iterator[None]:
    """An order a second, each a message to every subscriber."""
    over = threading.Event()

    def send() -> None:
        number = 0
        while not over.wait(1.0):
            number += 1
            user.order(number, 1_000)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


async def follow(url: str, token: str, over: asyncio.Event, received: list[int]) -> None:
    """One socket with its share of the subscribers."""
    path = url.replace("http", "ws", 1) + "/graphql"
    async with connect(path, subprotocols=[Subprotocol(PROTOCOL)]) as socket:
        init = {"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}}
        await socket.send(orjson.dumps(init).decode())
        await socket.recv()
        for number in range(A_SOCKET):
            frame = {"type": "subscribe", "id": str(number), "payload": {"query": FOLLOW}}
            await socket.send(orjson.dumps(frame).decode())

        async def count() -> None:
            async for _ in socket:
                received[0] += 1

        counting = asyncio.create_task(count())
        await over.wait()
        counting.cancel()


@contextmanager
def subscribers(url: str, token: str, received: list[int]) -> Iterator[None]:
    over: asyncio.Event | None = None
    loop: asyncio.AbstractEventLoop | None = None
    ready = threading.Event()

    async def all_of_them() -> None:
        nonlocal over, loop
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        ready.set()
        await asyncio.gather(*(follow(url, token, over, received) for _ in range(SOCKETS)))

    thread = threading.Thread(target=lambda: asyncio.run(all_of_them()))
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        assert loop is not None
        assert over is not None
        loop.call_soon_threadsafe(over.set)
        thread.join()


class Measured(Product):
    """Knows what its server uses when nobody opens a page."""

    idle_rate = 0.0

    @property
    def process(self) -> int:
        assert self._process is not None
        return self._process.pid

    def rest(self) -> None:
        before = cpu_seconds(self.process)
        time.sleep(IDLE_SECONDS)
        self.idle_rate = (cpu_seconds(self.process) - before) / IDLE_SECONDS


def measured(page: Page, product: Measured, path: str, way: Callable[[Page, str], float]) -> tuple[float, float, float]:
    """(median milliseconds, the server's CPU milliseconds a load, GraphQL queries a load)."""
    process = product.process
    asked, spent = operations(product.url), cpu_seconds(process)
    begun = time.monotonic()
    taken = []
    for _ in range(LOADS):
        if way is change:
            page.goto("/settings?tab=account")
            page.wait_for_selector("#main h1", state="attached")
        taken.append(way(page, path))
    rate = product.idle_rate * (time.monotonic() - begun)
    cpu = (cpu_seconds(process) - spent - rate) / LOADS * 1_000
    return statistics.median(taken), cpu, (operations(product.url) - asked) / LOADS


async def _crowd(name: str, customers: int) -> None:
    database = Database.connect(services.application_url(name), pool_size=2)
    try:
        await crowd(database, await make_tenant(database, "crowd", "crowdcanary"), customers, real_now())
    finally:
        await database.close()


def run(customers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        product = Measured(Path(folder))
        try:
            product.prepare()
            begun = time.monotonic()
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, _crowd(product.database, customers)).result()
            print(f"{customers:,} customers written in {time.monotonic() - begun:.1f} s")
            product.start()
            measure(product)
        finally:
            product.remove()


def measure(product: Measured) -> None:
    admin, received = ApiUser(product.url, "admin", tenant="crowd"), [0]
    with subscribers(product.url, admin.token, received), messages(admin), sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM_PATH") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        context: Any = {"viewport": {"width": 1440, "height": 1000}, "base_url": product.url}
        page = browser.new_context(**context).new_page()
        log_in(page, "viewer", tenant="crowd")
        for path in PAGES:
            load(page, path)
        page.goto("about:blank")
        counted = received[0]
        product.rest()
        a_second, many = (received[0] - counted) / IDLE_SECONDS, SOCKETS * A_SOCKET
        print(f"{a_second:.0f} frames a second to {many} subscribers; at rest {product.idle_rate:.0%} of a CPU")
        print(f"{'page':<16}{'load':>10}{'change':>10}{'CPU a load':>12}{'queries':>9}")
        for path in PAGES:
            loaded, cpu, asked = measured(page, product, path, load)
            changed, _, _ = measured(page, product, path, change)
            print(f"{path:<16}{loaded:>7.0f} ms{changed:>7.0f} ms{cpu:>9.0f} ms{asked:>9.1f}")
        browser.close()
    admin.close()


if __name__ == "__main__":
    own = services.TestServices()
    own.start()
    try:
        run(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
    finally:
        own.stop()

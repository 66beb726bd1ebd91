"""Records what the pages ask for: `python -m tests.benchmarks.cache_record` writes cache_visits.json.

A visit is somebody who opens a page in Chromium, while a batch of events comes in every second, and does there what
people do: looks, changes the range, searches, opens a customer. Written down is each operation that the pages sent to
the API, and its second within the visit. What it was about becomes a symbol: <customer>, <search>, and <range> where it
is not the page's own. `cache_trace` makes a hundred people of these visits.
"""

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.conftest import FLAGS, log_in
from tests.e2e.product import ApiUser, Product
from tests.support import services

VISITS: Final = Path(__file__).with_name("cache_visits.json")
SECONDS: Final = 90.0
EVENTS_A_BATCH: Final = 20
SEARCH: Final = "acmecanary customer 01"
INGEST: Final = "mutation($e: [EventInput!]!) { eventsIngest(input: {events: $e}) { verdicts { status } } }"


class Recorded(Product):
    @property
    def lines(self) -> Path:
        return self.folder / "operations.jsonl"

    def sent(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines.read_text().splitlines()] if self.lines.exists() else []

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.benchmarks.cache_recorded", str(self.lines), "serve", "--with-worker"]


def click(selector: str) -> Callable[[Page], None]:
    return lambda page: page.locator(selector).first.click()


def search(page: Page) -> None:
    page.locator("#customers-search").press_sequentially(SEARCH, delay=60)


@dataclass(frozen=True)
class Visit:
    """`acts` are what is done, and at which second."""

    path: str
    acts: tuple[tuple[float, Callable[[Page], None]], ...] = ()


CUSTOMERS: Final = click(".rail a[href='/customers']")
REALTIME: Final = click(".rail a[href='/']")
OTHER_RANGE: Final = click(".choice[id*=realtime-range][aria-pressed=false]")
SCRIPTS: Final = {
    "realtime": Visit("/", ((40.0, OTHER_RANGE),)),
    "customers": Visit(
        "/customers",
        ((12.0, search), (25.0, click("#main .row-link")), (45.0, CUSTOMERS), (60.0, click("#main .row-link"))),
    ),
    "live": Visit("/live-metrics", ((60.0, REALTIME),)),
    "segments": Visit("/segments", ((60.0, CUSTOMERS),)),
    "predictive": Visit("/predictive", ((50.0, CUSTOMERS),)),
    "journeys": Visit("/journeys", ((60.0, REALTIME),)),
    "health": Visit("/system-health", ((45.0, REALTIME),)),
}


@contextmanager
def batches(user: ApiUser) -> Iterator[None]:
    """One a second, until the block ends."""
    over = threading.Event()

    def send() -> None:
        number = 0
        while not over.wait(1.0):
            number += 1
            now = datetime.now(UTC).isoformat()
            one = {"name": "page_viewed", "occurredAt": now, "source": "recording"}
            user.data(INGEST, {"e": [one | {"messageId": f"{number}-{part}"} for part in range(EVENTS_A_BATCH)]})

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class Visiting:
    """Somebody who has logged in before, and whose session no one else has."""

    def __init__(self, browser: Browser, product: Recorded, script: Visit) -> None:
        self._product = product
        self._acts = list(script.acts)
        self._context = browser.new_context(viewport={"width": 1440, "height": 1000}, base_url=product.url)
        self.page = self._context.new_page()
        known = {one["session"] for one in product.sent()}
        log_in(self.page, "viewer", path="/login")
        self.page.goto("about:blank")
        [self._session] = {one["session"] for one in product.sent()} - known
        self.begun = time.monotonic()
        self.page.goto(script.path, wait_until="commit")

    def act(self) -> None:
        """What is due."""
        while self._acts and time.monotonic() - self.begun >= self._acts[0][0]:
            self._acts.pop(0)[1](self.page)

    def end(self) -> list[dict[str, Any]]:
        """The operations of this visit."""
        self._context.close()
        sent = [one | {"at": round(one["at"] - self.begun, 2)} for one in self._product.sent()]
        mine = [one for one in sent if one["session"] == self._session and 0 <= one["at"] < SECONDS]
        own: dict[str, object] = {}
        for one in mine:
            own.setdefault(one["document"], one["variables"].get("range"))
        return [
            {
                "at": one["at"],
                "document": one["document"],
                "variables": symbols(one["variables"], own[one["document"]]),
            }
            for one in mine
        ]


def symbols(variables: dict[str, Any], own_range: object) -> dict[str, Any]:
    """With what differs from person to person left open."""
    found = dict(variables)
    if found.get("search"):
        found["search"] = "<search>"
    if found.get("range", own_range) != own_range:
        found["range"] = "<range>"
    if "id" in found:
        found["id"] = "<customer>"
    return found


def record(product: Recorded) -> dict[str, Any]:
    admin = ApiUser(product.url, "admin")
    with batches(admin), sync_playwright() as playwright:
        path = os.environ.get("CHROMIUM_PATH") or "/usr/bin/chromium"
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        Visiting(browser, product, SCRIPTS["realtime"]).end()  # what is slow once is not what people meet
        visits = {name: Visiting(browser, product, script) for name, script in SCRIPTS.items()}
        over = max(visit.begun for visit in visits.values()) + SECONDS
        while time.monotonic() < over:
            for visit in visits.values():
                visit.act()
            visit.page.wait_for_timeout(100)
        found = {name: visit.end() for name, visit in visits.items()}
        browser.close()
    admin.close()
    return found


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        product = Recorded(Path(folder))
        try:
            product.prepare()
            product.start()
            found = record(product)
        finally:
            product.remove()
    VISITS.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    own = services.TestServices()
    own.start()
    try:
        run()
    finally:
        own.stop()

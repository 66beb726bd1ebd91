"""The live connection as the browser has it, against a socket that the test answers: no server's pace is in the way."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from tests.e2e.conftest import log_in, visiting
from tests.e2e.product import Product

FRAMES: Final = 30
# So many of the browser's frames later: what it does by itself it has done, however slow the machine.
AFTER_FRAMES: Final = """
(count) => new Promise((done) => {
  const next = () => (count-- > 0 ? requestAnimationFrame(next) : done(globalThis.cipLive.redraws));
  next();
})
"""
# The browser's clock, set forward by hand.
SKEWED: Final = """
globalThis.skew = 0;
const own = performance.now.bind(performance);
performance.now = () => own() + globalThis.skew;
"""
HIDE: Final = "(hidden) => Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden})"


class Socket:
    """A server of graphql-transport-ws by hand."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.refuses = False
        self._route: WebSocketRoute | None = None
        self._id = ""

    def accept(self, route: WebSocketRoute) -> None:
        if self.refuses:
            route.close(code=1012)
            return
        self._route = route
        route.on_message(self._received)

    def _received(self, text: str | bytes) -> None:
        message = json.loads(text)
        if message["type"] == "connection_init":
            self._send({"type": "connection_ack"})
        elif message["type"] == "ping":
            self._send({"type": "pong"})
        elif message["type"] == "subscribe":
            self._id = message["id"]
            self.asked.append(message["payload"]["variables"])

    def tell(self, page: Page, total: int, cursor: str | None = None) -> None:
        """An update of the orders, later than what the server has written, which is drawn over it."""
        settings = page.evaluate("JSON.parse(document.querySelector('[data-settings]').dataset.settings)")
        series = settings["series"]["orders"]
        later = (datetime.fromisoformat(settings["asOf"]) + timedelta(hours=1)).isoformat()
        update = {
            "metric": "orders",
            "revision": total,
            "asOf": later,
            "rangeStart": series["rangeStart"],
            "rangeEnd": later,
            "total": total,
            "previousTotal": 1,
            "figure": {"n": None, "low": None, "high": None, "parts": []},
            "buckets": [{"start": series["rangeStart"], "value": total}],
            "cursor": cursor,
        }
        self._send({"type": "next", "id": self._id, "payload": {"data": {"metricUpdates": update}}})

    def drop(self) -> None:
        assert self._route is not None
        self._route.close(code=1012)

    def _send(self, message: dict[str, Any]) -> None:
        assert self._route is not None
        self._route.send(json.dumps(message))


@contextmanager
def opened(product: Product, browser: Browser) -> Iterator[tuple[Page, Socket]]:
    with visiting(browser, product, expect_complaints=True) as page:
        socket = Socket()
        page.add_init_script(SKEWED)
        page.route_web_socket("**/graphql", socket.accept)
        log_in(page, "viewer")
        expect(page.locator("#trend-orders .js-plotly-plot .trace").first).to_be_attached()
        until(page, lambda: bool(socket.asked))
        yield page, socket


def until(page: Page, holds: Callable[[], bool]) -> None:
    while not holds():
        page.wait_for_timeout(50)


def test_the_badge_says_how_live_the_page_is(product: Product, browser: Browser) -> None:
    with opened(product, browser) as (page, socket):
        word = page.locator("#live-word")
        expect(word).to_have_text("Live")
        page.evaluate("globalThis.skew = 31_000")
        expect(word).to_have_text("Live, quiet")
        socket.tell(page, 7)
        expect(word).to_have_text("Live")
        socket.refuses = True
        socket.drop()
        expect(word).to_have_text("Reconnecting")
        page.evaluate("globalThis.skew += 6_000")
        expect(word).to_have_text("Every 30 s")
        page.evaluate("globalThis.skew += 70_000")
        expect(word).to_have_text("Offline")
        expect(page.locator("#realtime")).to_have_class("page is-stale")


def test_after_a_drop_only_what_was_missed_is_asked_for(product: Product, browser: Browser) -> None:
    with opened(product, browser) as (page, socket):
        assert [asked["resumeFrom"] for asked in socket.asked] == [None]
        socket.tell(page, 7, "first")
        socket.tell(page, 8, "second")
        expect(page.locator("#kpi-orders-value")).to_have_text("8")
        socket.drop()
        until(page, lambda: len(socket.asked) > 1)
        assert [asked["resumeFrom"] for asked in socket.asked] == [None, "second"]
        socket.tell(page, 9, "third")
        expect(page.locator("#kpi-orders-value")).to_have_text("9")


def test_a_hidden_tab_draws_nothing_and_catches_up_when_it_is_seen(product: Product, browser: Browser) -> None:
    with opened(product, browser) as (page, socket):
        socket.tell(page, 7)
        expect(page.locator("#kpi-orders-value")).to_have_text("7")
        page.evaluate(HIDE, True)
        drawn = page.evaluate(AFTER_FRAMES, FRAMES)
        for total in (8, 9):
            socket.tell(page, total)
        expected = page.evaluate("globalThis.cipLive.messages")
        until(page, lambda: page.evaluate("globalThis.cipLive.series.get('orders').total") == 9)
        assert page.evaluate(AFTER_FRAMES, FRAMES) == drawn, expected
        assert page.inner_text("#kpi-orders-value") == "7"
        page.evaluate(HIDE, False)
        expect(page.locator("#kpi-orders-value")).to_have_text("9")


def test_however_many_messages_come_there_are_at_most_four_redraws_a_second(product: Product, browser: Browser) -> None:
    with opened(product, browser) as (page, socket):
        socket.tell(page, 1)
        expect(page.locator("#kpi-orders-value")).to_have_text("1")
        drawn, begun = page.evaluate("[globalThis.cipLive.redraws, performance.now()]")
        for total in range(2, 62):
            socket.tell(page, total)
            page.evaluate("new Promise(requestAnimationFrame)")
        expect(page.locator("#kpi-orders-value")).to_have_text("61")
        later, ended = page.evaluate("[globalThis.cipLive.redraws, performance.now()]")
    assert 1 <= later - drawn <= (ended - begun) / 250 + 1

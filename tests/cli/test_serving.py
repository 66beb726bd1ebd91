import gc
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.client import HTTPConnection
from threading import Thread

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from api.cli.faults import CommandError
from api.cli.serving import claim_port, run
from api.cli.stopping import stopped_by_signals


async def greet(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


class Life:
    """An application that notes when it was opened and closed."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.app = Starlette(routes=[Route("/", greet)], lifespan=self.lifespan)

    @asynccontextmanager
    async def lifespan(self, app: Starlette) -> AsyncIterator[None]:
        self.notes.append("opened")
        yield
        self.notes.append("closed")


def ask(port: int, answers: list[tuple[int, bytes, str | None]]) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/")
    response = connection.getresponse()
    answers.append((response.status, response.read(), response.getheader("server")))
    connection.close()
    os.kill(os.getpid(), signal.SIGTERM)


def test_it_answers_once_announced_and_sigterm_closes_it_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    life = Life()
    answers: list[tuple[int, bytes, str | None]] = []
    with stopped_by_signals(), claim_port("127.0.0.1", 0) as claimed:
        client = Thread(target=ask, args=(claimed.getsockname()[1], answers))
        run(life.app, claimed, client.start)
    client.join()
    assert answers == [(200, b"hello", None)]
    assert life.notes == ["opened", "closed"]
    assert capsys.readouterr().out == "\nStopped.\n"


def test_what_was_made_while_starting_is_looked_through_no_more() -> None:
    frozen: list[int] = []

    def stop() -> None:
        frozen.append(gc.get_freeze_count())
        os.kill(os.getpid(), signal.SIGTERM)

    with stopped_by_signals(), claim_port("127.0.0.1", 0) as claimed:
        run(Life().app, claimed, stop)
    assert frozen[0] > 0
    assert gc.get_freeze_count() == 0


def test_a_server_that_cannot_start_is_an_error() -> None:
    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        raise OSError("no such service")
        yield

    with claim_port("127.0.0.1", 0) as claimed, pytest.raises(CommandError, match="the server did not start"):
        run(Starlette(lifespan=lifespan), claimed, lambda: pytest.fail("it was announced"))


def test_nobody_connects_before_it_serves() -> None:
    with claim_port("127.0.0.1", 0) as claimed, socket.socket() as client:
        assert client.connect_ex(claimed.getsockname()) != 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_runs_what_cleans_up(number: signal.Signals, capsys: pytest.CaptureFixture[str]) -> None:
    # A run in the background may have inherited SIGINT as ignored; a person's terminal has not.
    inherited = signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    before = signal.getsignal(number)
    steps: list[str] = []
    with stopped_by_signals():
        try:
            os.kill(os.getpid(), number)
            time.sleep(10)
        finally:
            steps.append("cleaned up")
    after = signal.signal(number, inherited)
    assert steps == ["cleaned up"]
    assert after is before
    assert capsys.readouterr().out == "\nStopped.\n"

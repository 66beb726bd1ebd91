"""What a log line holds, and what it does not."""

import io
import logging
import sys
from uuid import UUID

import orjson
import pytest

from api import log_context
from api.cli.logs import ACCESS, JsonFormatter, TextFormatter, configure_logging
from api.log_context import LogContext

CANARY = "somebody@example.org"
TENANT = UUID(int=7)


def record(
    message: str, *args: object, name: str = "api.test", error: BaseException | None = None
) -> logging.LogRecord:
    info = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord(name, logging.WARNING, __file__, 1, message, args, info)


def raised() -> Exception:
    try:
        _look_up()
    except ValueError as error:
        return error
    raise AssertionError


def _look_up() -> None:
    try:
        dict[str, str]()[CANARY]
    except KeyError as error:
        raise ValueError(f"no such person: {CANARY}") from error


def json(given: logging.LogRecord) -> dict[str, object]:
    line: dict[str, object] = orjson.loads(JsonFormatter("web").format(given))
    return line


def test_a_line_is_one_json_object_with_the_ids_of_its_request() -> None:
    with log_context.bound(LogContext(request_id="r-1")):
        log_context.add_tenant(TENANT)
        line = json(record("found %s\nthings", 3))
    assert line.pop("time")
    assert line == {
        "level": "WARNING",
        "logger": "api.test",
        "message": "found 3\nthings",
        "role": "web",
        "request_id": "r-1",
        "tenant_id": str(TENANT),
    }
    assert set(json(record("outside"))) == {"time", "level", "logger", "message", "role"}


def test_an_exception_is_told_by_its_kind_and_place_and_never_by_its_text() -> None:
    given = record("it failed", error=raised())
    line = json(given)
    kinds = [part["type"] for part in line["exception"]]  # type: ignore[attr-defined]
    assert kinds == ["ValueError", "KeyError"]
    assert "tests/system/test_logs.py" in str(line["exception"])
    assert CANARY not in str(line)
    assert CANARY not in TextFormatter(show_texts=False).format(given)
    assert CANARY in TextFormatter(show_texts=True).format(given)


def test_an_access_line_holds_neither_the_query_string_nor_the_address() -> None:
    given = record('%s - "%s %s HTTP/%s" %d', "203.0.113.9:5", "GET", f"/setup?token={CANARY}", "1.1", 200, name=ACCESS)
    assert json(given)["message"] == "GET /setup 200"


def test_asyncio_tells_no_exceptions_text() -> None:
    given = record(f"Task exception was never retrieved\nfuture: <Task exception=KeyError('{CANARY}')>", name="asyncio")
    assert json(given)["message"] == "Task exception was never retrieved"


@pytest.mark.parametrize(
    ("environment", "terminal", "is_json"),
    [
        ({}, True, False),
        ({}, False, True),
        ({"LOG_FORMAT": "json"}, True, True),
        ({"LOG_FORMAT": "text"}, False, False),
    ],
)
def test_a_terminal_gets_text_and_anything_else_json(
    environment: dict[str, str], terminal: bool, is_json: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    kept, level = list(root.handlers), root.level
    stream = io.StringIO()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stderr", stream)
    try:
        configure_logging("web", environment)
        logging.getLogger("api.test").info("hello")
        logging.getLogger("library").info("unheard")
    finally:
        root.handlers[:] = kept
        root.setLevel(level)
        logging.getLogger(ACCESS).setLevel(logging.NOTSET)
        for package in ("api", "ui", "models"):
            logging.getLogger(package).setLevel(logging.NOTSET)
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().startswith("{") is is_json

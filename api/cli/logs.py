"""How log lines look: JSON for machines, or a line for the person at the terminal. Neither holds personal data."""

import logging
import os
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

import orjson

from api import log_context

ACCESS: Final = "uvicorn.access"
ACCESS_ARGUMENTS: Final = 5
FORMATS: Final = ("json", "text")


def configure_logging(role: str, env: Mapping[str, str] | None = None) -> None:
    """Our own from INFO, libraries from WARNING; a line for each request only in JSON. LOG_FORMAT chooses; without it,
    a terminal gets text and anything else JSON."""
    chosen = (os.environ if env is None else env).get("LOG_FORMAT", "")
    is_json = chosen == "json" or (chosen not in FORMATS and not sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter(role) if is_json else TextFormatter(show_texts=sys.stderr.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for package in ("api", "ui", "models"):
        logging.getLogger(package).setLevel(logging.INFO)
    logging.getLogger(ACCESS).setLevel(logging.INFO if is_json else logging.WARNING)


class JsonFormatter(logging.Formatter):
    """One object a line. Of an exception, its kind and where it was raised: its text could hold a customer's data."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        context = log_context.current()
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message(record),
            "role": self._role,
        }
        ids = {"request_id": context.request_id, "tenant_id": context.tenant_id, "message_id": context.message_id}
        line |= {name: value for name, value in ids.items() if value is not None}
        if record.exc_info and record.exc_info[1] is not None:
            line["exception"] = chain(record.exc_info[1])
        return orjson.dumps(line).decode()


class TextFormatter(logging.Formatter):
    """`show_texts`: whole tracebacks, for a developer's own terminal."""

    def __init__(self, *, show_texts: bool) -> None:
        super().__init__()
        self._show_texts = show_texts

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        line = f"{moment} {record.levelname} {record.name}: {message(record)}"
        if not record.exc_info or record.exc_info[1] is None:
            return line
        if self._show_texts:
            return "\n".join([line, *traceback.format_exception(*record.exc_info)]).rstrip()
        return "\n".join(
            [line, *(f"  {part['type']} at {', '.join(part['at'])}" for part in chain(record.exc_info[1]))]
        )


def message(record: logging.LogRecord) -> str:
    """Addresses of people and the query strings of their requests are left out."""
    if record.name == ACCESS and isinstance(record.args, tuple) and len(record.args) == ACCESS_ARGUMENTS:
        _, method, path, _, status = record.args
        return f"{method} {str(path).partition('?')[0]} {status}"
    text = record.getMessage()
    # asyncio's later lines show the exception that nobody took, with its text.
    return text.partition("\n")[0] if record.name == "asyncio" else text


def chain(error: BaseException) -> list[dict[str, Any]]:
    """The exception, what caused it, and so on: without any text of theirs."""
    found: list[dict[str, Any]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        found.append({"type": type(current).__name__, "at": _places(current.__traceback__)})
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return found


def _places(trace: TracebackType | None) -> list[str]:
    """The innermost last, each as file:line in function."""
    return [
        f"{_short(frame.filename)}:{frame.lineno} in {frame.name}"
        for frame in traceback.StackSummary.extract(traceback.walk_tb(trace), lookup_lines=False)
    ]


def _short(filename: str) -> str:
    for root in ("site-packages/", "/api/", "/ui/", "/models/"):
        before, found, after = filename.rpartition(root)
        if found and before:
            return after if root == "site-packages/" else f"{root.strip('/')}/{after}"
    return filename

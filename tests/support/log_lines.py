"""Every log record, as both renderers of the product write it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from api.cli.logs import JsonFormatter, TextFormatter

AT_INFO = ("api", "models", "uvicorn.access")


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.rendered: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        for formatter in (JsonFormatter("web"), TextFormatter(show_texts=False)):
            self.rendered.append(formatter.format(record))


@contextmanager
def kept_lines() -> Iterator[Lines]:
    """At the levels the product runs with."""
    handler, root = Lines(), logging.getLogger()
    root.addHandler(handler)
    levels = {name: logging.getLogger(name).level for name in AT_INFO}
    for name in levels:
        logging.getLogger(name).setLevel(logging.INFO)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)

"""The product, which writes down what its pages ask: `python -m tests.benchmarks.cache_recorded FILE serve ...`.

A line of JSON for each operation: when it was sent, whose session it was, and what was asked.
"""

import json
import sys
import time
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import httpx

from api.cli.main import main
from ui.client import ApiClient


def record_into(path: Path) -> None:
    send = ApiClient._post

    async def noted(self: ApiClient, name: str, variables: Mapping[str, Any], cookie: str) -> httpx.Response:
        session = blake2b(cookie.encode(), digest_size=6).hexdigest()
        line = {"at": time.monotonic(), "session": session, "document": name, "variables": dict(variables)}
        with path.open("a") as lines:
            lines.write(json.dumps(line) + "\n")
        return await send(self, name, variables, cookie)

    ApiClient._post = noted  # type: ignore[method-assign]


if __name__ == "__main__":
    record_into(Path(sys.argv[1]))
    sys.argv = ["cip", *sys.argv[2:]]
    main()

"""Runs the tests of isolation and writes what they covered: python -m tests.isolation.report PATH."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from api.auth.permissions import Role
from api.exports.contracts import NEEDS
from api.http.exports import FORMATS
from api.schema import sdl
from models.tenancy import GLOBAL_TABLES, TENANT_TABLES
from tests.isolation.crawl import Crawler, output_fields
from tests.isolation.root_fields import ROOT_FIELDS
from tests.isolation.sightings import schema

HERE: Final = Path(__file__).parent
# What this module imports itself is there before pytest could rewrite it.
OPTIONS: Final = ("-q", "-p", "no:randomly", "-W", "ignore::pytest.PytestAssertRewriteWarning")


class Outcomes:
    """A plugin of pytest: how each check ended, and how long it took."""

    def __init__(self) -> None:
        self.checks: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            name = report.nodeid.partition("::")[2]
            seconds = round(report.duration, 2)
            self.checks.append(
                {"file": Path(report.location[0]).name, "check": name, "outcome": report.outcome, "seconds": seconds}
            )


def contents(checks: list[dict[str, Any]], at: datetime) -> dict[str, Any]:
    """The whole report. `fields` are those that the crawl asked for, by type."""
    crawler = Crawler(schema)
    for root, field in ROOT_FIELDS:
        list(crawler.documents(root, field))
    roots = Counter(root for root, _ in ROOT_FIELDS)
    text = sdl()
    return {
        "writtenAt": at.isoformat(),
        "commit": _git("rev-parse", "HEAD"),
        "uncommittedChanges": bool(_git("status", "--porcelain")),
        "schemaSha256": sha256(text.encode()).hexdigest(),
        "roles": ["anonymous", *(role.value for role in Role)],
        "tables": {
            "tenant": sorted(TENANT_TABLES),
            "global": {name: listed.reason for name, listed in sorted(GLOBAL_TABLES.items())},
        },
        "rootFields": [
            {"root": root, "field": field, "allowed": sorted(listed.allowed)}
            for (root, field), listed in ROOT_FIELDS.items()
        ],
        "fields": sorted(f"{type_name}.{field}" for type_name, field in crawler.seen),
        "uncovered": sorted(f"{type_name}.{field}" for type_name, field in output_fields(schema) - crawler.seen),
        "exports": sorted(f"{name}.{extension}" for name in NEEDS for extension in FORMATS),
        "checks": sorted(checks, key=lambda check: (check["file"], check["check"])),
        "counts": {
            "tenantTables": len(TENANT_TABLES),
            "fields": len(crawler.seen),
            "queries": roots["Query"],
            "mutations": roots["Mutation"],
            "subscriptions": roots["Subscription"],
            "exports": len(NEEDS) * len(FORMATS),
            **dict(sorted(Counter(check["outcome"] for check in checks).items())),
        },
    }


def main(path: Path) -> int:
    outcomes = Outcomes()
    status = int(pytest.main([*OPTIONS, str(HERE)], plugins=[outcomes]))
    path.parent.mkdir(parents=True, exist_ok=True)
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    path.write_bytes(orjson.dumps(contents(outcomes.checks, datetime.now(UTC)), option=options))
    return status


def _git(*arguments: str) -> str | None:
    """None where this is no working copy."""
    done = subprocess.run(["git", *arguments], cwd=HERE, check=False, capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else None


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tests.isolation.report PATH")
    sys.exit(main(Path(sys.argv[1])))

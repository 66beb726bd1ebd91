"""What of the schema broke since the last commit, and whether it was said."""

import re
import subprocess
from datetime import date
from pathlib import Path
from typing import Final

from graphql import (
    BreakingChange,
    BreakingChangeType,
    GraphQLSchema,
    build_schema,
    find_breaking_changes,
)

ROOT: Final = Path(__file__).resolve().parents[2]
SCHEMA: Final = "schema.graphql"
REMOVAL: Final = re.compile(r"remove after (\d{4}-\d{2}-\d{2})")
REMOVED: Final = re.compile(r"(\w+)\.(\w+) was removed\.$")
REMOVALS: Final = frozenset({BreakingChangeType.FIELD_REMOVED, BreakingChangeType.VALUE_REMOVED_FROM_ENUM})


def unannounced(old: GraphQLSchema, new: GraphQLSchema, announced: str, today: date) -> list[str]:
    """Breaking changes that are neither named in `announced` nor removals whose day has come."""
    return [
        change.description
        for change in find_breaking_changes(old, new)
        if change.description not in announced and not _due(old, change, today)
    ]


def _due(old: GraphQLSchema, change: BreakingChange, today: date) -> bool:
    named = REMOVED.search(change.description)
    if change.type not in REMOVALS or named is None:
        return False
    members = getattr(old.type_map[named[1]], "fields", None) or getattr(old.type_map[named[1]], "values", {})
    said = REMOVAL.search(getattr(members.get(named[2]), "deprecation_reason", None) or "")
    return said is not None and date.fromisoformat(said[1]) < today


def released() -> GraphQLSchema:
    """As the last release had it, without its descriptions: docs/api/changes.md says when it is written anew."""
    return build_schema((Path(__file__).parent / "released.graphql").read_text())


def last_committed() -> GraphQLSchema | None:
    """Of the commit before what is here; None without a history."""
    here = (ROOT / SCHEMA).read_text()
    for commit in ("HEAD", "HEAD^"):
        shown = subprocess.run(["git", "show", f"{commit}:{SCHEMA}"], cwd=ROOT, capture_output=True, check=False)
        if shown.returncode != 0:
            return None
        text = shown.stdout.decode()
        if text != here or commit == "HEAD^":
            return build_schema(text)
    return None

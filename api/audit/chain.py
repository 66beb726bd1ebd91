"""The chain over a tenant's audit trail: each hash is of an entry, its number and the hash before it. Pure.

SHA-256 over bytes that anybody can make from what `auditEntries` shows: docs/audit.md says how. Whom an entry is about
stands in it as ciphertext, so the hash stays true when that person's key is deleted.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from api.audit.contracts import AuditRecord

BEGINNING: Final = bytes(32)
"""The hash before the first."""


class Fault(StrEnum):
    CHANGED = "changed"
    """The entry, or its place, is not what was sealed."""
    MISSING = "missing"
    """The entry is gone."""
    GAP = "gap"
    """A number of the chain is gone."""
    OUTSIDE = "outside"
    """The entry has no place in the chain: it was written past the product, or its seal was taken away."""
    CUT = "cut"
    """The chain is not the one that the anchor was taken from."""


@dataclass(frozen=True, slots=True)
class Head:
    """As far as a chain goes. Kept elsewhere it is an anchor: nothing up to it can be cut off unnoticed."""

    number: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.number}:{self.hash.hex()}"


START: Final = Head(0, BEGINNING)


@dataclass(frozen=True, slots=True)
class Link:
    """A seal as it is stored, with the entry it leads to."""

    number: int
    entry_id: UUID
    hash: bytes
    entry: AuditRecord | None


@dataclass(frozen=True, slots=True)
class Break:
    """The first thing that is wrong. `number` is None for an entry that has no place in the chain."""

    fault: Fault
    number: int | None
    entry_id: UUID | None


def sealed_text(tenant_id: UUID, number: int, entry: AuditRecord) -> bytes:
    """What is hashed after the hash before it."""
    at = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    parts = [str(tenant_id), number, str(entry.id), at, entry.actor, entry.action, entry.outcome, entry.details]
    return json.dumps(parts, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def next_head(before: Head, tenant_id: UUID, entry: AuditRecord) -> Head:
    number = before.number + 1
    return Head(number, sha256(before.hash + sealed_text(tenant_id, number, entry)).digest())


def walk(tenant_id: UUID, before: Head, links: Iterable[Link]) -> Head | Break:
    """From one link to the next, up to the first that is wrong."""
    for link in links:
        if link.number != before.number + 1:
            return Break(Fault.GAP, before.number + 1, None)
        if link.entry is None:
            return Break(Fault.MISSING, link.number, link.entry_id)
        expected = next_head(before, tenant_id, link.entry)
        if expected.hash != link.hash:
            return Break(Fault.CHANGED, link.number, link.entry_id)
        before = expected
    return before


def head_of(text: str) -> Head | None:
    """An anchor as it is written; None for anything else."""
    number, colon, digest = text.strip().partition(":")
    try:
        found = Head(int(number), bytes.fromhex(digest))
    except ValueError:
        return None
    return found if colon and found.number > 0 and len(found.hash) == len(BEGINNING) else None

"""What a tenant asks of its events beyond what everybody's must be: how old they may be, and their schemas."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from api.events.contracts import SchemaMode
from api.events.schemas import CompiledSchema


@dataclass(frozen=True, slots=True)
class SchemaRule:
    compiled: CompiledSchema
    mode: SchemaMode


@dataclass(frozen=True, slots=True)
class Policy:
    """`has_waiting` says whether dead letters wait that an accepted event could settle; `salt` is
    what the fingerprints of erased people are made with, when there are any."""

    maximum_age: timedelta | None = None
    rules: Mapping[str, SchemaRule] = field(default_factory=dict)
    has_waiting: bool = False
    salt: bytes | None = None


NO_POLICY: Final = Policy()

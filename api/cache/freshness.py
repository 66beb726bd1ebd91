"""How long an answer stays true, and what makes it untrue: declared at the fields, put together for an operation."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final


class Tag(StrEnum):
    """What is written together. A write names the tags it touched; a cached answer names those it was made of."""

    RECORDS = "records"
    """Customers, orders, events and conversations, and a demo tenant's clock: all that ingest writes."""
    METRICS = "metrics"
    TENANT = "tenant"
    ACCOUNTS = "accounts"
    """Accounts, sessions and roles: a change also ends the principals that are kept in memory."""
    JOURNEYS = "journeys"
    IMPORTS = "imports"
    DEAD_LETTERS = "dead_letters"
    JOBS = "jobs"
    VIEWS = "views"
    INTELLIGENCE = "intelligence"
    """What the worker works out of the records: segments, models, predictions, and the actions weighed by them."""


EVERYTHING: Final = frozenset(Tag)
STREAMED: Final = frozenset({Tag.RECORDS, Tag.METRICS, Tag.INTELLIGENCE})
"""What batches change, perhaps several a second; all else is changed by people now and then."""
NOTHING: Final[frozenset[Tag]] = frozenset()


@dataclass(frozen=True)
class Freshness:
    """What a field is made of, and for how long its answer may be shown if no invalidation ever came.

    `why` is the reason for that time. `per_user`: it depends on who asks, beyond tenant and permissions. `by_role`: the
    leaves of such a field that depend on the role alone; whoever asks for no other gets what is kept `per_role`.
    `local`: it tells of this process, so no other process may show it. `looks_at`: permissions that its resolver asks
    for by itself, depending on the arguments; those who have them and those who do not are never shown each other's.
    """

    tags: frozenset[Tag]
    seconds: float
    why: str
    per_user: bool = False
    local: bool = False
    looks_at: frozenset[str] = frozenset()
    per_role: bool = False
    by_role: frozenset[str] = frozenset()

    @cached_property
    def ordered(self) -> tuple[Tag, ...]:
        return tuple(sorted(self.tags))


UNANNOUNCED_SECONDS: Final = 5.0
"""How old an answer can get where no invalidation arrives: another process's cache while Redis is away. As long as
subscriptions take to look for themselves (`PATIENCE_WITH_REDIS`)."""

RECORDS: Final = Freshness(
    frozenset({Tag.RECORDS, Tag.TENANT}), UNANNOUNCED_SECONDS, "Ingest announces each batch; this bounds a lost one."
)
METRICS: Final = Freshness(
    frozenset({Tag.RECORDS, Tag.METRICS, Tag.TENANT}),
    UNANNOUNCED_SECONDS,
    "The window ends now and moves without any write; `asOf` says when it was read.",
)
INTELLIGENCE: Final = Freshness(
    frozenset({Tag.RECORDS, Tag.TENANT, Tag.INTELLIGENCE}),
    UNANNOUNCED_SECONDS,
    "The worker announces what it has worked out; time alone moves it slower than this.",
)
JOBS: Final = Freshness(
    frozenset({Tag.JOBS, Tag.INTELLIGENCE}), 1.0, "A running job writes its progress twice a second, unannounced."
)


def together(parts: Iterable[Freshness]) -> Freshness | None:
    """Of an answer with all these parts: as short-lived, as private and as easily made untrue as any of them."""
    found = list(parts)
    if not found:
        return None
    return Freshness(
        tags=frozenset().union(*(part.tags for part in found)),
        seconds=min(part.seconds for part in found),
        why="the shortest of its fields",
        per_user=any(part.per_user for part in found),
        local=any(part.local for part in found),
        looks_at=frozenset().union(*(part.looks_at for part in found)),
        per_role=any(part.per_role for part in found),
    )

"""How long what is told of journeys stays true."""

from typing import Final

from api.cache.freshness import UNANNOUNCED_SECONDS, Freshness, Tag

JOURNEYS: Final = Freshness(
    frozenset({Tag.RECORDS, Tag.METRICS, Tag.TENANT, Tag.JOURNEYS}),
    UNANNOUNCED_SECONDS,
    "Ranges end now and waits grow without any write; `asOf` says when it was read.",
)

"""What customers agree to, by purpose, as events say it. Pure.

`consent_given` and `consent_withdrawn` name a `purpose`, or several; an identify call has `traits.consent`, such as
`{"marketing": true}`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from api.events.contracts import IncomingEvent

GIVEN: Final = "consent_given"
WITHDRAWN: Final = "consent_withdrawn"
IDENTIFIED: Final = "customer_identified"


class Purpose(StrEnum):
    ANALYTICS = "analytics"
    MARKETING = "marketing"
    PROFILING = "profiling"


KNOWN: Final = frozenset(Purpose)
FAULT: Final = f"A purpose is one of {', '.join(Purpose)}."


def said(event: IncomingEvent) -> dict[Purpose, bool]:
    """By purpose, whether the customer agrees. Of an event without fault."""
    if event.name in (GIVEN, WITHDRAWN):
        return {Purpose(str(one)): event.name == GIVEN for one in _purposes(event)}
    return {Purpose(one): bool(agrees) for one, agrees in _of_traits(event).items()}


def fault_of(event: IncomingEvent) -> tuple[tuple[str, ...], str] | None:
    """(path, sentence)"""
    if event.name in (GIVEN, WITHDRAWN) and any(one not in KNOWN for one in _purposes(event)):
        return ("properties", "purpose"), FAULT
    for purpose, agrees in _of_traits(event).items():
        path = ("properties", "traits", "consent", str(purpose))
        if purpose not in KNOWN:
            return path, FAULT
        if not isinstance(agrees, bool):
            return path, "Consent is true or false."
    return None


def _purposes(event: IncomingEvent) -> list[object]:
    given = event.properties.get("purpose")
    return [] if given is None else list(given) if isinstance(given, list | tuple) else [given]


def _of_traits(event: IncomingEvent) -> Mapping[str, object]:
    traits = event.properties.get("traits") if event.name == IDENTIFIED else None
    consent = traits.get("consent") if isinstance(traits, Mapping) else None
    return consent if isinstance(consent, Mapping) else {}

"""By what a person is known in texts that no column of ids leads to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from api.graphql.ids import global_id
from api.privacy.contracts import Person

DIGITS: Final = 18
"""Longer ones are no numbers of 64 bits."""
NAMED_BY: Final = ("externalId", "customerId", "userId", "user_id", "customer_id", "distinct_id", "anonymousId")
"""Where other programs write a customer's id, perhaps as a number."""


@dataclass(frozen=True, slots=True)
class Words:
    """`whole` are whole values; `email` counts wherever it stands, in any case; `number` only where an id is expected.
    `staged` are the records of imports, on their way, that name the person."""

    whole: tuple[str, ...]
    email: str | None
    number: int | None
    staged: tuple[tuple[UUID, str], ...] = ()


def words_of(person: Person) -> Words:
    keys = [str(person.id), person.id.hex, str(global_id("Customer", person.id))]
    talks = [text for talk in person.talks for text in (talk.external_id, str(global_id("Conversation", talk.id)))]
    orders = [str(global_id("Order", key)) for key in person.orders]
    whole = [*keys, person.external_id, *talks, *orders, *person.recent]
    is_number = person.external_id.isascii() and person.external_id.isdigit() and len(person.external_id) <= DIGITS
    number = int(person.external_id) if is_number else None
    email = person.email.strip().lower() if person.email and "@" in person.email else None
    return Words(tuple(dict.fromkeys(whole)), email, number)


def in_file(person: Person) -> Sequence[bytes]:
    """What gives a person away in the bytes of a file that has not been read, in whichever way it is encoded."""
    given = [text for text in (person.external_id, person.email, person.name) if text]
    return [*{text.encode(name, errors="replace") for text in given for name in ("utf-8", "cp1252", "utf-16-le")}]


def subjects_of(person: Person) -> list[UUID]:
    """Everything of theirs that an import can have made."""
    return [person.id, *person.events, *(talk.id for talk in person.talks)]

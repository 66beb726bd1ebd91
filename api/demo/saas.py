"""A made-up software company, twelve months of it: the same seed gives the same events, on any machine.

`saas_parameters` states every rate it is made with; `Truth` tells what is not in the events (how active an account was
meant to be, what a conversation was about), so that a model's answer can be compared with the truth.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time

from api.demo import saas_parameters as truth
from api.demo.saas_accounts import Account, Life, accounts, life, local
from api.demo.saas_conversations import Conversation, conversations, dialogue
from api.demo.saas_parameters import CURRENCY, SEED, SOURCE, ZONE
from api.demo.saas_subscriptions import Happening, subscription
from api.demo.saas_usage import usage
from api.events.contracts import IncomingEvent

__all__ = ["CURRENCY", "SEED", "SOURCE", "ZONE", "Truth", "known_truth", "read"]

# Replies and refunds may run over the last day; they belong to no month that was asked for.
_END = local(truth.END_DAY, time()).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Truth:
    account: Account
    life: Life
    conversations: tuple[Conversation, ...]


def known_truth(seed: int = SEED) -> tuple[Truth, ...]:
    """One per customer, ordered by external id."""
    return tuple(_truth(seed, account) for account in accounts(seed))


def read(
    *, since: datetime | None = None, until: datetime | None = None, seed: int = SEED
) -> tuple[IncomingEvent, ...]:
    """The events with `since <= time < until`, time-ordered. A narrower window holds the same events, ids included."""
    found = [
        (at, event)
        for each in known_truth(seed)
        for at, event in _events(seed, each)
        if (since is None or at >= since) and at < (until or _END)
    ]
    found.sort(key=lambda pair: pair[0])
    return tuple(event for _, event in found)


def _truth(seed: int, account: Account) -> Truth:
    course = life(seed, account)
    return Truth(account, course, conversations(seed, account, course))


def _events(seed: int, known: Truth) -> Iterator[tuple[datetime, IncomingEvent]]:
    customer = known.account.customer
    for number, (at, happening) in enumerate(_in_order(seed, known), start=1):
        yield (
            at,
            IncomingEvent(
                message_id=f"{customer.external_id}-{number:05d}",
                name=happening.name,
                source=SOURCE,
                occurred_at=at,
                customer=customer,
                properties=happening.properties,
            ),
        )


def _in_order(seed: int, known: Truth) -> list[tuple[datetime, Happening]]:
    happenings = [
        *subscription(seed, known.account, known.life),
        *usage(seed, known.account, known.life),
        *(each for conversation in known.conversations for each in dialogue(seed, conversation)),
    ]
    timed = [(each.at.astimezone(UTC), each) for each in happenings]
    return sorted((pair for pair in timed if pair[0] < _END), key=lambda pair: pair[0])

"""Synthetic conversations: opened at random or before leaving and upgrading, answered, closed, sometimes rated."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.demo import saas_parameters as truth
from api.demo.draws import Draws
from api.demo.saas_accounts import Account, Life, at_random_time
from api.demo.saas_parameters import Intent
from api.demo.saas_phrases import PHRASES
from api.demo.saas_subscriptions import Happening
from api.demo.saas_usage import active_days


@dataclass(frozen=True, slots=True)
class Conversation:
    conversation_id: str
    intent: Intent
    opened_at: datetime


def conversations(seed: int, account: Account, life: Life) -> tuple[Conversation, ...]:
    draws = Draws(seed, account.customer.external_id, "conversations")
    opened = sorted([*_background(draws, account, life), *_around_changes(draws, life)], key=lambda each: each[0])
    return tuple(
        Conversation(f"{account.customer.external_id}-c{number:02d}", intent, at)
        for number, (at, intent) in enumerate(opened, start=1)
    )


def dialogue(seed: int, conversation: Conversation) -> Iterator[Happening]:
    draws = Draws(seed, conversation.conversation_id)
    phrases = PHRASES[conversation.intent]
    named = {"conversationId": conversation.conversation_id}
    channel = draws.weighted(truth.CHANNEL_WEIGHTS)
    now = conversation.opened_at
    yield Happening(now, "conversation_opened", {**named, "channel": channel, "subject": phrases.subject})
    for number in range(1, draws.whole(*truth.MESSAGES) + 1):
        author = "customer" if number % 2 else "agent"
        if number > 1:
            now += _wait(draws, (truth.CUSTOMER_REPLY_MINUTES if number % 2 else truth.AGENT_REPLY_MINUTES)[channel])
        body = phrases.line(draws, number)
        message_id = f"{conversation.conversation_id}-m{number}"
        yield Happening(now, "message_sent", {**named, "messageId": message_id, "author": author, "body": body})
    now += _wait(draws, truth.CLOSE_MINUTES)
    rating = draws.weighted(truth.RATING_WEIGHTS[conversation.intent]) if draws.chance(truth.RATED_SHARE) else None
    yield Happening(now, "conversation_closed", named if rating is None else {**named, "rating": rating})


def _background(draws: Draws, account: Account, life: Life) -> Iterator[tuple[datetime, Intent]]:
    bought = life.renewals[0].at if account.trial_day is not None and life.renewals else None
    for day in active_days(life):
        for _ in range(draws.poisson(truth.CONVERSATIONS_PER_DAY * truth.WEEKDAY_FACTOR[day.weekday()])):
            at = at_random_time(draws, day)
            trial = account.trial_day is not None and (bought is None or at < bought)
            intent = draws.weighted(truth.TRIAL_INTENTS if trial else truth.CUSTOMER_INTENTS)
            if life.active_from <= at < life.active_until:
                yield at, intent


def _around_changes(draws: Draws, life: Life) -> Iterator[tuple[datetime, Intent]]:
    if life.left_at is not None and draws.chance(truth.CANCELLATION_CONVERSATION):
        yield _before(draws, life.left_at, life), Intent.CANCELLATION
    for renewal in life.renewals:
        if renewal.upgraded_from is not None and draws.chance(truth.UPGRADE_CONVERSATION):
            yield _before(draws, renewal.at, life), Intent.UPGRADE


def _before(draws: Draws, moment: datetime, life: Life) -> datetime:
    day = max(life.active_from.date(), moment.date() - timedelta(days=draws.whole(*truth.DAYS_WRITTEN_BEFORE)))
    return min(moment, at_random_time(draws, day))


def _wait(draws: Draws, mean_minutes: float) -> timedelta:
    return timedelta(seconds=1 + int(60 * draws.exponential(mean_minutes)))

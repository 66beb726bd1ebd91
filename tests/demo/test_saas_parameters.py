"""The generator does what its parameters say: each is found again in what it makes, within four standard errors."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, time
from itertools import pairwise
from typing import Any

import pytest

from api.demo import saas
from api.demo import saas_parameters as truth
from api.demo.draws import Draws
from api.demo.saas import Truth
from api.demo.saas_accounts import Life, churn_probability, local
from api.demo.saas_conversations import Conversation, dialogue
from api.demo.saas_parameters import Activity, Intent
from api.demo.saas_subscriptions import Happening, subscription
from api.demo.saas_usage import active_days, usage

SEEDS = range(8)
YEARS = 3
WORKDAYS = 5
BOUND = 4.0

Year = list[tuple[Truth, list[Happening]]]
Talks = list[tuple[Conversation, list[Happening]]]


@pytest.fixture(scope="module")
def known() -> list[tuple[int, Truth]]:
    return [(seed, each) for seed in SEEDS for each in saas.known_truth(seed)]


@pytest.fixture(scope="module")
def year(known: list[tuple[int, Truth]]) -> Year:
    return [(each, list(usage(seed, each.account, each.life))) for seed, each in known if seed < YEARS]


@pytest.fixture(scope="module")
def talks(known: list[tuple[int, Truth]]) -> Talks:
    return [(each, list(dialogue(seed, each))) for seed, account in known for each in account.conversations]


def assert_share(outcomes: Iterable[tuple[bool, float]]) -> None:
    """Each outcome is drawn with its own probability; their sum is compared with the expected sum."""
    pairs = list(outcomes)
    assert len(pairs) > 30
    expected = math.fsum(probability for _, probability in pairs)
    deviation = math.sqrt(math.fsum(probability * (1 - probability) for _, probability in pairs))
    assert abs(sum(happened for happened, _ in pairs) - expected) < BOUND * deviation


@pytest.mark.parametrize("activity", Activity)
def test_trials_convert_at_their_rate(known: list[tuple[int, Truth]], activity: Activity) -> None:
    assert_share(
        (bool(each.life.renewals), truth.TRIAL_CONVERSION[activity])
        for _, each in known
        if each.account.trial_day is not None and each.account.activity is activity
    )


@pytest.mark.parametrize("activity", Activity)
@pytest.mark.parametrize("annual", [False, True])
def test_accounts_leave_at_their_rate(known: list[tuple[int, Truth]], activity: Activity, annual: bool) -> None:
    of_kind = [each for _, each in known if each.account.activity is activity and each.account.annual is annual]
    assert_share(outcome for each in of_kind for outcome in renewal_outcomes(each))


def renewal_outcomes(each: Truth) -> Iterable[tuple[bool, float]]:
    """At every payment that was due after the first: did the account leave, and how likely was it?"""
    for renewal in each.life.renewals:
        if not renewal.first:
            yield False, churn_probability(each.account, renewal.upgraded_from or renewal.plan)
    if each.life.left_at is not None:
        plan = each.life.renewals[-1].plan if each.life.renewals else each.account.plan
        yield True, churn_probability(each.account, plan)


def test_accounts_upgrade_at_their_rate(known: list[tuple[int, Truth]]) -> None:
    largest = truth.PLANS[-1]
    assert_share(
        (renewal.upgraded_from is not None, truth.UPGRADE_PER_RENEWAL)
        for _, each in known
        for renewal in each.life.renewals
        if not renewal.first and (renewal.upgraded_from or renewal.plan) is not largest
    )


def test_seats_grow_at_their_rate(known: list[tuple[int, Truth]]) -> None:
    assert_share(
        (later.seats > earlier.seats, truth.SEATS_GROW_PER_RENEWAL)
        for _, each in known
        for earlier, later in pairwise(each.life.renewals)
        if later.upgraded_from is None
    )


def test_orders_are_refunded_at_their_rate(known: list[tuple[int, Truth]]) -> None:
    names = Counter(event.name for seed, each in known for event in subscription(seed, each.account, each.life))
    kept = names["order_completed"] - names["order_cancelled"]
    outcomes = [True] * names["order_cancelled"] + [False] * kept
    assert_share((refunded, truth.REFUND_PER_ORDER) for refunded in outcomes)


@pytest.mark.parametrize("activity", Activity)
@pytest.mark.parametrize("weekend", [False, True])
def test_accounts_log_in_at_their_rate(year: Year, activity: Activity, weekend: bool) -> None:
    of_kind = [(each, happenings) for each, happenings in year if each.account.activity is activity]
    assert_logins(of_kind, lambda each, day: not winds_down(each, day) and (day.weekday() >= WORKDAYS) is weekend)


def test_accounts_that_leave_log_in_less_before(year: Year) -> None:
    assert_logins(year, winds_down, factor=truth.WINDING_DOWN_FACTOR)


def winds_down(each: Truth, day: date) -> bool:
    return each.life.left_at is not None and (each.life.active_until.date() - day).days < truth.WINDING_DOWN_DAYS


def assert_logins(year: Year, counts: Callable[[Truth, date], bool], factor: float = 1.0) -> None:
    expected, found = 0.0, 0
    for each, happenings in year:
        rate = factor * truth.SESSIONS_PER_DAY[each.account.activity]
        days = (day for day in active_days(each.life) if counts(each, day))
        expected += math.fsum(rate * truth.WEEKDAY_FACTOR[day.weekday()] for day in days)
        found += sum(event.name == "login" and counts(each, event.at.date()) for event in happenings)
    # Sessions drawn before the first or after the last hour of an account are dropped, about one day in each life.
    assert expected > 100
    assert abs(found - expected) < BOUND * math.sqrt(expected) + 0.01 * expected


def test_a_session_stops_when_the_account_ends(known: list[tuple[int, Truth]]) -> None:
    start, noon = local(truth.FIRST_DAY, time(8)), local(truth.FIRST_DAY, time(12))
    morning = Life(start, noon, (), None)
    times = [event.at for seed, each in known for event in usage(seed, each.account, morning)]
    assert len(times) > 100
    assert start <= min(times)
    assert max(times) < noon


def test_sessions_start_by_the_hour_profile(year: Year) -> None:
    hours = Counter(event.at.hour for _, happenings in year for event in happenings if event.name == "login")
    assert_frequencies(hours, truth.HOUR_WEIGHTS)


def test_product_events_are_mixed_as_weighted(year: Year) -> None:
    names = Counter(event.name for _, happenings in year for event in happenings)
    logins = names.pop("login")
    assert_frequencies(names, truth.EVENT_WEIGHTS)
    assert names.total() / logins == pytest.approx(truth.EVENTS_AFTER_LOGIN, rel=0.05)


def test_features_are_used_as_weighted(year: Year) -> None:
    used = Counter(event.properties.get("feature") for _, happenings in year for event in happenings)
    del used[None]
    assert_frequencies(used, truth.FEATURE_WEIGHTS)


def assert_frequencies(found: Mapping[Any, int], weights: Mapping[Any, float]) -> None:
    assert found.keys() <= weights.keys()
    total, weight_total = sum(found.values()), math.fsum(weights.values())
    for value, weight in weights.items():
        share = weight / weight_total
        deviation = math.sqrt(total * share * (1 - share))
        assert abs(found.get(value, 0) - total * share) < BOUND * deviation + 1, value


@pytest.mark.parametrize("intent", Intent)
def test_ratings_follow_the_intent(talks: Talks, intent: Intent) -> None:
    ratings = [talk[-1].properties.get("rating") for conversation, talk in talks if conversation.intent is intent]
    given_ratings = [rating for rating in ratings if rating is not None]
    assert_share((rating is not None, truth.RATED_SHARE) for rating in ratings)
    assert_frequencies(Counter(given_ratings), truth.RATING_WEIGHTS[intent])


@pytest.mark.parametrize("channel", truth.CHANNEL_WEIGHTS)
def test_the_first_reply_comes_after_its_mean_time(talks: Talks, channel: str) -> None:
    minutes = [
        (talk[2].at - talk[1].at).total_seconds() / 60 for _, talk in talks if talk[0].properties["channel"] == channel
    ]
    mean = truth.AGENT_REPLY_MINUTES[channel]
    assert abs(math.fsum(minutes) / len(minutes) - mean) < BOUND * mean / math.sqrt(len(minutes))


def test_channels_are_chosen_as_weighted(talks: Talks) -> None:
    assert_frequencies(Counter(str(talk[0].properties["channel"]) for _, talk in talks), truth.CHANNEL_WEIGHTS)


@pytest.mark.parametrize("trial", [True, False])
def test_intents_are_mixed_as_weighted(known: list[tuple[int, Truth]], trial: bool) -> None:
    weights = truth.TRIAL_INTENTS if trial else truth.CUSTOMER_INTENTS
    found = Counter(
        conversation.intent
        for _, each in known
        for conversation in each.conversations
        if in_trial(each, conversation) is trial and conversation.intent not in {Intent.CANCELLATION, Intent.UPGRADE}
    )
    assert_frequencies(found, weights)


def in_trial(each: Truth, conversation: Conversation) -> bool:
    bought = each.life.renewals[0].at if each.life.renewals else each.life.active_until
    return each.account.trial_day is not None and conversation.opened_at < bought


def test_leaving_accounts_write_first_at_their_share(known: list[tuple[int, Truth]]) -> None:
    assert_share(
        (any(talk.intent is Intent.CANCELLATION for talk in each.conversations), truth.CANCELLATION_CONVERSATION)
        for _, each in known
        if each.life.left_at is not None
    )


def test_draws_of_one_path_do_not_depend_on_another() -> None:
    first, second = Draws(1, "a"), Draws(1, "b")
    alone = [first.whole(1, 1_000) for _ in range(5)]
    again = Draws(1, "a")
    assert [(again.whole(1, 1_000), second.whole(1, 1_000))[0] for _ in range(5)] == alone
    assert [Draws(1, "a").whole(1, 1_000), Draws(2, "a").whole(1, 1_000)] != [alone[0], alone[0]]

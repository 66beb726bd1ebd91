"""Who the synthetic customers are, and how each one's subscription goes on and ends."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from api.demo import saas_parameters as truth
from api.demo.draws import Draws
from api.demo.saas_parameters import Activity, Plan
from api.events.contracts import CustomerRef

_COLOURS = (
    "Amber",
    "Cobalt",
    "Coral",
    "Crimson",
    "Ivory",
    "Jade",
    "Maroon",
    "Ochre",
    "Olive",
    "Russet",
    "Saffron",
    "Teal",
)
_ANIMALS = ("Badger", "Crane", "Falcon", "Heron", "Ibex", "Lynx", "Marten", "Otter", "Plover", "Raven", "Stork", "Wren")
_TRADES = ("Bakeries", "Ceramics", "Consulting", "Freight", "Gardens", "Instruments", "Joinery", "Optics", "Studios")
_COUNTRIES = {
    "Germany": 0.45,
    "Austria": 0.12,
    "Switzerland": 0.1,
    "Netherlands": 0.1,
    "France": 0.09,
    "Poland": 0.08,
    "Denmark": 0.06,
}


@dataclass(frozen=True, slots=True)
class Account:
    """`trial_day` is empty for those who had subscribed before the first day."""

    customer: CustomerRef
    activity: Activity
    plan: Plan
    seats: int
    annual: bool
    trial_day: date | None


@dataclass(frozen=True, slots=True)
class Renewal:
    """A payment: `plan` and `seats` are those paid for; `upgraded_from` names the plan left with it."""

    at: datetime
    plan: Plan
    seats: int
    first: bool = False
    upgraded_from: Plan | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """From `active_from` to `active_until` the account uses the product; `left_at` is the notice of a subscriber."""

    active_from: datetime
    active_until: datetime
    renewals: tuple[Renewal, ...]
    left_at: datetime | None


def accounts(seed: int) -> Iterator[Account]:
    names = Draws(seed, "names").shuffled(list(itertools.product(_COLOURS, _ANIMALS, _TRADES)))
    for number in range(truth.SUBSCRIBERS_AT_START + truth.TRIALS):
        yield _account(seed, f"account-{number + 1:04d}", names[number], number >= truth.SUBSCRIBERS_AT_START)


def life(seed: int, account: Account) -> Life:
    draws = Draws(seed, account.customer.external_id, "life")
    if account.trial_day is None:
        opening = local(truth.FIRST_DAY, time())
        return _subscribed(draws, account, opening, _first_renewal(draws, account), first=False)
    opening = at_random_time(draws, account.trial_day)
    if not draws.chance(truth.TRIAL_CONVERSION[account.activity]):
        return Life(opening, opening + timedelta(days=truth.TRIAL_DAYS), (), None)
    bought = at_random_time(draws, account.trial_day + timedelta(days=draws.whole(*truth.DAYS_TO_BUY)))
    return _subscribed(draws, account, opening, bought, first=True)


def local(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, truth.ZONE)


def at_random_time(draws: Draws, day: date) -> datetime:
    hour = draws.weighted(truth.HOUR_WEIGHTS)
    return local(day, time(hour, draws.whole(0, 59), draws.whole(0, 59)))


def _account(seed: int, external_id: str, name: tuple[str, str, str], trial: bool) -> Account:
    draws = Draws(seed, external_id, "account")
    plan = truth.PLANS[draws.weighted(truth.PLAN_WEIGHTS)]
    host = "-".join(name).lower()
    return Account(
        customer=CustomerRef(external_id, " ".join(name), f"office@{host}.example", draws.weighted(_COUNTRIES)),
        activity=draws.weighted(truth.ACTIVITY_WEIGHTS),
        plan=plan,
        seats=draws.whole(*plan.seats),
        annual=draws.chance(truth.ANNUAL_SHARE),
        trial_day=truth.FIRST_DAY + timedelta(days=draws.whole(0, truth.LAST_TRIAL_DAY)) if trial else None,
    )


def _first_renewal(draws: Draws, account: Account) -> datetime:
    months = draws.whole(0, 11) if account.annual else 0
    return at_random_time(draws, _months_later(truth.FIRST_DAY.replace(day=draws.whole(*truth.RENEWAL_DAYS)), months))


def _subscribed(draws: Draws, account: Account, opening: datetime, due: datetime, *, first: bool) -> Life:
    end = local(truth.END_DAY, time())
    renewals: list[Renewal] = []
    now = Renewal(due, account.plan, account.seats, first=first)
    while now.at < end:
        if not now.first and draws.chance(churn_probability(account, now.plan)):
            return Life(opening, now.at, tuple(renewals), _notice(draws, opening, now.at))
        now = now if now.first else _changed(draws, now)
        renewals.append(now)
        following = _months_later(now.at.date(), 12 if account.annual else 1)
        now = Renewal(local(following, now.at.time()), now.plan, now.seats)
    return Life(opening, end, tuple(renewals), None)


def churn_probability(account: Account, plan: Plan) -> float:
    """At one renewal."""
    base = truth.ANNUAL_CHURN if account.annual else plan.monthly_churn
    return base * truth.CHURN_FACTOR[account.activity]


def _notice(draws: Draws, opening: datetime, end: datetime) -> datetime:
    earliest, latest = truth.NOTICE_DAYS
    return end - timedelta(days=draws.whole(earliest, min(latest, (end.date() - opening.date()).days)))


def _changed(draws: Draws, due: Renewal) -> Renewal:
    better = truth.PLANS.index(due.plan) + 1
    if better < len(truth.PLANS) and draws.chance(truth.UPGRADE_PER_RENEWAL):
        return replace(due, plan=truth.PLANS[better], upgraded_from=due.plan)
    if draws.chance(truth.SEATS_GROW_PER_RENEWAL):
        return replace(due, seats=due.seats + draws.whole(*truth.SEATS_GROWTH))
    return due


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return day.replace(year=day.year + years, month=month + 1, day=min(day.day, truth.RENEWAL_DAYS[1]))

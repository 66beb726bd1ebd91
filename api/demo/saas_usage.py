"""When a synthetic account works with the product: sessions that begin with a login."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from api.demo import saas_parameters as truth
from api.demo.draws import Draws
from api.demo.saas_accounts import Account, Life, at_random_time
from api.demo.saas_subscriptions import Happening

_FORMATS = ("pdf", "csv", "xlsx")
_CONTINUE = truth.EVENTS_AFTER_LOGIN / (1 + truth.EVENTS_AFTER_LOGIN)


def usage(seed: int, account: Account, life: Life) -> Iterator[Happening]:
    draws = Draws(seed, account.customer.external_id, "usage")
    for day in active_days(life):
        for _ in range(draws.poisson(sessions_expected(account, life, day))):
            start = at_random_time(draws, day)
            if life.active_from <= start < life.active_until:
                yield from _session(draws, start, life.active_until)


def active_days(life: Life) -> Iterator[date]:
    first, last = life.active_from.date(), life.active_until.date()
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def sessions_expected(account: Account, life: Life, day: date) -> float:
    rate = truth.SESSIONS_PER_DAY[account.activity] * truth.WEEKDAY_FACTOR[day.weekday()]
    leaving = life.left_at is not None and (life.active_until.date() - day).days < truth.WINDING_DOWN_DAYS
    return rate * truth.WINDING_DOWN_FACTOR if leaving else rate


def _session(draws: Draws, start: datetime, until: datetime) -> Iterator[Happening]:
    yield Happening(start, "login")
    now = start
    while draws.chance(_CONTINUE):
        gap = min(draws.exponential(truth.EVENT_GAP_MINUTES), truth.LONGEST_GAP_MINUTES)
        now += timedelta(seconds=1 + int(gap * 60))
        name = draws.weighted(truth.EVENT_WEIGHTS)
        properties = _properties(draws, name)
        if now < until:
            yield Happening(now, name, properties)


def _properties(draws: Draws, name: str) -> Mapping[str, object]:
    if name == "feature_used":
        return {"feature": draws.weighted(truth.FEATURE_WEIGHTS)}
    if name == "report_exported":
        return {"format": draws.pick(_FORMATS)}
    return {}

"""Trials, payments, upgrades, refunds and notices of one synthetic account."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from api.demo import saas_parameters as truth
from api.demo.draws import Draws
from api.demo.saas_accounts import Account, Life, Renewal


@dataclass(frozen=True, slots=True)
class Happening:
    """An event before it has an id; `at` is tenant-local."""

    at: datetime
    name: str
    properties: Mapping[str, object] = field(default_factory=dict)


def subscription(seed: int, account: Account, life: Life) -> Iterator[Happening]:
    draws = Draws(seed, account.customer.external_id, "orders")
    if account.trial_day is not None:
        yield Happening(life.active_from, "trial_started", {"plan": account.plan.sku})
    for number, renewal in enumerate(life.renewals, start=1):
        order_id = f"{account.customer.external_id}-{number:03d}"
        yield from _changes(renewal)
        yield Happening(renewal.at, "order_completed", _order(account, renewal, order_id, sign=1))
        if draws.chance(truth.REFUND_PER_ORDER):
            refunded = renewal.at + timedelta(days=draws.whole(*truth.REFUND_DAYS))
            yield Happening(refunded, "order_cancelled", _order(account, renewal, f"{order_id}-refund", sign=-1))
    if life.left_at is not None:
        yield Happening(life.left_at, "subscription_cancelled", {"endsAt": life.active_until.isoformat()})


def _changes(renewal: Renewal) -> Iterator[Happening]:
    if renewal.first:
        yield Happening(renewal.at, "subscription_started", {"plan": renewal.plan.sku, "seats": renewal.seats})
    if renewal.upgraded_from is not None:
        yield Happening(renewal.at, "plan_upgraded", {"from": renewal.upgraded_from.sku, "to": renewal.plan.sku})


def _order(account: Account, renewal: Renewal, order_id: str, *, sign: int) -> dict[str, object]:
    months, period = (truth.MONTHS_PAID_PER_YEAR, "year") if account.annual else (1, "month")
    line = {
        "sku": f"{renewal.plan.sku}-{period}",
        "description": f"{renewal.plan.name}, one {period}, per seat",
        "quantity": sign * renewal.seats,
        "unitAmount": renewal.plan.month * months,
    }
    return {"orderId": order_id, "currency": truth.CURRENCY, "lines": [line]}

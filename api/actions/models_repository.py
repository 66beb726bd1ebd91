"""The chance of an outcome from what the models in use say of each customer, and from elsewhere where none speaks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Select, Text, and_, case, cast, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from api.actions.contracts import Action, Likelihoods, Outcome
from models import Customer, ModelVersion, Prediction
from models.base import table

customer = table(Customer)
prediction = table(Prediction)
version = table(ModelVersion)

HORIZON_DAYS: Final = 30
CHURN, CONVERSION = "CHURN", "CONVERSION"
PURCHASES, CONTRACTS = "purchases", "contracts"
SPEAKS: Final[Mapping[Outcome, tuple[str, tuple[str, ...]]]] = {
    Outcome.ORDER: (CHURN, (PURCHASES,)),
    Outcome.STAY: (CHURN, (PURCHASES, CONTRACTS)),
    Outcome.ADVANCE: (CONVERSION, ("stages",)),
}
"""Which models speak of an outcome: giving notice is not the same as ordering nothing."""
COLUMNS: Final = ("probability", "n", "source", "as_of", "version_id")


class Models:
    def __init__(self, otherwise: Likelihoods) -> None:
        self._otherwise = otherwise

    def select(self, tenant_id: UUID, actions: Sequence[Action], now: datetime) -> Select[Any]:
        """Customers of whom no model speaks keep what is told of them otherwise."""
        codes = cast([action.code for action in actions], ARRAY(Text))
        outcomes = cast([action.outcome.value for action in actions], ARRAY(Text))
        wanted = func.unnest(codes, outcomes).table_valued("code", "outcome", name="wanted").render_derived()
        told = _told(tenant_id, now)
        other = self._otherwise.select(tenant_id, actions, now).subquery("other")
        by_model = told.c.version_id.is_not(None)
        return (
            select(
                customer.c.id.label("customer_id"),
                wanted.c.code,
                *(case((by_model, told.c[name]), else_=other.c[name]).label(name) for name in COLUMNS),
            )
            .select_from(
                customer.join(wanted, true())
                .outerjoin(told, and_(told.c.customer_id == customer.c.id, told.c.outcome == wanted.c.outcome))
                .outerjoin(other, and_(other.c.customer_id == customer.c.id, other.c.code == wanted.c.code))
            )
            .where(customer.c.tenant_id == tenant_id, or_(by_model, other.c.probability.is_not(None)))
        )


def _told(tenant_id: UUID, now: datetime) -> Any:
    """(customer_id, outcome, probability, n, source, as_of, version_id)"""
    method = version.c.card.op("->>")("method")
    outcome = func.unnest(cast([one.value for one in SPEAKS], ARRAY(Text))).table_valued("name", name="outcome")
    outcome = outcome.render_derived()
    fits = [
        and_(outcome.c.name == one.value, prediction.c.kind == kind, method.in_(methods))
        for one, (kind, methods) in SPEAKS.items()
    ]
    estimate = prediction.c.estimate
    bucket = version.c.card.op("->")("calibration").op("->")(cast(prediction.c.bucket, Integer))
    source = func.concat(prediction.c.kind, literal(f" {HORIZON_DAYS} days, version "), version.c.number)
    return (
        select(
            prediction.c.customer_id,
            outcome.c.name.label("outcome"),
            case((prediction.c.kind == CHURN, 1 - estimate), else_=estimate).label("probability"),
            cast(bucket.op("->>")("n"), Integer).label("n"),
            source.label("source"),
            prediction.c.as_of,
            prediction.c.version_id,
        )
        .select_from(
            prediction.join(
                version,
                and_(version.c.tenant_id == prediction.c.tenant_id, version.c.id == prediction.c.version_id),
            ).join(outcome, or_(*fits))
        )
        .where(
            prediction.c.tenant_id == tenant_id,
            prediction.c.horizon_days == HORIZON_DAYS,
            prediction.c.as_of <= now,
        )
        .subquery("told")
    )

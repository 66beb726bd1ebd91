"""Likelihoods that a test knows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, Uuid, cast, func, literal, null, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from api.actions.contracts import Action
from models import Customer
from models.base import Timestamp, table

customer = table(Customer)


class Certain:
    """The same chance for everybody and every action: the contract that another slice fulfils."""

    def __init__(self, probability: float = 0.5) -> None:
        self.probability = probability

    def select(self, tenant_id: UUID, actions: Sequence[Action], now: datetime) -> Select[Any]:
        codes = [action.code for action in actions]
        wanted = func.unnest(cast(codes, ARRAY(Text))).table_valued("code", name="wanted").render_derived()
        return (
            select(
                customer.c.id.label("customer_id"),
                wanted.c.code,
                literal(self.probability).label("probability"),
                literal(100).label("n"),
                literal("TEST").label("source"),
                cast(null(), Timestamp).label("as_of"),
                cast(null(), Uuid()).label("version_id"),
            )
            .select_from(customer.join(wanted, true()))
            .where(customer.c.tenant_id == tenant_id)
        )

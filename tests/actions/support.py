"""Likelihoods that a test knows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, func, literal, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from models import Customer
from models.base import table

customer = table(Customer)


class Certain:
    """The same chance for everybody and every action: the contract that another slice fulfils."""

    def __init__(self, probability: float = 0.5) -> None:
        self.probability = probability

    def select(self, tenant_id: UUID, codes: Sequence[str], now: datetime) -> Select[Any]:
        wanted = func.unnest(cast(list(codes), ARRAY(Text))).table_valued("code", name="wanted").render_derived()
        return (
            select(
                customer.c.id.label("customer_id"),
                wanted.c.code,
                literal(self.probability).label("probability"),
                literal(100).label("n"),
                literal("TEST").label("source"),
            )
            .select_from(customer.join(wanted, true()))
            .where(customer.c.tenant_id == tenant_id)
        )

"""What a tenant may do for its customers next, and what it decided to do."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKeyConstraint, Index, SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import Timestamp, new_id


class ActionCatalogue(SQLModel, table=True):
    """A tenant without a row has the product's own catalogue. Amounts are in minor units; from `quiet_from` to
    `quiet_to`, in full hours of the tenant's zone, nobody is approached."""

    __tablename__ = "action_catalogue"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint("quiet_from between 0 and 23 and quiet_to between 0 and 23", name="quiet_hours"),
        CheckConstraint("weekly_cap >= 0 and daily_cap >= 0 and fatigue >= 0", name="limits_positive"),
    )

    tenant_id: UUID = Field(primary_key=True)
    actions: list[dict[str, Any]] = Field(sa_type=JSONB)
    weekly_cap: int
    daily_cap: int
    fatigue: int = Field(sa_type=BigInteger)
    quiet_from: int = Field(sa_type=SmallInteger)
    quiet_to: int = Field(sa_type=SmallInteger)
    updated_at: datetime = Field(sa_type=Timestamp)


class ActionDecision(SQLModel, table=True):
    """`propensity` is the chance that the policy recommends this action, from those in `propensities`, by `seed`; it is
    empty when somebody chose another action than the recommended one. `succeeded` is empty until the outcome is known.
    """

    __tablename__ = "action_decision"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], ondelete="CASCADE"),
        CheckConstraint("decision in ('accept', 'dismiss')", name="decision_known"),
        CheckConstraint("(succeeded is null) = (outcome_at is null)", name="outcome_whole"),
        Index("ix_action_decision_customer", "tenant_id", "customer_id", "decided_at"),
        Index("ix_action_decision_decided", "tenant_id", "decided_at", "id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID
    action: str = Field(sa_type=Text)
    decision: str = Field(sa_type=Text)
    decided_at: datetime = Field(sa_type=Timestamp)
    decided_by: str = Field(sa_type=Text)
    probability: float = Field(sa_type=Double)
    expected_value: float = Field(sa_type=Double)
    source: str = Field(sa_type=Text)
    propensity: float | None = Field(default=None, sa_type=Double)
    propensities: dict[str, Any] = Field(sa_type=JSONB)
    policy_version: str = Field(sa_type=Text)
    seed: int = Field(sa_type=BigInteger)
    succeeded: bool | None = None
    outcome_value: int | None = Field(default=None, sa_type=BigInteger)
    outcome_at: datetime | None = Field(default=None, sa_type=Timestamp)

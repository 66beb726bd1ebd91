"""Trained models, what they were asked for, which of them speak now, and what they say of each customer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Double,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import Timestamp, new_id

KINDS = "kind in ('CHURN', 'CLV', 'CONVERSION')"
NULLABLE: Any = JSONB(none_as_null=True)
VERSION = ["model_version.tenant_id", "model_version.id"]


def _order(name: str) -> Index:
    """For lists by it; what is missing comes last."""
    descending = text(f"{name} desc nulls last"), text("customer_id desc")
    return Index(f"ix_prediction_{name}", "tenant_id", "kind", "horizon_days", *descending)


class ModelTraining(SQLModel, table=True):
    """Somebody asked for a model, or for one to be trained again (`reproduces`). `outcome` is what it came to: a
    version, too little data, or whether the card was the same.

    What was received up to `complete_until` counts as known when it happened; what came later, when it was received.
    """

    __tablename__ = "model_training"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_model_training_tenant"),
        ForeignKeyConstraint(["tenant_id", "reproduces"], VERSION, name="fk_model_training_reproduces"),
        CheckConstraint(KINDS, name="kind_known"),
        Index("ix_model_training_created", "tenant_id", "created_at", "id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(sa_type=Text)
    horizon_days: int = Field(sa_type=SmallInteger)
    complete_until: datetime | None = Field(default=None, sa_type=Timestamp)
    reproduces: UUID | None = None
    outcome: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE)
    job_id: UUID | None = None
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Timestamp)
    finished_at: datetime | None = Field(default=None, sa_type=Timestamp)


class ModelVersion(SQLModel, table=True):
    """A model as it was trained. Nobody can change it: the application may add rows and read them, and no more."""

    __tablename__ = "model_version"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_model_version_tenant"),
        CheckConstraint(KINDS, name="kind_known"),
        UniqueConstraint("tenant_id", "kind", "horizon_days", "number"),
        Index("ix_model_version_created", "tenant_id", "created_at", "id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(sa_type=Text)
    horizon_days: int = Field(sa_type=SmallInteger)
    number: int
    as_of: datetime = Field(sa_type=Timestamp)
    complete_until: datetime | None = Field(default=None, sa_type=Timestamp)
    seed: int
    n: int
    is_baseline: bool
    parameters: dict[str, Any] = Field(sa_type=JSONB)
    card: dict[str, Any] = Field(sa_type=JSONB)
    card_hash: str = Field(sa_type=Text)
    data_hash: str = Field(sa_type=Text)
    code_version: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Timestamp)


class ModelState(SQLModel, table=True):
    """What a version is now; one at most of a kind and horizon is CURRENT. `scored_at` (the real time) and
    `scored_as_of` (the tenant's) tell of its last pass over all customers."""

    __tablename__ = "model_state"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "version_id"], VERSION),
        CheckConstraint("state in ('TRAINED', 'CURRENT', 'RETIRED', 'REJECTED')", name="state_known"),
        Index(
            "ix_model_state_current",
            "tenant_id",
            "kind",
            "horizon_days",
            unique=True,
            postgresql_where=text("state = 'CURRENT'"),
        ),
    )

    tenant_id: UUID = Field(primary_key=True)
    version_id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text)
    horizon_days: int = Field(sa_type=SmallInteger)
    state: str = Field(sa_type=Text)
    changed_by: str = Field(sa_type=Text)
    changed_at: datetime = Field(sa_type=Timestamp)
    scored_at: datetime | None = Field(default=None, sa_type=Timestamp)
    scored_as_of: datetime | None = Field(default=None, sa_type=Timestamp)


class ModelDrift(SQLModel, table=True):
    """What a pass of a version over all customers found: how far each of `columns` has moved since the training."""

    __tablename__ = "model_drift"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "version_id"], VERSION),
        CheckConstraint("state in ('STABLE', 'MOVED', 'DRIFTED', 'INSUFFICIENT_DATA')", name="state_known"),
    )

    tenant_id: UUID = Field(primary_key=True)
    version_id: UUID = Field(primary_key=True)
    as_of: datetime = Field(sa_type=Timestamp, primary_key=True)
    measured_at: datetime = Field(sa_type=Timestamp)
    n: int
    reference_n: int
    state: str = Field(sa_type=Text)
    columns: list[dict[str, Any]] = Field(sa_type=JSONB)


class Prediction(SQLModel, table=True):
    """`estimate` is a probability, or an amount in minor units; `low` and `high` bound it where that is known.

    `base` and the contributions of `reasons` add up to the log-odds of a probability. `bucket` is the place in the
    version's calibration. `historic` and `purchases` belong to CLV alone.
    """

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["tenant_id", "version_id"], VERSION),
        CheckConstraint(KINDS, name="kind_known"),
        Index("ix_prediction_estimate", "tenant_id", "kind", "horizon_days", "estimate", "customer_id"),
        Index("ix_prediction_version", "tenant_id", "version_id"),
        *(_order(name) for name in ("historic", "purchases")),
    )

    tenant_id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text, primary_key=True)
    horizon_days: int = Field(sa_type=SmallInteger, primary_key=True)
    version_id: UUID
    as_of: datetime = Field(sa_type=Timestamp)
    estimate: float = Field(sa_type=Double)
    low: float | None = Field(default=None, sa_type=Double)
    high: float | None = Field(default=None, sa_type=Double)
    base: float | None = Field(default=None, sa_type=Double)
    reasons: list[dict[str, Any]] = Field(sa_type=JSONB)
    bucket: int | None = Field(default=None, sa_type=SmallInteger)
    historic: int | None = Field(default=None, sa_type=BigInteger)
    purchases: float | None = Field(default=None, sa_type=Double)

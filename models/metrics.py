"""Additive metrics, summed by bucket, and the counter that numbers every change of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKeyConstraint, Text
from sqlmodel import Field, SQLModel

from models.base import SortableText, Timestamp


class MetricBucket(SQLModel, table=True):
    """The sum of one metric over one bucket that begins at `start` in the tenant's time zone."""

    __tablename__ = "metric_bucket"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint("bucket in ('minute', 'quarter_hour', 'hour', 'day')", name="bucket_known"),
    )

    tenant_id: UUID = Field(primary_key=True)
    metric: str = Field(sa_type=SortableText, primary_key=True)
    bucket: str = Field(sa_type=SortableText, primary_key=True)
    start: datetime = Field(sa_type=Timestamp, primary_key=True)
    value: int = Field(sa_type=BigInteger)


class MetricRevision(SQLModel, table=True):
    """Raised by one in each transaction that changes metrics; its row lock puts those one after the other."""

    __tablename__ = "metric_revision"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),)

    tenant_id: UUID = Field(primary_key=True)
    revision: int = Field(sa_type=BigInteger)


class EngagementWeight(SQLModel, table=True):
    """How much one part counts in the tenant's engagement score; without a row it counts 1."""

    __tablename__ = "engagement_weight"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint("part in ('recency', 'frequency', 'sessions', 'conversations')", name="part_known"),
        CheckConstraint("weight >= 0 and weight <= 1000", name="weight_range"),
    )

    tenant_id: UUID = Field(primary_key=True)
    part: str = Field(sa_type=SortableText, primary_key=True)
    weight: float = Field(sa_type=Double)


class ProcessedMessage(SQLModel, table=True):
    """Written in the transaction of a consumer's effect, so that the same message has none a second time."""

    __tablename__ = "processed_message"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),)

    tenant_id: UUID = Field(primary_key=True)
    consumer: str = Field(sa_type=Text, primary_key=True)
    message_id: UUID = Field(primary_key=True)
    processed_at: datetime = Field(sa_type=Timestamp)

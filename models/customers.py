"""A customer of the tenant, with the sums that lists are sorted by."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.base import SortableText, Timestamp, new_id


class Customer(SQLModel, table=True):
    """`total_spent` (minor units, net of cancellations), `order_count` (without cancellations) and `last_order_at`
    are kept by ingest in its transaction; `name_key` and `external_key` are the normalised text that is searched."""

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        UniqueConstraint("tenant_id", "external_id"),
        Index("ix_customer_name", "tenant_id", "name_key", "id"),
        Index("ix_customer_external", "tenant_id", "external_key"),
        Index("ix_customer_first_seen", "tenant_id", "first_seen_at"),
        Index("ix_customer_total_spent", "tenant_id", "total_spent", "id"),
        Index("ix_customer_order_count", "tenant_id", "order_count", "id"),
        Index("ix_customer_last_order", "tenant_id", text("last_order_at desc nulls last"), text("id desc")),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    external_id: str = Field(sa_type=Text)
    external_key: str = Field(sa_type=SortableText)
    name: str = Field(sa_type=Text)
    name_key: str = Field(sa_type=SortableText)
    email: str | None = Field(default=None, sa_type=Text)
    country: str | None = Field(default=None, sa_type=Text)
    first_seen_at: datetime = Field(sa_type=Timestamp)
    total_spent: int = Field(default=0, sa_type=BigInteger)
    order_count: int = 0
    last_order_at: datetime | None = Field(default=None, sa_type=Timestamp)

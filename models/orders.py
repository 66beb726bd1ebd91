"""Orders and their lines. A cancellation is an order of its own with negative amounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.base import Timestamp, new_id


class SalesOrder(SQLModel, table=True):
    """`customer_id` is empty for a guest's order; `total` is the sum of its lines in minor units."""

    __tablename__ = "sales_order"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_sales_order_tenant"),
        ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        UniqueConstraint("tenant_id", "source", "external_id"),
        CheckConstraint("kind in ('order', 'cancellation')", name="kind_known"),
        Index("ix_sales_order_placed", "tenant_id", "placed_at", "id"),
        Index("ix_sales_order_customer", "tenant_id", "customer_id", "placed_at", "id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    source: str = Field(sa_type=Text)
    external_id: str = Field(sa_type=Text)
    customer_id: UUID | None = None
    kind: str = Field(sa_type=Text)
    placed_at: datetime = Field(sa_type=Timestamp)
    total: int = Field(sa_type=BigInteger)


class OrderLine(SQLModel, table=True):
    """`total` is `quantity` × `unit_amount`, in minor units."""

    __tablename__ = "order_line"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "order_id"], ["sales_order.tenant_id", "sales_order.id"]),)

    tenant_id: UUID = Field(primary_key=True)
    order_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    sku: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    quantity: int
    unit_amount: int = Field(sa_type=BigInteger)
    total: int = Field(sa_type=BigInteger)

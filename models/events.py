"""Everything that was accepted from a source, once per (tenant, source, message id)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import Timestamp, new_id


class Event(SQLModel, table=True):
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_event_tenant"),
        ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        UniqueConstraint("tenant_id", "source", "message_id"),
        Index("ix_event_occurred", "tenant_id", "occurred_at", "id", postgresql_include=["customer_id"]),
        Index("ix_event_customer", "tenant_id", "customer_id", "occurred_at", "id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    source: str = Field(sa_type=Text)
    message_id: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    customer_id: UUID | None = None
    occurred_at: datetime = Field(sa_type=Timestamp)
    received_at: datetime = Field(sa_type=Timestamp)
    properties: dict[str, Any] = Field(sa_type=JSONB)

"""What consumers work out of the events and keep, so that nobody has to work it out again at every reading."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, text
from sqlmodel import Field, SQLModel

from models.base import Timestamp


class ConversationResponse(SQLModel, table=True):
    """`asked_at` is the customer's first message; `replied_at` the first of the tenant's people at or after it."""

    __tablename__ = "conversation_response"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "conversation_id"], ["conversation.tenant_id", "conversation.id"], ondelete="CASCADE"
        ),
        Index(
            "ix_conversation_response_replied",
            "tenant_id",
            "replied_at",
            postgresql_include=["asked_at"],
            postgresql_where=text("replied_at is not null"),
        ),
    )

    tenant_id: UUID = Field(primary_key=True)
    conversation_id: UUID = Field(primary_key=True)
    asked_at: datetime = Field(sa_type=Timestamp)
    replied_at: datetime | None = Field(default=None, sa_type=Timestamp)


class CustomerSession(SQLModel, table=True):
    """Events of one customer with less than half an hour between each and the next."""

    __tablename__ = "customer_session"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], ondelete="CASCADE"),
        Index(
            "ix_customer_session_started",
            "tenant_id",
            "started_at",
            postgresql_include=["customer_id", "ended_at", "events"],
        ),
    )

    tenant_id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(primary_key=True)
    started_at: datetime = Field(sa_type=Timestamp, primary_key=True)
    ended_at: datetime = Field(sa_type=Timestamp)
    events: int


class StaleCustomer(SQLModel, table=True):
    """A customer whose segment or predictions wait to be worked out again."""

    __tablename__ = "stale_customer"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"], ondelete="CASCADE"),
        CheckConstraint("purpose in ('segments', 'scores')", name="purpose_known"),
        Index("ix_stale_customer_since", "tenant_id", "purpose", "since", "customer_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(primary_key=True)
    purpose: str = Field(sa_type=Text, primary_key=True)
    since: datetime = Field(sa_type=Timestamp)

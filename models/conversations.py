"""Conversations with customers, and their messages."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, SmallInteger, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.base import Timestamp, new_id


class Conversation(SQLModel, table=True):
    """`closed_at` is the last closing. `rating` is what the customer gave, 1 to 5, with the closing at `rated_at`, the
    last one that brought any; both stay empty when none was given."""

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name="fk_conversation_tenant"),
        ForeignKeyConstraint(["tenant_id", "customer_id"], ["customer.tenant_id", "customer.id"]),
        UniqueConstraint("tenant_id", "source", "external_id"),
        CheckConstraint("rating between 1 and 5", name="rating_range"),
        Index("ix_conversation_opened", "tenant_id", "opened_at", "id"),
        CheckConstraint("(rating is null) = (rated_at is null)", name="rating_dated"),
        Index(
            "ix_conversation_rated",
            "tenant_id",
            "rated_at",
            postgresql_include=["rating"],
            postgresql_where=text("rated_at is not null"),
        ),
        Index("ix_conversation_customer", "tenant_id", "customer_id", "opened_at", "id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    source: str = Field(sa_type=Text)
    external_id: str = Field(sa_type=Text)
    customer_id: UUID | None = None
    channel: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    opened_at: datetime = Field(sa_type=Timestamp)
    closed_at: datetime | None = Field(default=None, sa_type=Timestamp)
    rating: int | None = Field(default=None, sa_type=SmallInteger)
    rated_at: datetime | None = Field(default=None, sa_type=Timestamp)


class Message(SQLModel, table=True):
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "conversation_id"], ["conversation.tenant_id", "conversation.id"]),
        UniqueConstraint("tenant_id", "conversation_id", "external_id"),
        CheckConstraint("author in ('customer', 'agent')", name="author_known"),
        Index("ix_message_sent", "tenant_id", "conversation_id", "sent_at", "id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    conversation_id: UUID
    external_id: str = Field(sa_type=Text)
    author: str = Field(sa_type=Text)
    sent_at: datetime = Field(sa_type=Timestamp)
    body: str = Field(sa_type=Text)

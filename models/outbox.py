"""Messages that leave with the transaction that wrote them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import Timestamp, new_id


class OutboxMessage(SQLModel, table=True):
    """`published_at` is when it was put on its stream. The row is deleted in the transaction of its effect.

    `attempts` counts the tries, the running one included; the next is not before `next_attempt_at`. `fault` is the
    kind of error of the last one that failed.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),)

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    topic: str = Field(sa_type=Text)
    payload: dict[str, Any] = Field(sa_type=JSONB)
    created_at: datetime = Field(sa_type=Timestamp)
    published_at: datetime | None = Field(default=None, sa_type=Timestamp)
    attempts: int = 0
    next_attempt_at: datetime | None = Field(default=None, sa_type=Timestamp)
    fault: str | None = Field(default=None, sa_type=Text)

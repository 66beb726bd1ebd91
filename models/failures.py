"""What could not be taken in or could not have its effect: kept whole, until somebody replays or discards it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import Timestamp, new_id


class DeadLetter(SQLModel, table=True):
    """`kind` is `event` for one that was rejected, `message` for one that failed at every try.

    `origin` is the event's source or the message's stream, `reference` its message id. A replay sends
    `payload`. An event waits once: rejected again, it takes the place of the one that waits.
    """

    __tablename__ = "dead_letter"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint("kind in ('event', 'message')", name="kind_known"),
        CheckConstraint("state in ('waiting', 'replayed', 'discarded')", name="state_known"),
        Index("ix_dead_letter_state", "tenant_id", "state", "id"),
        Index("ix_dead_letter_created", "tenant_id", "created_at", "id"),
        Index(
            "uq_dead_letter_waiting_event",
            "tenant_id",
            "origin",
            "reference",
            unique=True,
            postgresql_where=text("kind = 'event' and state = 'waiting'"),
        ),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(sa_type=Text)
    origin: str = Field(sa_type=Text)
    reference: str = Field(sa_type=Text)
    code: str = Field(sa_type=Text)
    path: list[str] = Field(sa_type=JSONB)
    message: str = Field(sa_type=Text)
    payload: dict[str, Any] = Field(sa_type=JSONB)
    attempts: int
    state: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Timestamp)
    settled_at: datetime | None = Field(default=None, sa_type=Timestamp)

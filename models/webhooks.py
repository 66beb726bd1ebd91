"""Webhooks: where a tenant wants to be told of changes, and each message that is, or was, on its way there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import Timestamp, new_id


class WebhookEndpoint(SQLModel, table=True):
    """`grants` are the permissions of whoever saved it last, `owner_id` their account: its payload is read with what
    both allow. The secrets are sealed; `previous_secret` is good until `previous_until`.

    `failures` counts failed tries in a row, `breaks` how often the circuit breaker opened since the last success; until
    `open_until` nothing is sent.
    """

    __tablename__ = "webhook_endpoint"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        Index("ix_webhook_endpoint_created", "tenant_id", "created_at", "id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    url: str = Field(sa_type=Text)
    description: str = Field(sa_type=Text)
    events: list[str] = Field(sa_type=JSONB)
    query: str | None = Field(default=None, sa_type=Text)
    enabled: bool = Field(sa_type=Boolean)
    disabled_because: str | None = Field(default=None, sa_type=Text)
    owner_id: UUID
    grants: list[str] = Field(sa_type=JSONB)
    secret: bytes = Field(sa_type=LargeBinary)
    previous_secret: bytes | None = Field(default=None, sa_type=LargeBinary)
    previous_until: datetime | None = Field(default=None, sa_type=Timestamp)
    failures: int
    breaks: int
    open_until: datetime | None = Field(default=None, sa_type=Timestamp)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Timestamp)
    updated_at: datetime = Field(sa_type=Timestamp)


class WebhookDelivery(SQLModel, table=True):
    """One message to one endpoint: what it tells of, and how its last try went. Its body is read at each try and never
    kept. `attempts` counts the tries, the running one included, and begins anew at a replay.

    While one waits untried, the same event of the same subject adds none.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "endpoint_id"],
            ["webhook_endpoint.tenant_id", "webhook_endpoint.id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("state in ('waiting', 'delivered', 'dead')", name="state_known"),
        Index("ix_webhook_delivery_created", "tenant_id", "created_at", "id"),
        Index("ix_webhook_delivery_endpoint", "tenant_id", "endpoint_id", "created_at", "id"),
        Index(
            "ix_webhook_delivery_due",
            "tenant_id",
            "endpoint_id",
            "next_try_at",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "uq_webhook_delivery_untried",
            "tenant_id",
            "endpoint_id",
            "event",
            "subject",
            unique=True,
            postgresql_where=text("state = 'waiting' and attempts = 0 and replays = 0 and not test"),
        ),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    endpoint_id: UUID
    event: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    test: bool = Field(sa_type=Boolean)
    state: str = Field(sa_type=Text)
    attempts: int
    replays: int
    created_at: datetime = Field(sa_type=Timestamp)
    changed_at: datetime = Field(sa_type=Timestamp)
    next_try_at: datetime = Field(sa_type=Timestamp)
    tried_at: datetime | None = Field(default=None, sa_type=Timestamp)
    settled_at: datetime | None = Field(default=None, sa_type=Timestamp)
    status: int | None = None
    milliseconds: int | None = None
    fault: str | None = Field(default=None, sa_type=Text)

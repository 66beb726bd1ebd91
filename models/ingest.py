"""Who may send events, what form they must have, and how old they may be."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import SortableText, Timestamp, new_id


class SourceKey(SQLModel, table=True):
    """A credential that can do nothing but send events of its `source`; only the SHA-256 of its secret is kept.

    `public` is the part of the key that is no secret and finds it. `last_used_at` is right to the hour.
    """

    __tablename__ = "source_key"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"]), UniqueConstraint("tenant_id", "public"))

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    public: str = Field(sa_type=SortableText)
    secret_hash: bytes = Field(sa_type=LargeBinary)
    name: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Timestamp)
    revoked_at: datetime | None = Field(default=None, sa_type=Timestamp)
    last_used_at: datetime | None = Field(default=None, sa_type=Timestamp)


class EventSchema(SQLModel, table=True):
    """The JSON Schema of the properties of all events of one name."""

    __tablename__ = "event_schema"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        UniqueConstraint("tenant_id", "name"),
        CheckConstraint("mode in ('warn', 'reject')", name="mode_known"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str = Field(sa_type=SortableText)
    document: dict[str, Any] = Field(sa_type=JSONB)
    mode: str = Field(sa_type=Text)
    updated_by: str = Field(sa_type=Text)
    updated_at: datetime = Field(sa_type=Timestamp)


class IngestPolicy(SQLModel, table=True):
    """Without a row there is neither a limit of age nor a schema. `schema_revision` rises with every change of one."""

    __tablename__ = "ingest_policy"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint("maximum_age_days between 1 and 36500", name="maximum_age_range"),
    )

    tenant_id: UUID = Field(primary_key=True)
    maximum_age_days: int | None = None
    schema_revision: int = Field(default=0, sa_type=BigInteger)

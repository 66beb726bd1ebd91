"""Who did what: one entry for each change and denial, written in its transaction, sealed soon after, never changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import Timestamp, new_id


class AuditEntry(SQLModel, table=True):
    __tablename__ = "audit_entry"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint("outcome in ('done', 'denied')", name="outcome_known"),
        Index("ix_audit_at", "tenant_id", "at", "id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    at: datetime = Field(sa_type=Timestamp)
    actor: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    outcome: str = Field(sa_type=Text)
    details: dict[str, Any] = Field(sa_type=JSONB)


class AuditSeal(SQLModel, table=True):
    """An entry's place in its tenant's chain: `hash` is of the entry, its number and the hash before."""

    __tablename__ = "audit_seal"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint("number > 0", name="number_positive"),
        UniqueConstraint("tenant_id", "entry_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    number: int = Field(sa_type=BigInteger, primary_key=True)
    entry_id: UUID
    hash: bytes = Field(sa_type=LargeBinary)


class AuditUnsealed(SQLModel, table=True):
    """An entry that has no place in the chain yet."""

    __tablename__ = "audit_unsealed"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),)

    tenant_id: UUID = Field(primary_key=True)
    entry_id: UUID = Field(primary_key=True)

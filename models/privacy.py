"""What is asked about one person's data, who was erased, and what customers agreed to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import SortableText, Timestamp, new_id

CUSTOMER = ("tenant_id", "customer_id")
CUSTOMER_KEY = ["customer.tenant_id", "customer.id"]


class PrivacyRequest(SQLModel, table=True):
    """An export of what is held about a person, or the person's erasure.

    `customer_id` is empty once the person is erased. `file` is kept until `file_until`. `receipt` counts what was
    found or erased, place by place.
    """

    __tablename__ = "privacy_request"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint("kind in ('export', 'erase')", name="kind_known"),
        CheckConstraint("state in ('asked', 'done')", name="state_known"),
        Index("ix_privacy_request_created", "tenant_id", "created_at", "id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    kind: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    customer_id: UUID | None = None
    job_id: UUID
    file: bytes | None = Field(default=None, sa_type=LargeBinary)
    file_until: datetime | None = Field(default=None, sa_type=Timestamp)
    receipt: list[dict[str, Any]] = Field(sa_type=JSONB)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Timestamp)
    finished_at: datetime | None = Field(default=None, sa_type=Timestamp)


class ErasureSalt(SQLModel, table=True):
    """What the fingerprints of a tenant's erased people are made with; there is none before the first erasure."""

    __tablename__ = "erasure_salt"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),)

    tenant_id: UUID = Field(primary_key=True)
    salt: bytes = Field(sa_type=LargeBinary)


class Erased(SQLModel, table=True):
    """That somebody, or a conversation of theirs, was erased: a keyed hash, from which nothing can be read."""

    __tablename__ = "erased"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),)

    tenant_id: UUID = Field(primary_key=True)
    fingerprint: bytes = Field(sa_type=LargeBinary, primary_key=True)
    erased_at: datetime = Field(sa_type=Timestamp)


class SubjectKey(SQLModel, table=True):
    """What the audit trail says about one customer is sealed with this key, and unreadable when it is gone."""

    __tablename__ = "subject_key"
    __table_args__ = (
        ForeignKeyConstraint(CUSTOMER, CUSTOMER_KEY, ondelete="CASCADE"),
        UniqueConstraint("tenant_id", "customer_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    customer_id: UUID
    key: bytes = Field(sa_type=LargeBinary)


class CustomerConsent(SQLModel, table=True):
    """What a customer said last about one purpose. `said_at` is when; an older word never takes a newer one's place."""

    __tablename__ = "customer_consent"
    __table_args__ = (
        ForeignKeyConstraint(CUSTOMER, CUSTOMER_KEY, ondelete="CASCADE"),
        CheckConstraint("purpose in ('analytics', 'marketing', 'profiling')", name="purpose_known"),
        Index("ix_customer_consent_refused", "tenant_id", "purpose", "customer_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    customer_id: UUID = Field(primary_key=True)
    purpose: str = Field(sa_type=SortableText, primary_key=True)
    granted: bool
    said_at: datetime = Field(sa_type=Timestamp)
    source: str = Field(sa_type=Text)

"""User accounts, their sessions, and the one-time links that set a password."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import SortableText, Timestamp, new_id


class UserAccount(SQLModel, table=True):
    """A person of one tenant. Without a password hash nobody can log in as it yet."""

    __tablename__ = "user_account"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        UniqueConstraint("tenant_id", "name"),
        CheckConstraint("role in ('admin', 'analyst', 'viewer')", name="role_known"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str = Field(sa_type=SortableText)
    display_name: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    password_hash: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=Timestamp)


class UserSession(SQLModel, table=True):
    """One login, from a browser or by token; it is over when it has ended or expired."""

    __tablename__ = "user_session"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "account_id"], ["user_account.tenant_id", "user_account.id"]),)

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID
    created_at: datetime = Field(sa_type=Timestamp)
    expires_at: datetime = Field(sa_type=Timestamp)
    ended_at: datetime | None = Field(default=None, sa_type=Timestamp)
    last_seen_at: datetime | None = Field(default=None, sa_type=Timestamp)
    """Right to a few minutes; a session that is not used for long is over too."""


class ApiKey(SQLModel, table=True):
    """A program's credential: at most what its role may do, and of that the scopes it was given.

    Only the SHA-256 of its secret is kept. `public` is the part of the key that is no secret and finds it.
    `last_used_at` is right to the hour.
    """

    __tablename__ = "api_key"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        UniqueConstraint("tenant_id", "public"),
        CheckConstraint("role in ('admin', 'analyst', 'viewer')", name="role_known"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    public: str = Field(sa_type=SortableText)
    secret_hash: bytes = Field(sa_type=LargeBinary)
    name: str = Field(sa_type=Text)
    role: str = Field(sa_type=Text)
    scopes: list[str] = Field(sa_type=JSONB)
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Timestamp)
    expires_at: datetime = Field(sa_type=Timestamp)
    revoked_at: datetime | None = Field(default=None, sa_type=Timestamp)
    last_used_at: datetime | None = Field(default=None, sa_type=Timestamp)


class IdempotentWrite(SQLModel, table=True):
    """The first answer to a mutation that was sent with a key. `input_hash` tells whether it is the same again."""

    __tablename__ = "idempotent_write"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        Index("ix_idempotent_write_created", "tenant_id", "created_at"),
    )

    tenant_id: UUID = Field(primary_key=True)
    actor: str = Field(sa_type=SortableText, primary_key=True)
    key: str = Field(sa_type=SortableText, primary_key=True)
    input_hash: bytes = Field(sa_type=LargeBinary)
    answer: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    created_at: datetime = Field(sa_type=Timestamp)


class SetupLink(SQLModel, table=True):
    """A one-time link to set a password: only the SHA-256 of its secret is kept."""

    __tablename__ = "setup_link"
    __table_args__ = (ForeignKeyConstraint(["tenant_id", "account_id"], ["user_account.tenant_id", "user_account.id"]),)

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID
    secret_hash: bytes = Field(sa_type=LargeBinary)
    expires_at: datetime = Field(sa_type=Timestamp)
    used_at: datetime | None = Field(default=None, sa_type=Timestamp)


class RefreshToken(SQLModel, table=True):
    """Good once, for the next access token of its session: only the SHA-256 of its secret is kept. Used ones stay, so
    that whoever comes with one again is known for it."""

    __tablename__ = "refresh_token"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "session_id"], ["user_session.tenant_id", "user_session.id"]),
        Index("ix_refresh_token_session", "tenant_id", "session_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    session_id: UUID
    secret_hash: bytes = Field(sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=Timestamp)
    used_at: datetime | None = Field(default=None, sa_type=Timestamp)


class UserIdentity(SQLModel, table=True):
    """Who a provider says an account is: issuer and subject, never an e-mail address, which can change hands."""

    __tablename__ = "user_identity"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "account_id"], ["user_account.tenant_id", "user_account.id"]),
        UniqueConstraint("tenant_id", "account_id", "issuer"),
    )

    tenant_id: UUID = Field(primary_key=True)
    issuer: str = Field(sa_type=SortableText, primary_key=True)
    subject: str = Field(sa_type=SortableText, primary_key=True)
    account_id: UUID
    created_at: datetime = Field(sa_type=Timestamp)

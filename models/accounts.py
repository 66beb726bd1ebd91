"""User accounts, their sessions, and the one-time links that set a password."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, LargeBinary, Text, UniqueConstraint
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

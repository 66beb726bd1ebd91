"""Where a tenant's people prove who they are, when not by a password of ours."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import Timestamp


class IdentityProvider(SQLModel, table=True):
    """One OpenID Connect provider a tenant. `secret` is sealed; without `new_role` only invited people get in."""

    __tablename__ = "identity_provider"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint("new_role in ('analyst', 'viewer')", name="new_role_known"),
    )

    tenant_id: UUID = Field(primary_key=True)
    issuer: str = Field(sa_type=Text)
    client_id: str = Field(sa_type=Text)
    secret: bytes | None = Field(default=None, sa_type=LargeBinary)
    email_domains: list[str] = Field(sa_type=JSONB)
    new_role: str | None = Field(default=None, sa_type=Text)
    enabled: bool
    updated_at: datetime = Field(sa_type=Timestamp)

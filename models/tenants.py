"""A tenant: the directory entry everybody may know, and its profile, which is its own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Text
from sqlmodel import Field, SQLModel

from models.base import SortableText, Timestamp, new_id


class Tenant(SQLModel, table=True):
    """The directory: the only table that is read without a tenant bound, and only its id and slug."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    slug: str = Field(sa_type=SortableText, unique=True)


class TenantProfile(SQLModel, table=True):
    """Names, zone and currency; `source` and `synthetic` say where demo data comes from."""

    __tablename__ = "tenant_profile"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),)

    tenant_id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    time_zone: str = Field(sa_type=Text)
    currency: str = Field(sa_type=Text)
    source: str | None = Field(default=None, sa_type=Text)
    synthetic: bool = False
    created_at: datetime = Field(sa_type=Timestamp)


class Replay(SQLModel, table=True):
    """A demo tenant's clock: how far its recorded history has been fed in. Other tenants have none."""

    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint("speed > 0", name="speed_positive"),
    )

    tenant_id: UUID = Field(primary_key=True)
    speed: int
    position: datetime = Field(sa_type=Timestamp)
    ends_at: datetime = Field(sa_type=Timestamp)
    history_loaded: bool = False

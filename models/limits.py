"""What a tenant allows itself, within what the installation allows everybody."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlmodel import Field, SQLModel

from models.base import Timestamp


class TenantLimit(SQLModel, table=True):
    """What is empty is the installation's. Events before `events_kept_from` are deleted and not counted again."""

    __tablename__ = "tenant_limit"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint(
            "points_per_second > 0 and members > 0 and sockets > 0 and event_days > 0", name="limits_positive"
        ),
    )

    tenant_id: UUID = Field(primary_key=True)
    points_per_second: int | None = None
    members: int | None = None
    sockets: int | None = None
    event_days: int | None = None
    events_kept_from: datetime | None = Field(default=None, sa_type=Timestamp)
    updated_at: datetime = Field(sa_type=Timestamp)

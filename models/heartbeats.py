"""The processes of this installation, as each says of itself."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import Timestamp, new_id


class ProcessHeartbeat(SQLModel, table=True):
    """`figures` is what the process measured of itself, over all tenants and naming none."""

    __tablename__ = "process_heartbeat"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    role: str = Field(sa_type=Text)
    host: str = Field(sa_type=Text)
    pid: int
    started_at: datetime = Field(sa_type=Timestamp)
    seen_at: datetime = Field(sa_type=Timestamp)
    figures: dict[str, Any] = Field(sa_type=JSONB)

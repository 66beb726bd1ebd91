"""Bulk operations: a query whose whole answer becomes a file, or a mutation that is run for each line of one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import Timestamp, new_id


class BulkOperation(SQLModel, table=True):
    """`needs` are the permissions that the query takes: it is read with these alone, and whoever fetches the file must
    have them. `expires_at` is set when the file is whole. A mutation has an `error_policy`, and its lines in an
    upload."""

    __tablename__ = "bulk_operation"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        ForeignKeyConstraint(["tenant_id", "job_id"], ["job.tenant_id", "job.id"]),
        Index("ix_bulk_operation_created", "tenant_id", "created_at", "id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    query: str = Field(sa_type=Text)
    variables: dict[str, Any] = Field(sa_type=JSONB)
    needs: list[str] = Field(sa_type=JSONB)
    job_id: UUID
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Timestamp)
    expires_at: datetime | None = Field(default=None, sa_type=Timestamp)
    error_policy: str | None = Field(default=None, sa_type=Text)
    upload_id: UUID | None = None


class BulkPart(SQLModel, table=True):
    """The lines of one page. `cursor` is where the next one begins, so that a run goes on where it was."""

    __tablename__ = "bulk_part"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "operation_id"], ["bulk_operation.tenant_id", "bulk_operation.id"]),
    )

    tenant_id: UUID = Field(primary_key=True)
    operation_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    data: bytes = Field(sa_type=LargeBinary)
    objects: int = Field(sa_type=BigInteger)
    cursor: str | None = Field(default=None, sa_type=Text)
    failed: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


class BulkUpload(SQLModel, table=True):
    """A piece of a file of lines: what a mutation is to be run with."""

    __tablename__ = "bulk_upload"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        Index("ix_bulk_upload_created", "tenant_id", "created_at"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    number: int = Field(primary_key=True)
    data: bytes = Field(sa_type=LargeBinary)
    lines: int
    created_at: datetime = Field(sa_type=Timestamp)

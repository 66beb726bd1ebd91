"""Imports of files: the run, the file while it is needed, its rows on their way, what was refused, and what changed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, Integer, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from models.base import SortableText, Timestamp, new_id

RUN = ("tenant_id", "import_id")
NULLABLE: Any = JSONB(none_as_null=True)


class ImportRun(SQLModel, table=True):
    """`preview` holds the columns of the file with sample values; `mapping` how they become fields.

    `rows_read` counts the rows that are staged (or were refused as they were read), the cursor is the last record that
    is done: both move in the transaction of what they tell of, so that a run goes on where it was. Every row ends in
    exactly one of `created`, `updated`, `skipped`, `failed`.
    """

    __tablename__ = "import_run"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.id"]),
        CheckConstraint("kind in ('customers', 'orders', 'events', 'conversations')", name="kind_known"),
        CheckConstraint(
            "state in ('uploading', 'uploaded', 'queued', 'reading', 'loading', 'checked', 'imported', 'failed', "
            "'cancelled', 'undoing', 'undone')",
            name="state_known",
        ),
        Index("ix_import_run_created", "tenant_id", "created_at", "id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, primary_key=True)
    file_name: str = Field(sa_type=Text)
    file_format: str = Field(sa_type=Text)
    size: int = Field(default=0, sa_type=BigInteger)
    kind: str = Field(sa_type=Text)
    preview: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    mapping: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    dry_run: bool = False
    state: str = Field(sa_type=Text)
    fault: str | None = Field(default=None, sa_type=Text)
    rows_read: int = Field(default=0, sa_type=BigInteger)
    rows_done: int = Field(default=0, sa_type=BigInteger)
    read_share: int = Field(default=0, sa_type=Integer)
    cursor_at: datetime | None = Field(default=None, sa_type=Timestamp)
    cursor_key: str | None = Field(default=None, sa_type=SortableText)
    created: int = Field(default=0, sa_type=BigInteger)
    updated: int = Field(default=0, sa_type=BigInteger)
    skipped: int = Field(default=0, sa_type=BigInteger)
    failed: int = Field(default=0, sa_type=BigInteger)
    report: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    job_id: UUID | None = None
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Timestamp)
    started_at: datetime | None = Field(default=None, sa_type=Timestamp)
    finished_at: datetime | None = Field(default=None, sa_type=Timestamp)
    undone_at: datetime | None = Field(default=None, sa_type=Timestamp)


class ImportChunk(SQLModel, table=True):
    """A piece of the file, so that a worker on any host can read it; erased after the run."""

    __tablename__ = "import_chunk"
    __table_args__ = (ForeignKeyConstraint(RUN, ["import_run.tenant_id", "import_run.id"]),)

    tenant_id: UUID = Field(primary_key=True)
    import_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    data: bytes = Field(sa_type=LargeBinary)


class ImportRow(SQLModel, table=True):
    """A row of the file as it stands there; rows with one `key` make one record, however far apart they are."""

    __tablename__ = "import_row"
    __table_args__ = (
        ForeignKeyConstraint(RUN, ["import_run.tenant_id", "import_run.id"]),
        Index("ix_import_row_key", "tenant_id", "import_id", "key"),
    )

    tenant_id: UUID = Field(primary_key=True)
    import_id: UUID = Field(primary_key=True)
    number: int = Field(sa_type=BigInteger, primary_key=True)
    key: str = Field(sa_type=SortableText)
    cells: list[Any] = Field(sa_type=JSONB)


class ImportUnit(SQLModel, table=True):
    """One record of the file; `customer` is set once it brought lines that were sold."""

    __tablename__ = "import_unit"
    __table_args__ = (
        ForeignKeyConstraint(RUN, ["import_run.tenant_id", "import_run.id"]),
        Index("ix_import_unit_at", "tenant_id", "import_id", "at", "key"),
    )

    tenant_id: UUID = Field(primary_key=True)
    import_id: UUID = Field(primary_key=True)
    key: str = Field(sa_type=SortableText, primary_key=True)
    at: datetime = Field(sa_type=Timestamp)
    rows: int = Field(sa_type=BigInteger)
    customer: str | None = Field(default=None, sa_type=Text)


class ImportFault(SQLModel, table=True):
    """Why a row was refused; the row itself is kept for the error file."""

    __tablename__ = "import_error"
    __table_args__ = (ForeignKeyConstraint(RUN, ["import_run.tenant_id", "import_run.id"]),)

    tenant_id: UUID = Field(primary_key=True)
    import_id: UUID = Field(primary_key=True)
    row_number: int = Field(sa_type=BigInteger, primary_key=True)
    column_name: str | None = Field(default=None, sa_type=Text)
    code: str = Field(sa_type=Text)
    message: str = Field(sa_type=Text)
    cells: list[Any] = Field(sa_type=JSONB)


class ImportChange(SQLModel, table=True):
    """What an import created (`before` is empty) or changed, so that it can be undone. The row goes when it is undone;
    `kept` says why it could not be."""

    __tablename__ = "import_change"
    __table_args__ = (
        ForeignKeyConstraint(RUN, ["import_run.tenant_id", "import_run.id"]),
        CheckConstraint("kind in ('event', 'customer', 'conversation')", name="kind_known"),
        Index("ix_import_change_subject", "tenant_id", "kind", "subject_id"),
    )

    tenant_id: UUID = Field(primary_key=True)
    import_id: UUID = Field(primary_key=True)
    kind: str = Field(sa_type=Text, primary_key=True)
    subject_id: UUID = Field(primary_key=True)
    before: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE)
    after: dict[str, Any] | None = Field(default=None, sa_type=NULLABLE)
    kept: str | None = Field(default=None, sa_type=Text)
